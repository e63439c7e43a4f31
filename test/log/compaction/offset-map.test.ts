import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OffsetMap } from '../../../src/log/compaction/offset-map.ts';

describe('OffsetMap', () => {
  it('holds what a map holds, also when it is all but full', () => {
    const operations = fc.array(fc.record({ key: fc.nat(400), offset: fc.nat(2 ** 40) }), { maxLength: 3000 });
    fc.assert(
      fc.property(operations, fc.integer({ min: 401, max: 5000 }), (puts, slots) => {
        const map = new OffsetMap(slots * 24);
        const model = new Map<string, number>();
        for (const { key, offset } of puts) {
          map.put(Buffer.from(`${key}`), offset);
          model.set(`${key}`, offset);
          expect(map.latestOffset).toBe(offset);
        }
        expect([map.size, map.slots]).toEqual([model.size, slots]);
        for (let key = 0; key <= 500; key++) {
          expect(map.get(Buffer.from(`${key}`))).toBe(model.get(`${key}`) ?? -1);
        }
      }),
      { numRuns: 20 },
    );
  });

  it('takes as many keys as 24 bytes each allow, and no more', () => {
    const map = new OffsetMap(24 * 10 + 23);
    for (let key = 0; key < 10; key++) map.put(Buffer.from([key]), key);
    expect(() => map.put(Buffer.from([10]), 10)).toThrow(RangeError);
    expect(map.get(Buffer.from([9]))).toBe(9);
    expect(map.get(Buffer.from([10]))).toBe(-1);
  });
});
