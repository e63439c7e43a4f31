/**
 * Record batches: a view of the header that copies and parses nothing, iteration over the batches of a buffer, and over
 * the records of a batch. Magic 2 is what is written today; messages of magic 0 and 1 are read.
 */
import { KafkaError } from '../errors.ts';
import {
  readInt8,
  readInt16,
  readInt32,
  readInt64,
  readUint32,
  writeInt16,
  writeInt32,
  writeInt64,
} from '../wire/integers.ts';
import { type CompressionType, compressionType, DEFAULT_MAX_DECOMPRESSED_BYTES, decompress } from './compression.ts';
import { crc32, crc32c } from './crc32c.ts';
import {
  ATTRIBUTES,
  BASE_SEQUENCE,
  BASE_TIMESTAMP,
  BATCH_HEADER_BYTES,
  COMPRESSION_MASK,
  CONTROL_FLAG,
  COUNT,
  CRC,
  DELETE_HORIZON_FLAG,
  LAST_OFFSET_DELTA,
  LEGACY_ATTRIBUTES,
  LEGACY_CRC,
  LEGACY_TIMESTAMP,
  LENGTH,
  LOG_APPEND_TIME_FLAG,
  LOG_OVERHEAD_BYTES,
  MAGIC,
  MAX_TIMESTAMP,
  PARTITION_LEADER_EPOCH,
  PRODUCER_EPOCH,
  PRODUCER_ID,
  TRANSACTIONAL_FLAG,
} from './layout.ts';
import { LEGACY_OVERHEAD_BYTES, type LegacyMessage, readLegacyMessages } from './legacy.ts';
import {
  incrementSequence,
  NO_PARTITION_LEADER_EPOCH,
  NO_PRODUCER_EPOCH,
  NO_PRODUCER_ID,
  NO_SEQUENCE,
  NO_TIMESTAMP,
  type Record,
  type RecordsOptions,
  readExactTimestamp,
  type TimestampType,
} from './record.ts';
import { readRecords } from './record-codec.ts';

export type { NewRecord, Record, RecordHeader, RecordsOptions, TimestampType } from './record.ts';
export { BATCH_HEADER_BYTES, LOG_OVERHEAD_BYTES } from './record.ts';

/**
 * The header of one batch (or legacy message) inside a buffer, read on demand. The bytes up to `sizeInBytes` must be
 * there, as `batches` sees to. 64-bit fields are the nearest double; those that a broker computes with were checked by
 * `batches`, and timestamps have an exact twin.
 */
export class BatchView {
  readonly buffer: Buffer;
  readonly start: number;
  #legacyMessages: readonly LegacyMessage[] | undefined;

  /** `start` is where the base offset is. */
  constructor(buffer: Buffer, start = 0) {
    this.buffer = buffer;
    this.start = start;
  }

  get magic(): number {
    return readInt8(this.buffer, this.start + MAGIC);
  }

  /** For a compressed legacy message this has to decompress it. */
  get baseOffset(): number {
    if (this.magic >= 2 || this.compression === 'none') return readInt64(this.buffer, this.start);
    return this.legacyMessages()[0]!.offset;
  }

  get lastOffset(): number {
    const offset = readInt64(this.buffer, this.start);
    return this.magic >= 2 ? offset + this.lastOffsetDelta : offset;
  }

  get nextOffset(): number {
    return this.lastOffset + 1;
  }

  get sizeInBytes(): number {
    return LOG_OVERHEAD_BYTES + readInt32(this.buffer, this.start + LENGTH);
  }

  get lastOffsetDelta(): number {
    return this.magic >= 2
      ? readInt32(this.buffer, this.start + LAST_OFFSET_DELTA)
      : readInt64(this.buffer, this.start) - this.baseOffset;
  }

  /** As declared; records that do not agree show when they are iterated. */
  get count(): number {
    if (this.magic >= 2) return readInt32(this.buffer, this.start + COUNT);
    return this.compression === 'none' ? 1 : this.legacyMessages().length;
  }

  get partitionLeaderEpoch(): number {
    return this.magic >= 2 ? readInt32(this.buffer, this.start + PARTITION_LEADER_EPOCH) : NO_PARTITION_LEADER_EPOCH;
  }

  get producerId(): number {
    return this.magic >= 2 ? readInt64(this.buffer, this.start + PRODUCER_ID) : NO_PRODUCER_ID;
  }

  get producerEpoch(): number {
    return this.magic >= 2 ? readInt16(this.buffer, this.start + PRODUCER_EPOCH) : NO_PRODUCER_EPOCH;
  }

  get baseSequence(): number {
    return this.magic >= 2 ? readInt32(this.buffer, this.start + BASE_SEQUENCE) : NO_SEQUENCE;
  }

  get lastSequence(): number {
    const { baseSequence } = this;
    return baseSequence === NO_SEQUENCE ? NO_SEQUENCE : incrementSequence(baseSequence, this.lastOffsetDelta);
  }

  /** What the records' timestamp deltas are from; of a legacy message its own timestamp. */
  get baseTimestamp(): number {
    return this.magic >= 2 ? readInt64(this.buffer, this.start + BASE_TIMESTAMP) : this.maxTimestamp;
  }

  get maxTimestamp(): number {
    if (this.magic === 0) return NO_TIMESTAMP;
    return readInt64(this.buffer, this.start + (this.magic >= 2 ? MAX_TIMESTAMP : LEGACY_TIMESTAMP));
  }

  /** `maxTimestamp` to all 64 bits. */
  get exactMaxTimestamp(): bigint {
    if (this.magic === 0) return BigInt(NO_TIMESTAMP);
    return this.buffer.readBigInt64BE(this.start + (this.magic >= 2 ? MAX_TIMESTAMP : LEGACY_TIMESTAMP));
  }

  get timestampType(): TimestampType {
    if (this.magic === 0) return 'NoTimestampType';
    return (this.attributes & LOG_APPEND_TIME_FLAG) !== 0 ? 'LogAppendTime' : 'CreateTime';
  }

  get attributes(): number {
    return this.magic >= 2
      ? readInt16(this.buffer, this.start + ATTRIBUTES)
      : readInt8(this.buffer, this.start + LEGACY_ATTRIBUTES);
  }

  /** Throws `UNSUPPORTED_COMPRESSION_TYPE` for a number that Kafka does not have. */
  get compression(): CompressionType {
    return compressionType(this.attributes & COMPRESSION_MASK);
  }

  get isTransactional(): boolean {
    return this.magic >= 2 && (this.attributes & TRANSACTIONAL_FLAG) !== 0;
  }

  get isControl(): boolean {
    return this.magic >= 2 && (this.attributes & CONTROL_FLAG) !== 0;
  }

  /** When compaction may drop the batch's tombstones and markers, once it has seen them; kept as the base timestamp. */
  get deleteHorizonMs(): number | null {
    return this.magic >= 2 && (this.attributes & DELETE_HORIZON_FLAG) !== 0 ? this.baseTimestamp : null;
  }

  /** As stored, unsigned. */
  get checksum(): number {
    return readUint32(this.buffer, this.start + (this.magic >= 2 ? CRC : LEGACY_CRC));
  }

  /** Whether the size has room for the header and the checksum is right. */
  isValid(): boolean {
    const { start, sizeInBytes } = this;
    if (this.magic >= 2) {
      return sizeInBytes >= BATCH_HEADER_BYTES && this.checksum === this.#computeChecksum();
    }
    const smallest = LOG_OVERHEAD_BYTES + LEGACY_OVERHEAD_BYTES[this.magic]!;
    return sizeInBytes >= smallest && this.checksum === crc32(this.buffer, start + MAGIC, start + sizeInBytes);
  }

  /** The batch as a view. */
  bytes(): Buffer {
    return this.buffer.subarray(this.start, this.start + this.sizeInBytes);
  }

  /** Stamps in place; the CRC does not cover it. Magic 2 only, like all setters. */
  setBaseOffset(offset: number): void {
    this.#requireMagic2();
    writeInt64(this.buffer, offset, this.start);
  }

  /** Stamps in place; the CRC does not cover it. */
  setPartitionLeaderEpoch(epoch: number): void {
    this.#requireMagic2();
    writeInt32(this.buffer, epoch, this.start + PARTITION_LEADER_EPOCH);
  }

  /** Rewrites attributes and max timestamp in place, and the CRC with them. */
  setMaxTimestamp(type: TimestampType, timestamp: number | bigint): void {
    this.#requireMagic2();
    const attributes =
      type === 'LogAppendTime' ? this.attributes | LOG_APPEND_TIME_FLAG : this.attributes & ~LOG_APPEND_TIME_FLAG;
    writeInt16(this.buffer, attributes, this.start + ATTRIBUTES);
    if (typeof timestamp === 'bigint') this.buffer.writeBigInt64BE(timestamp, this.start + MAX_TIMESTAMP);
    else writeInt64(this.buffer, timestamp, this.start + MAX_TIMESTAMP);
    writeInt32(this.buffer, this.#computeChecksum(), this.start + CRC);
  }

  /** @internal The messages that a compressed legacy message wraps, or itself alone. Decoded once. */
  legacyMessages(maxDecompressedBytes = DEFAULT_MAX_DECOMPRESSED_BYTES): readonly LegacyMessage[] {
    this.#legacyMessages ??= readLegacyMessages(this.bytes(), maxDecompressedBytes);
    return this.#legacyMessages;
  }

  #computeChecksum(): number {
    return crc32c(this.buffer, this.start + ATTRIBUTES, this.start + this.sizeInBytes);
  }

  #requireMagic2(): void {
    if (this.magic !== 2) throw new TypeError(`a batch of magic ${this.magic} is never stamped`);
  }
}

/**
 * The whole batches in `[start, end)`; one that is cut at the end is left out. Throws `CORRUPT_MESSAGE` for a size,
 * magic or base offset that no batch can have, `INVALID_RECORD` for a producer id outside ±(2^53 − 1). Checksums are the
 * caller's to check, with `isValid`.
 */
export function* batches(buffer: Buffer, start = 0, end = buffer.length): Generator<BatchView> {
  let at = start;
  for (let batch = batchAt(buffer, at, end); batch !== undefined; batch = batchAt(buffer, at, end)) {
    yield batch;
    at += batch.sizeInBytes;
  }
}

/** All that `batches` gives. */
export function allBatches(buffer: Buffer): BatchView[] {
  const found: BatchView[] = [];
  let at = 0;
  for (let batch = batchAt(buffer, at); batch !== undefined; batch = batchAt(buffer, at)) {
    found.push(batch);
    at += batch.sizeInBytes;
  }
  return found;
}

function batchAt(buffer: Buffer, at: number, end = buffer.length): BatchView | undefined {
  if (end - at < LOG_OVERHEAD_BYTES) return undefined;
  const length = readInt32(buffer, at + LENGTH);
  if (length < LEGACY_OVERHEAD_BYTES[0]) throw corrupt(at, `a length of ${length}`);
  if (end - at <= MAGIC) return undefined;
  const fault = frameFault(buffer, at);
  if (fault !== undefined) throw corrupt(at, fault);
  if (length > end - at - LOG_OVERHEAD_BYTES) return undefined;
  const offset = readInt64(buffer, at);
  if (!Number.isSafeInteger(offset)) throw corrupt(at, `base offset ${buffer.readBigInt64BE(at)}`);
  const batch = new BatchView(buffer, at);
  if (!Number.isSafeInteger(batch.producerId)) {
    const exact = buffer.readBigInt64BE(at + PRODUCER_ID);
    throw new KafkaError('INVALID_RECORD', `the batch at byte ${at} has producer id ${exact}, outside ±(2^53 − 1)`);
  }
  return batch;
}

/** What the size and magic of the batch at `at` say that none can, if they do; 17 bytes must be there. */
export function frameFault(buffer: Buffer, at: number): string | undefined {
  const length = readInt32(buffer, at + LENGTH);
  const magic = readInt8(buffer, at + MAGIC);
  const smallest = magic === 2 ? BATCH_HEADER_BYTES - LOG_OVERHEAD_BYTES : LEGACY_OVERHEAD_BYTES[magic];
  if (length < LEGACY_OVERHEAD_BYTES[0]) return `a length of ${length}`;
  if (smallest === undefined) return `magic ${magic}`;
  if (length < smallest) return `a length of ${length}, below ${smallest} of magic ${magic}`;
  return undefined;
}

function corrupt(at: number, what: string): KafkaError {
  return new KafkaError('CORRUPT_MESSAGE', `the batch at byte ${at} has ${what}`);
}

/**
 * The records of a batch, parsed as they are asked for; a compressed batch is decompressed at the first. Throws
 * `INVALID_RECORD` for bytes that are not what they declare to be, `MESSAGE_TOO_LARGE` for more than
 * `maxDecompressedBytes`, `UNSUPPORTED_COMPRESSION_TYPE`. The checksum is not looked at.
 */
export function records(batch: BatchView, options: RecordsOptions = {}): Generator<Record> {
  const maxBytes = options.maxDecompressedBytes ?? DEFAULT_MAX_DECOMPRESSED_BYTES;
  if (batch.magic < 2) return legacyRecords(batch, maxBytes);
  const { buffer, start } = batch;
  const fixedTimestamp = batch.timestampType === 'LogAppendTime';
  const timestamp = fixedTimestamp ? batch.maxTimestamp : batch.baseTimestamp;
  const base = {
    offset: batch.baseOffset,
    timestamp,
    exactTimestamp: readExactTimestamp(buffer, start + (fixedTimestamp ? MAX_TIMESTAMP : BASE_TIMESTAMP), timestamp),
    sequence: batch.baseSequence,
    fixedTimestamp,
  };
  const open = (): Buffer =>
    decompress(batch.compression, buffer.subarray(start + BATCH_HEADER_BYTES, start + batch.sizeInBytes), { maxBytes });
  return readRecords(open, batch.count, base);
}

function* legacyRecords(batch: BatchView, maxBytes: number): Generator<Record> {
  yield* batch.legacyMessages(maxBytes);
}
