import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SnapshotRegistry, TimelineMap, TimelineValue } from '../../../src/coordinator/runtime/timeline.ts';

describe('timeline', () => {
  it('reads an entry as it was at each snapshot', () => {
    const registry = new SnapshotRegistry();
    const map = new TimelineMap<string, number>(registry);
    map.set('a', 1);
    registry.snapshot(10);
    map.set('a', 2);
    map.set('b', 2);
    registry.snapshot(20);
    map.delete('a');
    expect([map.get('a', 10), map.get('a', 20), map.get('a')]).toEqual([1, 2, undefined]);
    expect([...map.entries(10)]).toEqual([['a', 1]]);
    expect([...map.keys(20)].sort()).toEqual(['a', 'b']);
  });

  it('returns to a snapshot and goes on from there', () => {
    const registry = new SnapshotRegistry();
    const map = new TimelineMap<string, number>(registry);
    const value = new TimelineValue(registry, 'zero');
    registry.snapshot(0);
    map.set('a', 1);
    value.set('one');
    registry.snapshot(1);
    map.set('a', 2);
    value.set('two');
    registry.revertTo(1);
    expect([map.get('a'), value.get()]).toEqual([1, 'one']);
    map.set('a', 3);
    registry.revertTo(0);
    expect([map.get('a'), value.get(), [...map.keys()]]).toEqual([undefined, 'zero', []]);
  });

  it('holds nothing of a deleted entry once no snapshot needs it', () => {
    const registry = new SnapshotRegistry();
    const value = new TimelineValue(registry, 1);
    registry.snapshot(0);
    value.set(2);
    registry.snapshot(5);
    registry.forgetBefore(5);
    expect(registry.size).toBe(1);
    expect(value.get(5)).toBe(2);
    expect(() => value.get(0)).toThrow(RangeError);
  });

  it('refuses to name an older state', () => {
    const registry = new SnapshotRegistry();
    registry.snapshot(5);
    expect(() => registry.snapshot(4)).toThrow(RangeError);
    expect(() => registry.revertTo(4)).toThrow(RangeError);
  });

  it('agrees with whole copies of the map, whatever is written, reverted and forgotten', () => {
    const key = fc.constantFrom('a', 'b', 'c');
    const step = fc.oneof(
      fc.record({ kind: fc.constant('set' as const), key, value: fc.integer() }),
      fc.record({ kind: fc.constant('delete' as const), key }),
      fc.record({ kind: fc.constant('snapshot' as const) }),
      fc.record({ kind: fc.constantFrom('revert' as const, 'forget' as const), at: fc.nat() }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const registry = new SnapshotRegistry();
        const map = new TimelineMap<string, number>(registry);
        let copies: { offset: number; state: Map<string, number> }[] = [];
        let present = new Map<string, number>();
        let offset = 0;
        for (const each of steps) {
          if (each.kind === 'set') {
            map.set(each.key, each.value);
            present.set(each.key, each.value);
          } else if (each.kind === 'delete') {
            map.delete(each.key);
            present.delete(each.key);
          } else if (each.kind === 'snapshot') {
            registry.snapshot(++offset);
            copies.push({ offset, state: new Map(present) });
          } else if (copies.length > 0) {
            const index = each.at % copies.length;
            const copy = copies[index]!;
            if (each.kind === 'revert') {
              registry.revertTo(copy.offset);
              copies = copies.slice(0, index + 1);
              present = new Map(copy.state);
            } else {
              registry.forgetBefore(copy.offset);
              copies = copies.slice(index);
            }
          }
          for (const copy of copies) expect(new Map(map.entries(copy.offset))).toEqual(copy.state);
          expect(new Map(map.entries())).toEqual(present);
        }
      }),
    );
  });
});
