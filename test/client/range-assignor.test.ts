import { describe, expect, test } from 'vitest';
import { assignRanges } from '../../src/client/range-assignor.ts';

const compact = (assigned: ReturnType<typeof assignRanges>) =>
  Object.fromEntries(
    [...assigned].map(([member, partitions]) => [
      member,
      partitions.map(({ topic, partition }) => `${topic}${partition}`),
    ]),
  );

describe('range assignor', () => {
  // The example of RangeAssignor's own documentation: two members, two topics of three partitions.
  test('the first members get one more of each topic', () => {
    const subscriptions = new Map([
      ['C1', ['t1-', 't0-']],
      ['C0', ['t0-', 't1-']],
    ]);
    const counts = new Map([
      ['t0-', 3],
      ['t1-', 3],
    ]);
    expect(compact(assignRanges(subscriptions, counts))).toEqual({
      C0: ['t0-0', 't0-1', 't1-0', 't1-1'],
      C1: ['t0-2', 't1-2'],
    });
  });

  test('only subscribers get a topic, and more members than partitions get none', () => {
    const subscriptions = new Map([
      ['a', ['x-']],
      ['b', ['x-', 'y-']],
      ['c', ['x-']],
    ]);
    const counts = new Map([
      ['x-', 2],
      ['y-', 1],
    ]);
    expect(compact(assignRanges(subscriptions, counts))).toEqual({ a: ['x-0'], b: ['x-1', 'y-0'], c: [] });
    expect(compact(assignRanges(subscriptions, new Map()))).toEqual({ a: [], b: [], c: [] });
  });
});
