import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Ring } from '../../src/collections/ring.ts';

describe('Ring', () => {
  it('does what an array does', () => {
    const step = fc.oneof(fc.record({ push: fc.integer() }), fc.constant('shift'), fc.constant('pop'));
    fc.assert(
      fc.property(fc.array(step, { maxLength: 500 }), fc.integer({ min: 1, max: 20 }), (steps, capacity) => {
        const ring = new Ring<number>(capacity);
        const model: number[] = [];
        for (const each of steps) {
          if (each === 'shift') expect(ring.shift()).toBe(model.shift());
          else if (each === 'pop') expect(ring.pop()).toBe(model.pop());
          else if (typeof each === 'object') {
            ring.push(each.push);
            model.push(each.push);
          }
          expect(ring.length).toBe(model.length);
        }
        expect(model.map((_, index) => ring.at(index))).toEqual(model);
        expect(ring.at(-1)).toBeUndefined();
        expect(ring.at(model.length)).toBeUndefined();
      }),
    );
  });
});
