/**
 * The two steps of a compaction, batch by batch: note the keys, then drop what they make obsolete. They know bytes and
 * offsets only. As generators they can be left off after every few records, and be run to their end in a worker.
 * Kafka's `Cleaner.buildOffsetMapForSegment` and `cleanInto`, `MemoryRecords.filterTo`.
 */
import { type BatchView, type NewRecord, type Record, records } from '../../../protocol/records/batch.ts';
import { type BatchOptions, buildBatch } from '../../../protocol/records/builder.ts';
import type { OffsetMap } from './offset-map.ts';
import type { TransactionTracker } from './transaction-tracker.ts';

/** Records between two points where other work may go on; about 0.5 ms. */
const RECORDS_A_STEP = 256;

export interface IndexOptions {
  readonly map: OffsetMap;
  readonly transactions: TransactionTracker;
  /** Where the part of the log begins that was not compacted before. */
  readonly startOffset: number;
  /** The most keys that the map shall hold. */
  readonly maxKeys: number;
}

/** Notes a batch's keys. Returns whether the map is full, with the batch in it up to `map.latestOffset`. */
export function* indexBatch(batch: BatchView, options: IndexOptions): Generator<undefined, boolean> {
  const { map, transactions, startOffset, maxKeys } = options;
  const isAborted = transactions.pass(batch);
  if (!batch.isControl && !isAborted) {
    let count = 0;
    for (const { key, offset } of records(batch)) {
      if (++count % RECORDS_A_STEP === 0) yield;
      if (key === null || offset < startOffset) continue;
      if (map.size >= maxKeys) return true;
      if (map.isTight) yield* map.makeRoom();
      map.put(key, offset);
    }
  }
  if (batch.lastOffset >= startOffset) map.latestOffset = batch.lastOffset;
  return false;
}

/** What a producer wrote last. */
export interface LastRecord {
  /** −1 when the last that is known of it is a transaction marker. */
  readonly lastDataOffset: number;
  readonly producerEpoch: number;
}

export interface FilterOptions {
  readonly map: OffsetMap;
  readonly transactions: TransactionTracker;
  readonly lastRecords: ReadonlyMap<number, LastRecord>;
  /** Where this compaction ends: the batch before it stays, so that the offset is not lost. */
  readonly endOffset: number;
  readonly nowMs: number;
  /** `delete.retention.ms` */
  readonly deleteRetentionMs: number;
  /** Whether tombstones of magic 0 and 1, which have no delete horizon, stay. */
  readonly keepsLegacyTombstones: boolean;
}

/**
 * What stays of a batch: its own bytes when it stays whole and is of magic 2, a batch of the records that stay, one without records that
 * keeps its producer's state or the end of the log, or nothing. Tombstones, and markers of transactions without data,
 * get a delete horizon when they are first met, and go when it has passed.
 */
export function* filterBatch(batch: BatchView, options: FilterOptions): Generator<undefined, Buffer | undefined> {
  const { transactions, lastRecords, endOffset, nowMs } = options;
  const { isControl, deleteHorizonMs } = batch;
  const isObsolete = transactions.pass(batch);
  const hasPassed = deleteHorizonMs !== null && deleteHorizonMs <= nowMs;
  const dropsRecords = isObsolete && (!isControl || hasPassed);
  const staysEmpty = batch.nextOffset === endOffset || isLastOf(batch, lastRecords.get(batch.producerId));
  if (dropsRecords) return staysEmpty ? emptied(batch) : undefined;

  const kept: Record[] = [];
  let count = 0;
  let hasTombstones = false;
  for (const record of records(batch)) {
    if (++count % RECORDS_A_STEP === 0) yield;
    if (!isControl && !staysRecord(record, batch, options)) continue;
    kept.push(record);
    if (record.value === null) hasTombstones = true;
  }
  if (kept.length === 0) return staysEmpty ? emptied(batch) : undefined;
  const needsHorizon = deleteHorizonMs === null && (hasTombstones || (isControl && isObsolete));
  const horizonMs = needsHorizon ? horizonAfter(options) : deleteHorizonMs;
  if (batch.magic >= 2 && kept.length === count && horizonMs === deleteHorizonMs) return batch.bytes();
  return rebuilt(batch, kept, horizonMs);
}

function isLastOf(batch: BatchView, last: LastRecord | undefined): boolean {
  if (last === undefined || batch.producerId < 0) return false;
  if (last.lastDataOffset >= 0) return batch.lastOffset === last.lastDataOffset;
  // The marker has the producer's last epoch, which fences earlier ones.
  return batch.isControl && batch.producerEpoch === last.producerEpoch;
}

function staysRecord({ key, value, offset }: Record, batch: BatchView, options: FilterOptions): boolean {
  const { map, nowMs, keepsLegacyTombstones } = options;
  if (offset > map.latestOffset) return true;
  if (key === null || offset < map.get(key)) return false;
  if (value !== null) return true;
  if (batch.magic < 2) return keepsLegacyTombstones;
  const { deleteHorizonMs } = batch;
  return deleteHorizonMs === null || nowMs < deleteHorizonMs;
}

/** `null`, which is never, for one that no timestamp can hold. */
function horizonAfter({ nowMs, deleteRetentionMs }: FilterOptions): number | null {
  const horizonMs = nowMs + deleteRetentionMs;
  return Number.isSafeInteger(horizonMs) ? horizonMs : null;
}

function rebuilt(batch: BatchView, kept: readonly Record[], deleteHorizonMs: number | null): Buffer {
  const isLegacy = batch.magic < 2;
  const baseOffset = isLegacy ? kept[0]!.offset : batch.baseOffset;
  const newRecords = kept.map((record): NewRecord => ({ ...record, offsetDelta: record.offset - baseOffset }));
  return buildBatch(newRecords, {
    ...headerOf(batch),
    baseOffset,
    lastOffsetDelta: isLegacy ? kept.at(-1)!.offset - baseOffset : batch.lastOffsetDelta,
    compression: batch.compression,
    deleteHorizonMs,
    ...(batch.timestampType === 'LogAppendTime' ? { maxTimestamp: batch.exactMaxTimestamp } : {}),
  });
}

function emptied(batch: BatchView): Buffer {
  return buildBatch([], {
    ...headerOf(batch),
    baseOffset: batch.baseOffset,
    lastOffsetDelta: batch.lastOffsetDelta,
    maxTimestamp: batch.exactMaxTimestamp,
  });
}

function headerOf(batch: BatchView): BatchOptions {
  const { timestampType, producerId, producerEpoch, baseSequence, isTransactional, isControl } = batch;
  const { partitionLeaderEpoch } = batch;
  return { timestampType, producerId, producerEpoch, baseSequence, isTransactional, isControl, partitionLeaderEpoch };
}
