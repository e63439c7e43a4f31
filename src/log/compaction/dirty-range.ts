/** How dirty a log is: what of it was not compacted yet, and how far it may be. Kafka's `LogCleanerManager`, `LogToClean`. */
import type { Segment } from '../segment.ts';
import type { DirtyPart } from './cleaner.ts';
import type { CompactableLog } from './compactable-log.ts';

export interface DirtyRange extends DirtyPart {
  readonly cleanableBytes: number;
  readonly totalBytes: number;
  /** Cleanable bytes among those that were compacted before or can be now; 0 for an empty log. */
  readonly ratio: number;
  /** How long `max.compaction.lag.ms` has been over for the oldest dirty record; 0 when it is not. */
  readonly overdueMs: number;
  /** Why the checkpoint does not hold any more: it is to be set to `firstDirtyOffset`. */
  readonly resetReason: string | null;
}

/** @param checkpoint how far the log was compacted; `undefined` when it never was */
export async function dirtyRange(
  log: CompactableLog,
  checkpoint: number | undefined,
  nowMs: number,
): Promise<DirtyRange> {
  const { firstDirtyOffset, resetReason } = firstDirty(log, checkpoint);
  const dirty = log.sealedSegments(firstDirtyOffset);
  const bound = Math.min(log.lastStableOffset, log.activeOffset, await lagBound(log, dirty, nowMs));
  const uncleanable = log.sealedSegments(Math.max(firstDirtyOffset, bound))[0];
  const firstUncleanableOffset = uncleanable?.baseOffset ?? log.activeOffset;
  const cleanBytes = sizeOf(log.segments(0, firstDirtyOffset));
  const cleanableBytes = sizeOf(
    log.segments(Math.min(firstDirtyOffset, firstUncleanableOffset), firstUncleanableOffset),
  );
  const totalBytes = cleanBytes + cleanableBytes;
  return {
    firstDirtyOffset,
    firstUncleanableOffset,
    cleanableBytes,
    totalBytes,
    ratio: totalBytes === 0 ? 0 : cleanableBytes / totalBytes,
    overdueMs: await overdue(log, dirty, nowMs),
    resetReason,
  };
}

/** Whether the log is to be compacted now. */
export function isDue({ overdueMs, cleanableBytes, ratio }: DirtyRange, minCleanableDirtyRatio: number): boolean {
  return (overdueMs > 0 && cleanableBytes > 0) || ratio > minCleanableDirtyRatio;
}

function firstDirty(
  { logStartOffset, logEndOffset }: CompactableLog,
  checkpoint: number | undefined,
): Pick<DirtyRange, 'firstDirtyOffset' | 'resetReason'> {
  const from = checkpoint ?? logStartOffset;
  if (from < logStartOffset) return { firstDirtyOffset: logStartOffset, resetReason: 'the log begins above it' };
  // Its end was lost: nothing is sure about what came in its place.
  if (from > logEndOffset) return { firstDirtyOffset: logStartOffset, resetReason: 'the log ends below it' };
  return { firstDirtyOffset: from, resetReason: null };
}

/** Where the first segment begins that is too young for `min.compaction.lag.ms`. */
async function lagBound({ config }: CompactableLog, dirty: readonly Segment[], nowMs: number): Promise<number> {
  if (config.minCompactionLagMs <= 0) return Number.POSITIVE_INFINITY;
  for (const segment of dirty) {
    if ((await segment.retentionTimestamp()) > nowMs - config.minCompactionLagMs) return segment.baseOffset;
  }
  return Number.POSITIVE_INFINITY;
}

async function overdue({ config }: CompactableLog, dirty: readonly Segment[], nowMs: number): Promise<number> {
  const dueMs = nowMs - Math.max(config.maxCompactionLagMs, 0);
  // Timestamps that are before 1970, or are none, say nothing.
  if (dueMs <= 0) return 0;
  let earliestMs = Number.POSITIVE_INFINITY;
  for (const segment of dirty) {
    const timestamp = await segment.firstBatchTimestamp();
    if (timestamp !== undefined && timestamp > 0) earliestMs = Math.min(earliestMs, timestamp);
  }
  return Math.max(dueMs - earliestMs, 0);
}

function sizeOf(segments: readonly Segment[]): number {
  return segments.reduce((sum, { sizeInBytes }) => sum + sizeInBytes, 0);
}
