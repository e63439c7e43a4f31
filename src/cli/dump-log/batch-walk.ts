/**
 * The batches of a file one after the other, as far as their frames hold, for files that nobody vouches for: Kafka's
 * `FileLogInputStream`, with a sentence where that one throws.
 */
import { BATCH_HEADER_BYTES, BatchView, frameFault, LOG_OVERHEAD_BYTES } from '../../../protocol/records/batch.ts';
import { DEFAULT_MAX_DECOMPRESSED_BYTES } from '../../../protocol/records/compression.ts';
import type { ByteSource } from './byte-source.ts';

export interface FoundBatch {
  readonly batch: BatchView;
  /** In the file. */
  readonly position: number;
  /** What its frame has that no batch has, in words that follow "the batch has"; Kafka's tool goes on over these. */
  readonly fault?: string;
}

/** Where the walk ended before the end of what was to be walked over, and why. */
export interface WalkEnd {
  readonly position: number;
  readonly fault?: string;
}

/** Up to the magic, from which the rest of the header follows. */
const FRAME_BYTES = 17;
const SMALLEST_LENGTH = 14;
/** Up to a legacy message's timestamp. */
const LEGACY_HEADER_BYTES = 26;
const MOST_BATCH_BYTES = DEFAULT_MAX_DECOMPRESSED_BYTES;

export function* walkBatches(source: ByteSource, start: number, end = source.size): Generator<FoundBatch, WalkEnd> {
  let position = start;
  while (position < end) {
    const left = end - position;
    const frame = source.read(position, FRAME_BYTES);
    if (left <= FRAME_BYTES || frame.length < FRAME_BYTES) {
      return { position, fault: `${left} bytes, too few for a batch` };
    }
    const length = frame.readInt32BE(8);
    const fault = frameFault(frame, 0);
    if (length < SMALLEST_LENGTH) {
      const zeros = length === 0 && isZero(source, position, end) ? ', and zeros follow to the end' : '';
      return { position, fault: `a batch with ${fault}${zeros}` };
    }
    const sizeInBytes = LOG_OVERHEAD_BYTES + length;
    if (sizeInBytes > left) return { position, fault: `a batch of ${sizeInBytes} bytes, of which ${left} are there` };
    if (sizeInBytes > MOST_BATCH_BYTES) {
      return { position, fault: `a batch of ${sizeInBytes} bytes, more than can be looked at (${MOST_BATCH_BYTES})` };
    }
    const headerBytes = frame.readInt8(16) >= 2 ? BATCH_HEADER_BYTES : LEGACY_HEADER_BYTES;
    const bytes = source.read(position, Math.max(sizeInBytes, headerBytes));
    if (bytes.length < headerBytes) return { position, fault: `a batch with ${fault}` };
    yield { batch: new BatchView(bytes), position, ...(fault === undefined ? {} : { fault }) };
    position += sizeInBytes;
  }
  return { position };
}

const ZERO_CHUNK_BYTES = 65_536;

function isZero(source: ByteSource, start: number, end: number): boolean {
  for (let at = start; at < end; at += ZERO_CHUNK_BYTES) {
    const chunk = source.read(at, Math.min(ZERO_CHUNK_BYTES, end - at));
    if (chunk.some((byte) => byte !== 0)) return false;
  }
  return true;
}
