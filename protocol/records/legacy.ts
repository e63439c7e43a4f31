/** Messages of magic 0 and 1, which Kafka wrote before 0.11: read, and built for tests and conversion. */
import { KafkaError } from '../errors.ts';
import { DecodeError } from '../wire/decode-error.ts';
import { readInt64 } from '../wire/integers.ts';
import { Reader } from '../wire/reader.ts';
import { Writer } from '../wire/writer.ts';
import { type CompressionType, compress, compressionCode, compressionType, decompress } from './compression.ts';
import { crc32 } from './crc32c.ts';
import { COMPRESSION_MASK, LEGACY_CRC, LENGTH, LOG_APPEND_TIME_FLAG, LOG_OVERHEAD_BYTES, MAGIC } from './layout.ts';
import {
  type NewRecord,
  NO_SEQUENCE,
  NO_TIMESTAMP,
  type Record,
  readExactTimestamp,
  type TimestampType,
} from './record.ts';

/** The smallest message by magic, without offset and size: crc, magic, attributes, timestamp, key and value length. */
export const LEGACY_OVERHEAD_BYTES: { readonly [magic: number]: number; readonly 0: number } = { 0: 14, 1: 22 };

/** A legacy message has no headers and no sequence, but a checksum of its own. */
export interface LegacyMessage extends Record {
  /** As stored, unsigned. */
  readonly checksum: number;
  /** Whether the checksum is right. */
  readonly isValid: boolean;
}

/** Whether a record was read from a batch of magic 0 or 1. */
export function isLegacyMessage(record: Record): record is LegacyMessage {
  return 'checksum' in record;
}

/**
 * The messages that the message `bytes` (offset and size included) stands for: those inside it when it is compressed,
 * else itself. Throws `INVALID_RECORD`, and `MESSAGE_TOO_LARGE` above `maxDecompressedBytes`.
 */
export function readLegacyMessages(bytes: Buffer, maxDecompressedBytes: number): LegacyMessage[] {
  const outer = readMessage(bytes);
  if (outer.compression === 'none') return [outer.message];
  const { magic } = outer;
  const { value, offset: lastOffset } = outer.message;
  if (value === null) throw invalid(lastOffset, 'is compressed and has no value');
  if (outer.compression === 'zstd') throw invalid(lastOffset, `has magic ${magic}, which knows no zstd`);

  const inner = readInner(decompress(outer.compression, value, { maxBytes: maxDecompressedBytes, magic }), lastOffset);
  const last = inner.at(-1);
  if (last === undefined) throw invalid(lastOffset, 'is compressed and holds no messages');
  let shift = 0;
  if (magic === 1) {
    // Offsets inside are relative, except that some versions of librdkafka left the outer one at zero.
    if (lastOffset !== 0) shift = lastOffset - last.offset;
    if (shift < 0) throw invalid(lastOffset, `holds a message at relative offset ${last.offset}`);
  }
  const { timestamp, exactTimestamp } = outer.message;
  return inner.map((message) => ({
    ...message,
    offset: message.offset + shift,
    ...(outer.timestampType === 'LogAppendTime' ? { timestamp, exactTimestamp } : {}),
  }));
}

/** As in Kafka, what is cut at the end is left out. */
function readInner(body: Buffer, outerOffset: number): LegacyMessage[] {
  const messages: LegacyMessage[] = [];
  let at = 0;
  while (body.length - at >= LOG_OVERHEAD_BYTES) {
    const size = body.readInt32BE(at + LENGTH);
    if (size < LEGACY_OVERHEAD_BYTES[0]) throw invalid(outerOffset, `holds a message of ${size} bytes`);
    const end = at + LOG_OVERHEAD_BYTES + size;
    if (end > body.length) break;
    const { message, compression } = readMessage(body.subarray(at, end));
    if (compression !== 'none') throw invalid(outerOffset, 'holds a message that is compressed itself');
    messages.push(message);
    at = end;
  }
  return messages;
}

interface ReadMessage {
  readonly message: LegacyMessage;
  readonly magic: number;
  readonly compression: CompressionType;
  readonly timestampType: TimestampType;
}

function readMessage(bytes: Buffer): ReadMessage {
  const offset = readInt64(bytes, 0);
  const magic = bytes.readInt8(MAGIC);
  const smallest = LEGACY_OVERHEAD_BYTES[magic];
  if (smallest === undefined || bytes.length < LOG_OVERHEAD_BYTES + smallest) {
    throw invalid(offset, `has magic ${magic} and ${bytes.length} bytes`);
  }
  const reader = new Reader(bytes, MAGIC + 1);
  const attributes = reader.int8();
  const timestampAt = reader.position;
  const timestamp = magic === 1 ? readInt64(bytes, timestampAt) : NO_TIMESTAMP;
  if (magic === 1) reader.slice(8);
  try {
    const key = nullableBytes(reader);
    const value = nullableBytes(reader);
    return {
      message: {
        offset,
        timestamp,
        exactTimestamp: readExactTimestamp(bytes, timestampAt, timestamp),
        key,
        value,
        headers: [],
        sequence: NO_SEQUENCE,
        checksum: bytes.readUInt32BE(LEGACY_CRC),
        isValid: bytes.readUInt32BE(LEGACY_CRC) === crc32(bytes, MAGIC),
      },
      magic,
      compression: compressionType(attributes & COMPRESSION_MASK),
      timestampType:
        magic === 0 ? 'NoTimestampType' : (attributes & LOG_APPEND_TIME_FLAG) !== 0 ? 'LogAppendTime' : 'CreateTime',
    };
  } catch (failure) {
    if (!(failure instanceof DecodeError)) throw failure;
    throw new KafkaError('INVALID_RECORD', `the message at offset ${offset}: ${failure.message}`, { cause: failure });
  }
}

function nullableBytes(reader: Reader): Buffer | null {
  const size = reader.int32();
  return size < 0 ? null : reader.slice(size);
}

function invalid(offset: number, what: string): KafkaError {
  return new KafkaError('INVALID_RECORD', `the message at offset ${offset} ${what}`);
}

export interface LegacyOptions {
  readonly magic: 0 | 1;
  readonly baseOffset?: number;
  readonly compression?: CompressionType;
  readonly level?: number;
  readonly timestampType?: TimestampType;
}

/** Messages in Kafka's legacy formats: one after the other, or wrapped in one when compressed. */
export function buildLegacy(newRecords: readonly NewRecord[], options: LegacyOptions): Buffer {
  const { magic, baseOffset = 0, compression = 'none' } = options;
  const logAppendTime = magic === 1 && options.timestampType === 'LogAppendTime';
  const attributes = logAppendTime ? LOG_APPEND_TIME_FLAG : 0;
  const compressed = compression !== 'none';
  const firstOffset = compressed && magic === 1 ? 0 : baseOffset;
  const messages = newRecords.map((record, i) =>
    writeMessage(magic, firstOffset + (record.offsetDelta ?? i), attributes, exactly(record), record.key, record.value),
  );
  const body = Buffer.concat(messages);
  if (!compressed || newRecords.length === 0) return body;
  const last = newRecords.at(-1)!;
  let maxTimestamp = exactly(last);
  for (const record of newRecords) {
    const timestamp = exactly(record);
    if (timestamp > maxTimestamp) maxTimestamp = timestamp;
  }
  return writeMessage(
    magic,
    baseOffset + (last.offsetDelta ?? newRecords.length - 1),
    attributes | compressionCode(compression),
    maxTimestamp,
    null,
    compress(compression, body, { magic, ...(options.level === undefined ? {} : { level: options.level }) }),
  );
}

function exactly(record: NewRecord): bigint {
  return record.exactTimestamp ?? BigInt(record.timestamp);
}

function writeMessage(
  magic: 0 | 1,
  offset: number,
  attributes: number,
  timestamp: bigint,
  key: Buffer | null,
  value: Buffer | null,
): Buffer {
  const writer = new Writer();
  writer.int64(offset);
  writer.int32(LEGACY_OVERHEAD_BYTES[magic]! + (key?.length ?? 0) + (value?.length ?? 0));
  writer.uint32(0);
  writer.int8(magic);
  writer.int8(attributes);
  if (magic === 1) writer.int64bits(timestamp);
  for (const bytes of [key, value]) {
    if (bytes === null) writer.nullBytes(false);
    else writer.bytes(bytes, false);
  }
  const message = writer.toBuffer();
  message.writeUInt32BE(crc32(message, MAGIC), LEGACY_CRC);
  return message;
}
