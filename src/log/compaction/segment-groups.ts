/** Which neighbouring segments become one. Kafka's `Cleaner.groupSegmentsBySize`. */

export interface SegmentSizes {
  readonly baseOffset: number;
  readonly sizeInBytes: number;
  readonly offsetIndexBytes: number;
  readonly timeIndexBytes: number;
}

export interface GroupLimits {
  /** `segment.bytes` */
  readonly segmentBytes: number;
  /** `segment.index.bytes`, for each of the two indexes. */
  readonly segmentIndexBytes: number;
  /** Where the segments end. */
  readonly endOffset: number;
}

/** What an index can hold relative to its segment's base offset. */
const MAX_RELATIVE_OFFSET = 2 ** 31 - 1;

/** Groups whose sum of sizes before compaction stays within the limits; a segment above them is alone. */
export function groupSegments<T extends SegmentSizes>(segments: readonly T[], limits: GroupLimits): T[][] {
  const groups: T[][] = [];
  let sizes = { log: 0, offsets: 0, times: 0 };
  for (const [at, segment] of segments.entries()) {
    const group = groups.at(-1);
    const grown = {
      log: sizes.log + segment.sizeInBytes,
      offsets: sizes.offsets + segment.offsetIndexBytes,
      times: sizes.times + segment.timeIndexBytes,
    };
    const lastOffset = (segments[at + 1]?.baseOffset ?? limits.endOffset) - 1;
    const fits =
      group !== undefined &&
      grown.log <= limits.segmentBytes &&
      grown.offsets <= limits.segmentIndexBytes &&
      grown.times <= limits.segmentIndexBytes &&
      (segment.sizeInBytes === 0 || lastOffset - group[0]!.baseOffset <= MAX_RELATIVE_OFFSET);
    if (fits) {
      group.push(segment);
      sizes = grown;
    } else {
      groups.push([segment]);
      sizes = {
        log: segment.sizeInBytes,
        offsets: segment.offsetIndexBytes,
        times: segment.timeIndexBytes,
      };
    }
  }
  return groups;
}
