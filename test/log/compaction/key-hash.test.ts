import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { KeyHash } from '../../../src/log/compaction/key-hash.ts';

/** HalfSipHash-2-4 of the bytes 0, 1, 2 … under the key 0 … 7: the first of the reference implementation's vectors. */
const VECTORS = [
  '218d1f59b9b83cc8',
  'be552412f8387315',
  '064f39ef7c50eb57',
  'ce0f1a45f7060679',
  'd5e78a175be52ea1',
  'cb9d7c3f2f3db580',
  'ce3e91358aa2bc25',
  'ff202728b07bc684',
  'edfee820bce4858c',
  '5b51cccc13888307',
];
const KEY = [0x03020100, 0x07060504] as const;

const hex = (words: Uint32Array) => Buffer.from(words.buffer, 0, 16).toString('hex');
const counting = (bytes: number) => Buffer.from(Array.from({ length: bytes }, (_, at) => at & 0xff));

describe('KeyHash', () => {
  it('is HalfSipHash under either half of its secret', () => {
    const same = new KeyHash(Int32Array.of(...KEY, ...KEY));
    VECTORS.forEach((vector, bytes) => {
      expect(hex(same.of(counting(bytes)))).toBe(vector + vector);
    });
    const [one, other] = [new KeyHash(Int32Array.of(...KEY, 1, 2)), new KeyHash(Int32Array.of(1, 2, ...KEY))];
    const key = counting(9);
    expect(hex(one.of(key)).slice(0, 16)).toBe(VECTORS[9]);
    expect(hex(other.of(key)).slice(16)).toBe(VECTORS[9]);
    expect(hex(one.of(key)).slice(16)).toBe(hex(other.of(key)).slice(0, 16));
  });

  it('of a long key is the beginning of its SHA-256', () => {
    const key = counting(129);
    expect(hex(new KeyHash().of(key))).toBe(createHash('sha256').update(key).digest('hex').slice(0, 32));
  });

  it('has a secret of its own', () => {
    expect(hex(new KeyHash().of(counting(5)))).not.toBe(hex(new KeyHash().of(counting(5))));
  });
});
