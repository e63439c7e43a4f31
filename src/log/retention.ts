/** Which segments retention lets go: always the oldest, always below the high watermark. */
import type { LogConfig } from './log-config.ts';
import type { Segment } from './segment.ts';

export interface RetentionBounds {
  readonly config: LogConfig;
  readonly nowMs: number;
  readonly logStartOffset: number;
  readonly logEndOffset: number;
  readonly highWatermark: number;
}

export async function segmentsToDelete(segments: readonly Segment[], bounds: RetentionBounds): Promise<Segment[]> {
  const { config, nowMs, logStartOffset, logEndOffset, highWatermark } = bounds;
  const byPolicy = config.cleanupPolicy.has('delete');
  const { retentionMs, retentionBytes } = config;
  let bytesTooMany = 0;
  if (byPolicy && retentionBytes >= 0) {
    bytesTooMany = segments.reduce((sum, { sizeInBytes }) => sum + sizeInBytes, 0) - retentionBytes;
  }
  const goes: Segment[] = [];
  for (const [index, segment] of segments.entries()) {
    const next = segments[index + 1];
    if (highWatermark < (next?.baseOffset ?? logEndOffset)) break;
    if (next === undefined && segment.sizeInBytes === 0) break;
    const isBelowStart = next !== undefined && next.baseOffset <= logStartOffset;
    const isTooMuch = bytesTooMany >= segment.sizeInBytes && bytesTooMany > 0;
    const isTooOld = byPolicy && retentionMs >= 0 && nowMs - (await segment.retentionTimestamp()) > retentionMs;
    if (!isBelowStart && !isTooMuch && !isTooOld) break;
    bytesTooMany -= segment.sizeInBytes;
    goes.push(segment);
  }
  return goes;
}
