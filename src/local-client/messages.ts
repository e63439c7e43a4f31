/** Messages as callers write and read them, and as record batches carry them. */
import {
  type BatchView,
  batches,
  type NewRecord,
  type Record,
  type RecordHeader,
  records,
} from '../../protocol/records/batch.ts';
import { controlType } from '../../protocol/records/control.ts';

export type MessageBytes = string | Uint8Array;

/** Headers as a list, which keeps their order and may repeat a key, or as an object, with a list for several values. */
export type HeadersOf<V> =
  | readonly { readonly key: string; readonly value?: V }[]
  | Readonly<{ [key: string]: V | readonly V[] }>;

export type MessageHeaders = HeadersOf<MessageBytes | null>;

/** A message to produce. Strings are written as UTF-8. */
export interface Message {
  /** Decides the partition while `partition` is absent. */
  readonly key?: MessageBytes | null | undefined;
  /** Null is a tombstone: compaction deletes the key. */
  readonly value?: MessageBytes | null | undefined;
  readonly headers?: MessageHeaders | undefined;
  readonly partition?: number | undefined;
  /** Milliseconds since the epoch; now when absent. */
  readonly timestamp?: number | Date | undefined;
}

/** A message that was read. */
export interface ConsumedMessage {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  /** Milliseconds since the epoch. */
  readonly timestamp: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: readonly RecordHeader[];
}

export function toRecord({ key, value, headers, timestamp }: Message, nowMs: number): NewRecord {
  return {
    timestamp: timestamp === undefined ? nowMs : Number(timestamp),
    key: toBytes(key),
    value: toBytes(value),
    headers: headerEntries(headers ?? []).map(([name, each]) => ({ key: name, value: toBytes(each) })),
  };
}

function toBytes(bytes: MessageBytes | null | undefined): Buffer | null {
  if (bytes === null || bytes === undefined) return null;
  if (typeof bytes === 'string') return Buffer.from(bytes);
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** One by one, in their order. */
export function headerEntries<V>(headers: HeadersOf<V>): (readonly [key: string, value: V | undefined])[] {
  if (isList(headers)) return headers.map(({ key, value }) => [key, value]);
  return Object.entries(headers).flatMap(([key, value]) =>
    isList(value) ? value.map((each) => [key, each] as const) : [[key, value] as const],
  );
}

/** `Array.isArray`, which does not know readonly arrays. */
export function isList<T>(value: T | readonly T[] | object | null | undefined): value is readonly T[] {
  return Array.isArray(value);
}

/** More than the record takes in a batch (`DefaultRecord`'s bound): its bytes, and the most that all varints take. */
export function recordSizeBound({ key, value, headers = [] }: NewRecord): number {
  let bytes = 21 + 5 + (key?.length ?? 0) + 5 + (value?.length ?? 0) + 5;
  for (const header of headers) bytes += 10 + Buffer.byteLength(header.key) + (header.value?.length ?? 0);
  return bytes;
}

export interface FetchedRecords {
  /** Stored batches, from the one that holds `fetchOffset` on. */
  readonly bytes: Buffer;
  readonly fetchOffset: number;
  readonly maxMessages: number;
  /** The transactions to leave out; null when all is read, whatever came of it. */
  readonly abortedTransactions: readonly { readonly producerId: number; readonly firstOffset: number }[] | null;
}

export interface ReadRecords {
  readonly records: Record[];
  /** Where to read on: behind the last record, and behind what is nobody's to read (markers, aborted records). */
  readonly nextOffset: number;
}

/** What a consumer gets to see of fetched batches. Throws a `KafkaError` for bytes that are no batches. */
export function readRecords({ bytes, fetchOffset, maxMessages, abortedTransactions }: FetchedRecords): ReadRecords {
  const found: Record[] = [];
  let nextOffset = fetchOffset;
  const isAborted = abortedTransactions === null ? () => false : abortedFilter(abortedTransactions);
  for (const batch of batches(bytes)) {
    if (!isAborted(batch) && !batch.isControl) {
      for (const record of records(batch)) {
        if (record.offset < fetchOffset) continue;
        if (found.length >= maxMessages) return { records: found, nextOffset: record.offset };
        found.push(record);
      }
    }
    nextOffset = Math.max(nextOffset, batch.nextOffset);
  }
  return { records: found, nextOffset };
}

/** Says of batches, in their order, whether they belong to a transaction that was aborted. */
function abortedFilter(
  transactions: readonly { readonly producerId: number; readonly firstOffset: number }[],
): (batch: BatchView) => boolean {
  const ahead = [...transactions].sort((a, b) => a.firstOffset - b.firstOffset);
  const producers = new Set<number>();
  return (batch) => {
    while (ahead.length > 0 && ahead[0]!.firstOffset <= batch.lastOffset) producers.add(ahead.shift()!.producerId);
    if (!batch.isTransactional) return false;
    if (!batch.isControl) return producers.has(batch.producerId);
    for (const record of records(batch)) if (controlType(record) === 'abort') producers.delete(batch.producerId);
    return false;
  };
}
