import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ascending, OrderedMap } from '../../src/collections/ordered-map.ts';

/** The same operations on a sorted array. */
class Model {
  entries: [number, number][] = [];

  set(key: number, value: number): void {
    this.delete(key);
    this.entries.push([key, value]);
    this.entries.sort(([a], [b]) => a - b);
  }
  delete(key: number): boolean {
    const at = this.entries.findIndex(([each]) => each === key);
    if (at >= 0) this.entries.splice(at, 1);
    return at >= 0;
  }
}

const key = fc.integer({ min: 0, max: 300 });
const step = fc.oneof(
  { weight: 3, arbitrary: fc.record({ set: key, value: fc.integer() }) },
  { weight: 2, arbitrary: fc.record({ delete: key }) },
);

describe('OrderedMap', () => {
  it('does what a sorted array does', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 1500 }), key, key, (steps, probe, to) => {
        const map = new OrderedMap<number, number>(ascending);
        const model = new Model();
        for (const each of steps) {
          if ('set' in each) {
            map.set(each.set, each.value);
            model.set(each.set, each.value);
          } else {
            expect(map.delete(each.delete)).toBe(model.delete(each.delete));
          }
        }
        const { entries } = model;
        expect(map.size).toBe(entries.length);
        expect([...map.entries()]).toEqual(entries);
        expect([...map.entries(probe, to)]).toEqual(entries.filter(([each]) => each >= probe && each < to));
        expect(map.first()).toEqual(entries[0]);
        expect(map.last()).toEqual(entries.at(-1));
        expect(map.get(probe)).toBe(entries.find(([each]) => each === probe)?.[1]);
        expect(map.has(probe)).toBe(entries.some(([each]) => each === probe));
        expect(map.floor(probe)).toEqual(entries.findLast(([each]) => each <= probe));
        expect(map.lower(probe)).toEqual(entries.findLast(([each]) => each < probe));
        expect(map.ceiling(probe)).toEqual(entries.find(([each]) => each >= probe));
        expect(map.higher(probe)).toEqual(entries.find(([each]) => each > probe));
      }),
      { numRuns: 200 },
    );
  });

  it('serves as a queue: added at the end, taken from the front', () => {
    const map = new OrderedMap<number, number>(ascending);
    for (let at = 0; at < 10_000; at++) {
      map.set(at, at);
      if (at >= 100) expect(map.delete(at - 100)).toBe(true);
    }
    expect([...map.values()]).toEqual(Array.from({ length: 100 }, (_, index) => 9900 + index));
    expect(map.floor(9899)).toBeUndefined();
    map.clear();
    expect(map.first()).toBeUndefined();
  });
});
