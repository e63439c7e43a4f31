/** What keeps a batch from standing where it does in a segment. Recovery cuts the log at the first that has a fault. */
import type { BatchView } from '../../protocol/records/batch.ts';

const MAX_RELATIVE_OFFSET = 2 ** 31 - 1;

/**
 * In words that follow "the batch has"; `undefined` for a batch without fault. `nextOffset` is the one behind the batch
 * before it, or the segment's base; `isValid` is for a caller that has worked the checksum out.
 */
export function batchFault(
  batch: BatchView,
  nextOffset: number,
  segmentBaseOffset: number,
  isValid = batch.isValid(),
): string | undefined {
  if (!isValid) return 'a wrong checksum';
  const { baseOffset, lastOffset } = batch;
  if (baseOffset < nextOffset) return `base offset ${baseOffset}, below ${nextOffset}`;
  if (lastOffset < baseOffset) return `last offset ${lastOffset}, below its base offset ${baseOffset}`;
  if (lastOffset - segmentBaseOffset > MAX_RELATIVE_OFFSET) {
    return `last offset ${lastOffset}, too far from the segment's ${segmentBaseOffset}`;
  }
  return undefined;
}
