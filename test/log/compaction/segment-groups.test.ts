import { describe, expect, it } from 'vitest';
import { groupSegments } from '../../../src/log/compaction/segment-groups.ts';

const MAX_INT = 2 ** 31 - 1;
const limits = { segmentBytes: 100, segmentIndexBytes: 10, endOffset: 1000 };

function segment(baseOffset: number, sizeInBytes: number, offsetIndexBytes = 1, timeIndexBytes = 1) {
  return { baseOffset, sizeInBytes, offsetIndexBytes, timeIndexBytes };
}

const basesOf = (groups: { baseOffset: number }[][]) =>
  groups.map((group) => group.map(({ baseOffset }) => baseOffset));

describe('segments become one', () => {
  it('while their sizes together stay within segment.bytes', () => {
    const groups = groupSegments(
      [segment(0, 50), segment(10, 50), segment(20, 1), segment(30, 120), segment(40, 0)],
      limits,
    );
    expect(basesOf(groups)).toEqual([[0, 10], [20], [30], [40]]);
  });

  it('while each of their indexes stays within segment.index.bytes', () => {
    expect(basesOf(groupSegments([segment(0, 1, 6), segment(10, 1, 4), segment(20, 1, 1)], limits))).toEqual([
      [0, 10],
      [20],
    ]);
    expect(basesOf(groupSegments([segment(0, 1, 1, 6), segment(10, 1, 1, 5)], limits))).toEqual([[0], [10]]);
  });

  it('while their offsets can be told apart from the first, to the next segment or the end', () => {
    const far = MAX_INT + 1;
    expect(
      basesOf(groupSegments([segment(0, 1), segment(10, 1), segment(far, 1)], { ...limits, endOffset: far + 1 })),
    ).toEqual([[0, 10], [far]]);
    expect(basesOf(groupSegments([segment(0, 1), segment(10, 1)], { ...limits, endOffset: far + 1 }))).toEqual([
      [0],
      [10],
    ]);
    expect(basesOf(groupSegments([segment(0, 1), segment(10, 1)], { ...limits, endOffset: far }))).toEqual([[0, 10]]);
    // An empty one has no offsets: else every 2^31 of them would leave an empty segment.
    expect(basesOf(groupSegments([segment(0, 1), segment(10, 0)], { ...limits, endOffset: 2 * far }))).toEqual([
      [0, 10],
    ]);
  });
});
