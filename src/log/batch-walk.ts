/** Walking over batches by their sizes and offsets alone, for buffers whose batches were checked when they were written. */
import { KafkaError } from '../../protocol/errors.ts';
import { type BatchView, LOG_OVERHEAD_BYTES } from '../../protocol/records/batch.ts';

const LENGTH = 8;
const MAGIC = 16;
const LAST_OFFSET_DELTA = 23;
const TWO_32 = 2 ** 32;

export interface LocatedBatch {
  readonly batch: BatchView;
  /** In the `.log`. */
  readonly position: number;
}

/** What of a buffer a reader gets. */
export interface Cut {
  readonly start: number;
  readonly end: number;
  /** The offset after the last batch; the one asked for when there is none. */
  readonly nextOffset: number;
  /** Where the walk to the first batch stopped; beyond the buffer's end when a batch below the offset is cut by it. */
  readonly resume: number;
  /** The size of the first batch at or above the offset asked for, whether it fitted or not; 0 when there is none. */
  readonly firstBatchBytes: number;
}

/** The size of the batch at `at`; the first 12 bytes must be there. */
export function batchSizeAt(buffer: Buffer, at: number): number {
  return LOG_OVERHEAD_BYTES + buffer.readInt32BE(at + LENGTH);
}

/** The last offset of the batch at `at`; its header must be there. */
export function lastOffsetAt(buffer: Buffer, at: number): number {
  const offset = buffer.readInt32BE(at) * TWO_32 + buffer.readUInt32BE(at + 4);
  return buffer[at + MAGIC]! >= 2 ? offset + buffer.readInt32BE(at + LAST_OFFSET_DELTA) : offset;
}

/** The smallest legacy message: no key, no value, magic 0. */
export const SMALLEST_BATCH_BYTES = 26;

/** Whether so much of a batch is at `at`, before `end`, that `batchSizeAt` and `lastOffsetAt` can tell. */
export function isHeaderThere(buffer: Buffer, at: number, end = buffer.length): boolean {
  if (at + SMALLEST_BATCH_BYTES > end) return false;
  return buffer[at + MAGIC]! < 2 || at + LAST_OFFSET_DELTA + 4 <= end;
}

/**
 * The whole batches from the one that holds `from` (or the first above it) up to the last that ends below `bound`,
 * within `maxBytes`; the first batch is taken whatever its size when `minOneMessage` asks for it and it is there whole.
 * @throws CORRUPT_MESSAGE for a size that no batch has: bytes rot, and a walk by them would never end
 */
export function cutBatches(buffer: Buffer, from: number, bound: number, maxBytes: number, minOneMessage: boolean): Cut {
  let start = 0;
  while (isHeaderThere(buffer, start) && lastOffsetAt(buffer, start) < from) {
    start += checkedSizeAt(buffer, start);
  }
  let end = Math.min(start, buffer.length);
  let nextOffset = from;
  let firstBatchBytes = 0;
  while (isHeaderThere(buffer, end)) {
    const lastOffset = lastOffsetAt(buffer, end);
    if (lastOffset >= bound) break;
    const size = checkedSizeAt(buffer, end);
    if (firstBatchBytes === 0) firstBatchBytes = size;
    if (end + size > buffer.length) break;
    if (end + size - start > maxBytes && !(minOneMessage && end === start)) break;
    end += size;
    nextOffset = lastOffset + 1;
  }
  return { start: Math.min(start, buffer.length), end, nextOffset, resume: start, firstBatchBytes };
}

function checkedSizeAt(buffer: Buffer, at: number): number {
  const size = batchSizeAt(buffer, at);
  if (size >= SMALLEST_BATCH_BYTES) return size;
  throw new KafkaError(
    'CORRUPT_MESSAGE',
    `a batch in the log has a size of ${size} bytes; look at its segment with a dump`,
  );
}
