/** Records of magic 2, as they stand one after the other in a batch (decompressed). */
import { KafkaError } from '../errors.ts';
import { DecodeError } from '../wire/decode-error.ts';
import { Reader } from '../wire/reader.ts';
import type { Writer } from '../wire/writer.ts';
import { uvarintSize } from '../wire/writer.ts';
import { incrementSequence, NO_SEQUENCE, type Record, type RecordHeader } from './record.ts';

/** What a record's deltas are from. */
export interface RecordBase {
  readonly offset: number;
  readonly timestamp: number;
  /** As `Record.exactTimestamp`. */
  readonly exactTimestamp: bigint | null;
  readonly sequence: number;
  /** In a batch of LogAppendTime every record has the batch's time, whatever it was written with. */
  readonly fixedTimestamp: boolean;
}

const NO_HEADERS: readonly RecordHeader[] = Object.freeze([]);

/**
 * Iterates `count` records that fill the bytes that `open` returns, which is called at the first; anything else is
 * `INVALID_RECORD`.
 */
export function* readRecords(open: () => Buffer, count: number, base: RecordBase): Generator<Record> {
  if (count < 0) throw new KafkaError('INVALID_RECORD', `the batch at offset ${base.offset} has ${count} records`);
  if (count === 0) return;
  const reader = new Reader(open());
  for (let i = 0; i < count; i++) {
    let record: Record;
    try {
      record = readRecord(reader, base);
    } catch (failure) {
      if (!(failure instanceof DecodeError)) throw failure;
      const message = `record ${i} of ${count} in the batch at offset ${base.offset}: ${failure.message}`;
      throw new KafkaError('INVALID_RECORD', message, { cause: failure });
    }
    yield record;
  }
  if (reader.remaining > 0) {
    throw new KafkaError(
      'INVALID_RECORD',
      `${reader.remaining} bytes follow the ${count} records of the batch at offset ${base.offset}`,
    );
  }
}

function readRecord(reader: Reader, base: RecordBase): Record {
  const size = reader.varint();
  if (size < 0 || size > reader.remaining) {
    throw new DecodeError(`record of ${size} bytes before byte ${reader.position}, ${reader.remaining} are left`);
  }
  const end = reader.position + size;
  reader.int8(); // attributes: none are defined
  const delta = readTimestampDelta(reader);
  const offsetDelta = reader.varint();
  const key = nullableBytes(reader);
  const value = nullableBytes(reader);
  const headers = readHeaders(reader, end);
  if (reader.position !== end) {
    throw new DecodeError(`record of ${size} bytes has ${size + reader.position - end} bytes of fields`);
  }
  let { timestamp, exactTimestamp } = base;
  if (!base.fixedTimestamp) {
    if (typeof delta === 'number' && exactTimestamp === null) timestamp += delta;
    // 2^53 itself is not safe, so a sum below it was exact.
    if (typeof delta === 'bigint' || exactTimestamp !== null || !Number.isSafeInteger(timestamp)) {
      const exact = BigInt.asIntN(64, (base.exactTimestamp ?? BigInt(base.timestamp)) + BigInt(delta));
      timestamp = Number(exact);
      exactTimestamp = Number.isSafeInteger(timestamp) ? null : exact;
    }
  }
  return {
    offset: base.offset + offsetDelta,
    timestamp,
    exactTimestamp,
    key,
    value,
    headers,
    sequence: base.sequence >= 0 ? incrementSequence(base.sequence, offsetDelta) : NO_SEQUENCE,
  };
}

/** A number while it takes up to four bytes, as nearly all do; exact in any case. */
function readTimestampDelta(reader: Reader): number | bigint {
  const { buffer, end } = reader;
  let at = reader.position;
  let bits = 0;
  for (let shift = 0; shift < 28 && at < end; shift += 7) {
    const byte = buffer[at++]!;
    bits |= (byte & 0x7f) << shift;
    if (byte < 0x80) {
      reader.position = at;
      return (bits >>> 1) ^ -(bits & 1);
    }
  }
  return reader.varlongBits();
}

/** Any negative length is null, as in Kafka. */
function nullableBytes(reader: Reader): Buffer | null {
  const size = reader.varint();
  return size < 0 ? null : reader.slice(size);
}

function readHeaders(reader: Reader, end: number): readonly RecordHeader[] {
  const count = reader.varint();
  if (count === 0) return NO_HEADERS;
  // A header is two lengths at least.
  if (count < 0 || count > (end - reader.position) / 2) {
    throw new DecodeError(`${count} headers before byte ${reader.position}, ${end - reader.position} bytes are left`);
  }
  const headers: RecordHeader[] = [];
  for (let i = 0; i < count; i++) {
    headers.push({ key: reader.utf8(reader.varint()), value: nullableBytes(reader) });
  }
  return headers;
}

/** A record's fields with their deltas worked out. */
export interface RecordFields {
  readonly timestampDelta: number | bigint;
  readonly offsetDelta: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: readonly RecordHeader[];
}

export function writeRecord(writer: Writer, record: RecordFields): void {
  writer.varint(recordSize(record));
  writer.int8(0);
  writer.varlong(record.timestampDelta);
  writer.varint(record.offsetDelta);
  writeNullable(writer, record.key);
  writeNullable(writer, record.value);
  writer.varint(record.headers.length);
  for (const { key, value } of record.headers) {
    const keyBytes = Buffer.from(key);
    writer.varint(keyBytes.length);
    writer.raw(keyBytes);
    writeNullable(writer, value);
  }
}

function writeNullable(writer: Writer, bytes: Buffer | null): void {
  writer.varint(bytes === null ? -1 : bytes.length);
  if (bytes !== null) writer.raw(bytes);
}

/** Bytes of a record behind its own length. */
function recordSize({ timestampDelta, offsetDelta, key, value, headers }: RecordFields): number {
  let size = 1 + varlongSize(timestampDelta) + varintSize(offsetDelta) + varintSize(headers.length);
  size += nullableSize(key) + nullableSize(value);
  for (const header of headers) {
    const keyBytes = Buffer.byteLength(header.key);
    size += varintSize(keyBytes) + keyBytes + nullableSize(header.value);
  }
  return size;
}

function nullableSize(bytes: Buffer | null): number {
  return bytes === null ? 1 : varintSize(bytes.length) + bytes.length;
}

function varintSize(value: number): number {
  return uvarintSize(((value << 1) ^ (value >> 31)) >>> 0);
}

function varlongSize(value: number | bigint): number {
  if (typeof value === 'number' && value >= -0x40000000 && value <= 0x3fffffff) return varintSize(value);
  const exact = BigInt(value);
  let bits = BigInt.asUintN(64, (exact << 1n) ^ (exact >> 63n));
  let size = 1;
  for (; bits > 0x7fn; bits >>= 7n) size++;
  return size;
}
