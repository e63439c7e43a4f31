import { Writer } from '../wire/writer.ts';
import { type CompressionType, compress, compressionCode } from './compression.ts';
import { crc32c } from './crc32c.ts';
import {
  ATTRIBUTES,
  BATCH_HEADER_BYTES,
  CONTROL_FLAG,
  CRC,
  DELETE_HORIZON_FLAG,
  LENGTH,
  LOG_APPEND_TIME_FLAG,
  LOG_OVERHEAD_BYTES,
  TRANSACTIONAL_FLAG,
} from './layout.ts';
import {
  type NewRecord,
  NO_PARTITION_LEADER_EPOCH,
  NO_PRODUCER_EPOCH,
  NO_PRODUCER_ID,
  NO_SEQUENCE,
  NO_TIMESTAMP,
  type TimestampType,
} from './record.ts';
import { writeRecord } from './record-codec.ts';

export { buildLegacy } from './legacy.ts';

export interface BatchOptions {
  readonly baseOffset?: number;
  readonly compression?: CompressionType;
  /** Of compression; the codec's default when absent. */
  readonly level?: number;
  /** With LogAppendTime, `maxTimestamp` is the time of every record. */
  readonly timestampType?: TimestampType;
  /** The records' own maximum when absent. */
  readonly maxTimestamp?: number | bigint;
  readonly producerId?: number;
  readonly producerEpoch?: number;
  readonly baseSequence?: number;
  readonly isTransactional?: boolean;
  readonly isControl?: boolean;
  readonly partitionLeaderEpoch?: number;
  /** Kept in the base timestamp's place. */
  readonly deleteHorizonMs?: number | null;
  /** The last record's offset delta when absent; compaction keeps it beyond the records that it drops. */
  readonly lastOffsetDelta?: number;
}

/**
 * One batch of magic 2. Offset deltas count up from zero unless the records have their own. Without records it is the
 * empty batch that compaction leaves of an idempotent producer's last one.
 */
export function buildBatch(newRecords: readonly NewRecord[], options: BatchOptions = {}): Buffer {
  const { deleteHorizonMs = null } = options;
  const compression = newRecords.length === 0 ? 'none' : (options.compression ?? 'none');
  const first = newRecords[0];
  const baseTimestamp = deleteHorizonMs ?? (first === undefined ? NO_TIMESTAMP : timestampOf(first));
  const body = writeRecords(newRecords, baseTimestamp);
  const lastOffsetDelta =
    options.lastOffsetDelta ?? newRecords.at(-1)?.offsetDelta ?? Math.max(newRecords.length - 1, 0);

  const writer = new Writer(BATCH_HEADER_BYTES);
  writer.int64(options.baseOffset ?? 0);
  writer.int32(0);
  writer.int32(options.partitionLeaderEpoch ?? NO_PARTITION_LEADER_EPOCH);
  writer.int8(2);
  writer.uint32(0);
  writer.int16(attributesOf(compression, options));
  writer.int32(lastOffsetDelta);
  writer.int64bits(BigInt(baseTimestamp));
  writer.int64bits(BigInt(options.maxTimestamp ?? maxTimestampOf(newRecords)));
  writer.int64(options.producerId ?? NO_PRODUCER_ID);
  writer.int16(options.producerEpoch ?? NO_PRODUCER_EPOCH);
  writer.int32(options.baseSequence ?? NO_SEQUENCE);
  writer.int32(newRecords.length);
  const header = writer.toBuffer();

  const level = options.level === undefined ? {} : { level: options.level };
  const stored = compression === 'none' ? body : [compress(compression, Buffer.concat(body), level)];
  const batch = Buffer.concat([header, ...stored]);
  batch.writeInt32BE(batch.length - LOG_OVERHEAD_BYTES, LENGTH);
  batch.writeUInt32BE(crc32c(batch, ATTRIBUTES), CRC);
  return batch;
}

function writeRecords(newRecords: readonly NewRecord[], baseTimestamp: number | bigint): Buffer[] {
  const writer = new Writer(1024);
  newRecords.forEach((record, i) => {
    const timestamp = timestampOf(record);
    writeRecord(writer, {
      timestampDelta: timestampDelta(timestamp, baseTimestamp),
      offsetDelta: record.offsetDelta ?? i,
      key: record.key,
      value: record.value,
      headers: record.headers ?? [],
    });
  });
  return writer.buffers();
}

function timestampOf(record: NewRecord): number | bigint {
  return record.exactTimestamp ?? record.timestamp;
}

function timestampDelta(timestamp: number | bigint, base: number | bigint): number | bigint {
  if (typeof timestamp === 'number' && typeof base === 'number') {
    const delta = timestamp - base;
    if (Number.isSafeInteger(delta)) return delta;
  }
  return BigInt.asIntN(64, BigInt(timestamp) - BigInt(base));
}

function maxTimestampOf(newRecords: readonly NewRecord[]): number | bigint {
  let max: number | bigint = NO_TIMESTAMP;
  for (const record of newRecords) {
    const timestamp = timestampOf(record);
    if (timestamp > max) max = timestamp;
  }
  return max;
}

function attributesOf(compression: CompressionType, options: BatchOptions): number {
  return (
    compressionCode(compression) |
    (options.timestampType === 'LogAppendTime' ? LOG_APPEND_TIME_FLAG : 0) |
    (options.isTransactional === true ? TRANSACTIONAL_FLAG : 0) |
    (options.isControl === true ? CONTROL_FLAG : 0) |
    (options.deleteHorizonMs == null ? 0 : DELETE_HORIZON_FLAG)
  );
}
