/** The indexes of a sealed segment: from its files or, where those do not serve, from the log itself. */
import type { SealedFile } from '../platform/file-system.ts';
import type { LocatedBatch } from './batch-walk.ts';
import type { SegmentIndexes } from './index-cache.ts';
import { OffsetIndex } from './offset-index.ts';
import { TimeIndex, type TimestampOffset } from './time-index.ts';

const REBUILD_INTERVAL_BYTES = 4096;

/** `.index` and `.timeindex`, or neither when one is not there. `open` gives `undefined` for a file that is missing. */
export async function openIndexFiles(
  open: (suffix: '.index' | '.timeindex') => Promise<SealedFile | undefined>,
): Promise<readonly [SealedFile, SealedFile] | undefined> {
  const offsets = await open('.index');
  if (offsets === undefined) return undefined;
  let times: SealedFile | undefined;
  try {
    times = await open('.timeindex');
  } finally {
    if (times === undefined) offsets.close();
  }
  return times === undefined ? undefined : [offsets, times];
}

/** The indexes that files hold; `undefined` when they cannot be those of a `.log` of `logBytes`. */
export function indexesOf(
  baseOffset: number,
  logBytes: number,
  [offsetFile, timeFile]: readonly [SealedFile, SealedFile],
): SegmentIndexes | undefined {
  const offsets = new OffsetIndex(baseOffset, offsetFile.bytes);
  const times = new TimeIndex(baseOffset, timeFile.bytes);
  return offsets.isSane(logBytes) && times.isSane() ? { offsets, times } : undefined;
}

/** @param scan all batches of the segment */
export async function rebuildIndexes(
  baseOffset: number,
  scan: AsyncIterable<readonly LocatedBatch[]>,
): Promise<SegmentIndexes> {
  const offsets = new OffsetIndex(baseOffset);
  const times = new TimeIndex(baseOffset);
  let largest: TimestampOffset = { timestamp: -1, offset: baseOffset };
  let lastIndexed = 0;
  for await (const located of scan) {
    for (const { batch, position } of located) {
      const { maxTimestamp, lastOffset } = batch;
      if (maxTimestamp > largest.timestamp) largest = { timestamp: maxTimestamp, offset: lastOffset };
      if (position - lastIndexed <= REBUILD_INTERVAL_BYTES) continue;
      offsets.append(lastOffset, position);
      times.maybeAppend(largest.timestamp, largest.offset);
      lastIndexed = position;
    }
  }
  times.maybeAppend(largest.timestamp, largest.offset);
  return { offsets, times };
}
