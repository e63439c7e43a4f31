import { describe, expect, it } from 'vitest';
import { BatchView } from '../../protocol/records/batch.ts';
import { TailBudget, TailCache } from '../../src/log/tail-cache.ts';
import { batch, values } from './fixture.ts';

/** Batches of two records at these offsets, as one append. */
function at(...baseOffsets: number[]): Buffer {
  return Buffer.concat(baseOffsets.map((baseOffset) => batch(['a', 'b'], { baseOffset })));
}

const SIZE = at(0).length;

describe('TailCache', () => {
  it('keeps the last batches within the limit of a log', () => {
    const cache = new TailCache(new TailBudget(1e6, SIZE * 3));
    for (let offset = 0; offset < 10; offset += 2) cache.append(offset, offset + 2, at(offset));
    expect(cache.sizeInBytes).toBe(SIZE * 3);
    expect(cache.read(3, 100, 1e6, true)).toBeUndefined();
    expect(cache.read(4, 100, 1e6, true)).toMatchObject({ sizeInBytes: SIZE * 3, nextOffset: 10 });
  });

  it('keeps the newest append, and it alone, when it is above that limit, unless it is twice as large', () => {
    const budget = new TailBudget(1e6, SIZE * 3);
    const cache = new TailCache(budget);
    cache.append(0, 2, at(0));
    cache.append(2, 10, at(2, 4, 6, 8));
    expect([cache.sizeInBytes, budget.usedBytes]).toEqual([SIZE * 4, SIZE * 4]);
    expect(cache.read(1, 100, 1e6, true)).toBeUndefined();
    expect(cache.read(2, 100, 1e6, true)).toMatchObject({ sizeInBytes: SIZE * 4, nextOffset: 10 });
    cache.append(10, 12, at(10));
    expect([cache.sizeInBytes, budget.usedBytes]).toEqual([SIZE, SIZE]);
    cache.append(12, 26, at(12, 14, 16, 18, 20, 22, 24));
    expect([cache.sizeInBytes, budget.usedBytes]).toEqual([0, 0]);
    expect(cache.read(12, 100, 1e6, true)).toBeUndefined();
  });

  it('takes from the log that was longest not written to when all are too much', () => {
    const budget = new TailBudget(SIZE * 3, SIZE * 3);
    const [first, second] = [new TailCache(budget), new TailCache(budget)];
    first.append(0, 2, at(0));
    second.append(0, 2, at(0));
    first.append(2, 4, at(2));
    second.append(2, 4, at(2));
    expect([first.sizeInBytes, second.sizeInBytes, budget.usedBytes]).toEqual([0, SIZE * 2, SIZE * 2]);
  });

  it('serves whole batches from any offset, up to a bound and a size, also out of one append of several', () => {
    const cache = new TailCache(new TailBudget());
    cache.append(0, 6, at(0, 2, 4));
    cache.append(6, 8, at(6));
    const read = (from: number, bound: number, maxBytes: number, minOneMessage = false) => {
      const found = cache.read(from, bound, maxBytes, minOneMessage)!;
      expect(found.records.reduce((sum, { length }) => sum + length, 0)).toBe(found.sizeInBytes);
      const first = found.records[0] === undefined ? undefined : new BatchView(found.records[0]).baseOffset;
      return [first, found.nextOffset, found.sizeInBytes / SIZE];
    };
    expect(read(0, 8, 1e6)).toEqual([0, 8, 4]);
    expect(read(3, 8, 1e6)).toEqual([2, 8, 3]);
    expect(read(3, 5, 1e6)).toEqual([2, 4, 1]);
    expect(read(3, 8, SIZE * 2)).toEqual([2, 6, 2]);
    expect(read(3, 8, SIZE * 3)).toEqual([2, 8, 3]);
    expect(read(3, 8, 1)).toEqual([undefined, 3, 0]);
    expect(read(3, 8, 1, true)).toEqual([2, 4, 1]);
    expect(read(6, 7, 1e6)).toEqual([undefined, 6, 0]);
  });

  it('does not keep a large buffer alive for a small batch in it', () => {
    const chunk = Buffer.alloc(64 * 1024);
    at(0).copy(chunk, 100);
    const cache = new TailCache(new TailBudget());
    cache.append(0, 2, chunk.subarray(100, 100 + SIZE));
    const [record] = cache.read(0, 2, 1e6, true)!.records;
    expect(record!.buffer.byteLength).toBeLessThan(2 * SIZE);
    const own = Buffer.from(values('v', 5000).join());
    cache.append(2, 4, own);
    expect(cache.sizeInBytes).toBe(SIZE + own.length);
  });

  it('counts an append that pushes out as much as it brings', () => {
    const budget = new TailBudget(SIZE * 3, SIZE * 2);
    const [full, quiet, third] = [new TailCache(budget), new TailCache(budget), new TailCache(budget)];
    full.append(0, 2, at(0));
    full.append(2, 4, at(2));
    quiet.append(0, 2, at(0));
    full.append(4, 6, at(4));
    third.append(0, 2, at(0));
    expect([full.sizeInBytes, quiet.sizeInBytes, third.sizeInBytes]).toEqual([SIZE * 2, 0, SIZE]);
  });
});
