import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OffsetMap } from '../../../src/log/compaction/offset-map.ts';

function put(map: OffsetMap, key: Buffer, offset: number): void {
  if (map.isTight) for (const _ of map.makeRoom());
  map.put(key, offset);
}

describe('OffsetMap', () => {
  it('holds what a map holds, also when it is all but full', () => {
    const operations = fc.array(fc.record({ key: fc.nat(2000), offset: fc.nat(2 ** 40) }), {
      minLength: 500,
      maxLength: 4000,
    });
    fc.assert(
      fc.property(operations, fc.integer({ min: 2001, max: 5000 }), (puts, slots) => {
        const map = new OffsetMap(slots * 24);
        const model = new Map<string, number>();
        for (const { key, offset } of puts) {
          put(map, Buffer.from(`${key}`), offset);
          model.set(`${key}`, offset);
          expect(map.latestOffset).toBe(offset);
        }
        expect([map.size, map.slots]).toEqual([model.size, slots]);
        for (let key = 0; key <= 2100; key++) {
          expect(map.get(Buffer.from(`${key}`))).toBe(model.get(`${key}`) ?? -1);
        }
      }),
      { numRuns: 20 },
    );
  });

  it('takes as many keys as 24 bytes each allow, and no more', () => {
    const map = new OffsetMap(24 * 10 + 23);
    for (let key = 0; key < 10; key++) put(map, Buffer.from([key]), key);
    expect(() => put(map, Buffer.from([10]), 10)).toThrow(RangeError);
    expect(map.get(Buffer.from([9]))).toBe(9);
    expect(map.get(Buffer.from([10]))).toBe(-1);
  });
});
