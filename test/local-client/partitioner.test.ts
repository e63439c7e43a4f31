import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { murmur2, partitionForKey, StickyPartitions } from '../../src/local-client/partitioner.ts';
import { seededRandom } from '../../src/platform/random.ts';

interface GoldenKey {
  readonly key: string;
  readonly murmur2: number;
  readonly of1: number;
  readonly of3: number;
  readonly of12: number;
  readonly of100: number;
}

/** Written by Apache Kafka's own partitioner. */
const golden: readonly GoldenKey[] = JSON.parse(
  readFileSync(join(import.meta.dirname, '..', 'golden', 'hashes.json'), 'utf8'),
).defaultPartitioner;

describe('partitioner', () => {
  test('keys hash and spread as in the Java client', () => {
    expect(golden.length).toBeGreaterThan(10);
    for (const { key, murmur2: hash, of1, of3, of12, of100 } of golden) {
      const bytes = Buffer.from(key, 'base64');
      expect(murmur2(bytes)).toBe(hash);
      expect([1, 3, 12, 100].map((partitions) => partitionForKey(bytes, partitions))).toEqual([of1, of3, of12, of100]);
    }
  });

  test('messages without a key stay on a partition for 16 KiB, then another is chosen by chance', () => {
    const sticky = new StickyPartitions(seededRandom(7));
    const runs: { partition: number; bytes: number }[] = [];
    for (let i = 0; i < 10_000; i++) {
      const partition = sticky.next('t', 12, 100);
      if (runs.at(-1)?.partition !== partition) runs.push({ partition, bytes: 0 });
      runs.at(-1)!.bytes += 100;
    }
    expect(new Set(runs.map(({ partition }) => partition)).size).toBe(12);
    // A run is 164 messages: the first whose sum is 16,384 bytes or more ends it; the same may be chosen again.
    for (const { bytes } of runs.slice(0, -1)) expect(bytes % 16_400).toBe(0);
  });

  test('topics stick apart, and a topic that was made anew with fewer partitions chooses anew', () => {
    const sticky = new StickyPartitions({ bytes: () => Buffer.alloc(0), float: () => 0.99 });
    expect(sticky.next('wide', 100, 1)).toBe(99);
    expect(sticky.next('narrow', 3, 1)).toBe(2);
    expect(sticky.next('wide', 2, 1)).toBe(1);
  });
});
