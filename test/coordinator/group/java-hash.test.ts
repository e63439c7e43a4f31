import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { javaStringHash, partitionForKey } from '../../../src/coordinator/group/java-hash.ts';

interface Hashes {
  readonly coordinatorPartition: readonly { readonly id: string; readonly of50: number }[];
}

const { coordinatorPartition }: Hashes = JSON.parse(
  readFileSync(new URL('../../golden/hashes.json', import.meta.url), 'utf8'),
);

describe('partition of a group', () => {
  it('is the one that Kafka chooses', () => {
    expect(coordinatorPartition.length).toBeGreaterThan(0);
    for (const { id, of50 } of coordinatorPartition) expect([id, partitionForKey(id, 50)]).toEqual([id, of50]);
  });

  it('is 0 for the hash that has no absolute value', () => {
    // A well-known string with Java's smallest hash.
    expect(javaStringHash('polygenelubricants')).toBe(-(2 ** 31));
    expect(partitionForKey('polygenelubricants', 50)).toBe(0);
  });
});
