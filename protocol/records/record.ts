/** A record as it is read from and handed to a batch. */
export { BATCH_HEADER_BYTES, LOG_OVERHEAD_BYTES } from './layout.ts';

export type TimestampType = 'CreateTime' | 'LogAppendTime' | 'NoTimestampType';

export interface RecordHeader {
  readonly key: string;
  readonly value: Buffer | null;
}

/** A record read from a batch. Key and value are views into the batch, or into its decompressed records. */
export interface Record {
  readonly offset: number;
  /** Milliseconds; the nearest double where `exactTimestamp` is not null. */
  readonly timestamp: number;
  /** The timestamp to all 64 bits where it lies outside ±(2^53 − 1), which clients may send; null everywhere else. */
  readonly exactTimestamp: bigint | null;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: readonly RecordHeader[];
  /** Of an idempotent producer; −1 without one. */
  readonly sequence: number;
}

/**
 * A record to be put in a batch. A `Record` that was read will do, but for gaps between offsets, which only
 * `offsetDelta` tells.
 */
export interface NewRecord {
  readonly timestamp: number;
  /** Taken instead of `timestamp` unless null or absent. */
  readonly exactTimestamp?: bigint | null;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers?: readonly RecordHeader[];
  /** From the batch's base offset; the record's place in the list when absent. */
  readonly offsetDelta?: number;
}

export interface RecordsOptions {
  /** The most bytes that a batch's records may take when decompressed; more is `MESSAGE_TOO_LARGE`. */
  readonly maxDecompressedBytes?: number;
}

export const NO_TIMESTAMP = -1;
export const NO_PRODUCER_ID = -1;
export const NO_PRODUCER_EPOCH = -1;
export const NO_SEQUENCE = -1;
export const NO_PARTITION_LEADER_EPOCH = -1;

const MAX_SEQUENCE = 0x7fffffff;

/** Sequences go from 2^31 − 1 back to 0. In 32 bits as Java's, also where bytes that are damaged say what cannot be. */
export function incrementSequence(sequence: number, increment: number): number {
  const isBeyond = sequence > ((MAX_SEQUENCE - increment) | 0);
  return isBeyond ? (increment - (MAX_SEQUENCE - sequence) - 1) | 0 : (sequence + increment) | 0;
}

/** What `Record.exactTimestamp` holds for the int64 at `at`, whose nearest double is `timestamp`. */
export function readExactTimestamp(buffer: Buffer, at: number, timestamp: number): bigint | null {
  return Number.isSafeInteger(timestamp) ? null : buffer.readBigInt64BE(at);
}
