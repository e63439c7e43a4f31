/**
 * A log from its directory. After a clean stop nothing is scanned: the end follows from the last segment's last batches.
 * After a crash everything from the recovery point's segment on is checked, the log is cut after the last whole batch,
 * and indexes, leader epochs and producer state are rebuilt. Kafka's `LogLoader`.
 */
import { KafkaError } from '../../protocol/errors.ts';
import { ascending, OrderedMap } from '../collections/ordered-map.ts';
import type { Clock } from '../platform/clock.ts';
import type { Logger } from '../platform/logger.ts';
import { batchFault } from './batch-fault.ts';
import { batchSizeAt, isHeaderThere, lastOffsetAt, SMALLEST_BATCH_BYTES } from './batch-walk.ts';
import { parseEpochs } from './checkpoint-file.ts';
import { completeSwap } from './compaction/complete-swap.ts';
import { LEADER_EPOCH_CHECKPOINT, offsetOfFile, segmentFileName, type TopicPartition } from './file-names.ts';
import { LeaderEpochs } from './leader-epochs.ts';
import { OffsetIndex } from './offset-index.ts';
import { decodeProducerSnapshot } from './producer-snapshot.ts';
import { isExpired, ProducerState } from './producer-state.ts';
import { Segment } from './segment.ts';
import type { Place } from './segment-files.ts';
import { TimeIndex, type TimestampOffset } from './time-index.ts';
import { TransactionIndex } from './transaction-index.ts';

export interface LoadOptions {
  readonly place: Place;
  readonly topicPartition: TopicPartition;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly indexIntervalBytes: number;
  readonly producerIdExpirationMs: number;
  /** Everything below is known to be on the disk. */
  readonly recoveryPoint: number;
  /** Of a log that compaction thins out: its segments need not join. */
  readonly mayHaveGaps: boolean;
  /** From the checkpoint: records below were deleted. */
  readonly logStartOffset: number;
  readonly wasCleanlyClosed: boolean;
  /** A directory made just now: nothing is read. */
  readonly isNew: boolean;
}

export interface LoadedLog {
  readonly segments: OrderedMap<number, Segment>;
  readonly logStartOffset: number;
  readonly logEndOffset: number;
  readonly recoveryPoint: number;
  readonly epochs: LeaderEpochs;
  readonly producers: ProducerState;
  /** Offsets of the producer snapshots. */
  readonly snapshots: Set<number>;
  /** Whether the leader epochs differ from their file's. */
  readonly areEpochsDirty: boolean;
}

export async function loadLog(options: LoadOptions): Promise<LoadedLog> {
  return new LogLoader(options).load();
}

/** A log is scanned this far between two lines that say so. */
const PROGRESS_EVERY_MS = 5000;
/** For the synchronous reads of one log’s end after the other; a fresh one for each log is garbage at start-up. */
const tailChunk = Buffer.alloc(4096);
const INDEX_SUFFIXES = ['.index', '.timeindex', '.txnindex'] as const;

class LogLoader {
  readonly #options: LoadOptions;
  readonly #place: Place;
  readonly #logger: Logger;
  readonly #segments = new OrderedMap<number, Segment>(ascending);
  readonly #snapshots = new Set<number>();
  readonly #producers: ProducerState;
  #epochs = new LeaderEpochs();
  #indexed = new Set<number>();
  #hasEpochs = false;
  /** Else every batch has to be read, also after a clean stop: power may have gone right after it. */
  #areEpochsWhole = true;

  constructor(options: LoadOptions) {
    this.#options = options;
    this.#place = options.place;
    this.#logger = options.logger;
    this.#producers = new ProducerState(options.topicPartition);
  }

  async load(): Promise<LoadedLog> {
    const { logStartOffset, isNew, wasCleanlyClosed } = this.#options;
    if (!isNew) {
      await this.#list();
      this.#readEpochs();
    }
    const epochsVersion = this.#epochs.version;
    let logEndOffset: number;
    if (this.#segments.size === 0) {
      logEndOffset = await this.#startAt(logStartOffset);
    } else {
      const isWhole = wasCleanlyClosed && this.#areIndexesThere() && this.#areEpochsWhole;
      const cleanEnd = isWhole ? this.#findEnd() : undefined;
      if (cleanEnd !== undefined) {
        logEndOffset = cleanEnd;
        await this.#loadProducers(logEndOffset, true);
      } else {
        logEndOffset = await this.#recover();
      }
      if (logEndOffset < logStartOffset) {
        this.#logger.warn(
          { logEndOffset, logStartOffset },
          'the log ends before its checkpointed start, as if files had been deleted: it starts anew at the latter',
        );
        await this.#removeSegmentsFrom(0);
        this.#epochs.clear();
        logEndOffset = await this.#startAt(logStartOffset);
      }
    }
    this.#epochs.truncateFromEnd(logEndOffset);
    const start = Math.max(logStartOffset, this.#segments.first()![0]);
    this.#epochs.truncateFromStart(start);
    return {
      segments: this.#segments,
      logStartOffset: start,
      logEndOffset,
      recoveryPoint: wasCleanlyClosed ? logEndOffset : Math.min(this.#options.recoveryPoint, logEndOffset),
      epochs: this.#epochs,
      producers: this.#producers,
      snapshots: this.#snapshots,
      areEpochsDirty: this.#epochs.version !== epochsVersion,
    };
  }

  async #list(): Promise<void> {
    const { fs, directory } = this.#place;
    const list = (): string[] => fs.startup.list(directory).flatMap((entry) => (entry.isDirectory ? [] : [entry.name]));
    let names = list();
    if (await completeSwap(this.#place, names, this.#logger)) names = list();
    const withTransactions = new Set<number>();
    for (const name of names) {
      // To look for a file that is not there costs an exception, 30 µs.
      if (name === LEADER_EPOCH_CHECKPOINT) this.#hasEpochs = true;
      const snapshot = offsetOfFile(name, '.snapshot');
      if (snapshot !== undefined) this.#snapshots.add(snapshot);
      const transactions = offsetOfFile(name, '.txnindex');
      if (transactions !== undefined) withTransactions.add(transactions);
      const indexed = offsetOfFile(name, '.index');
      if (indexed !== undefined) this.#indexed.add(indexed);
    }
    for (const name of names) {
      const baseOffset = offsetOfFile(name, '.log');
      if (baseOffset === undefined) continue;
      const { size, modifiedMs } = fs.startup.stat(`${directory}/${name}`);
      this.#segments.set(
        baseOffset,
        new Segment({
          place: this.#place,
          baseOffset,
          createdMs: this.#options.clock.now(),
          modifiedMs,
          sizeInBytes: size,
          hasIndexes: this.#indexed.has(baseOffset),
          hasTransactions: withTransactions.has(baseOffset),
        }),
      );
    }
    this.#distrustTornTransactionIndexes(withTransactions);
    await this.#removeOrphans(names);
  }

  /** A segment whose `.txnindex` does not read counts as one without indexes: they are made anew from its batches. */
  #distrustTornTransactionIndexes(offsets: Iterable<number>): void {
    for (const baseOffset of offsets) {
      const path = this.#segments.get(baseOffset)?.path('.txnindex');
      const bytes = path === undefined ? null : this.#place.fs.startup.readFile(path);
      if (bytes === null || new TransactionIndex(bytes).isSane(baseOffset)) continue;
      this.#logger.warn({ path }, 'a transaction index does not read; the indexes are made anew from the log');
      this.#indexed.delete(baseOffset);
    }
  }

  /** Indexes without a log would be taken for those of a later segment of their name. */
  async #removeOrphans(names: readonly string[]): Promise<void> {
    for (const name of names) {
      const at = INDEX_SUFFIXES.map((suffix) => offsetOfFile(name, suffix)).find((offset) => offset !== undefined);
      if (at !== undefined && !this.#segments.has(at)) await this.#place.fs.remove(`${this.#place.directory}/${name}`);
    }
  }

  #readEpochs(): void {
    const { fs, directory } = this.#place;
    const path = `${directory}/${LEADER_EPOCH_CHECKPOINT}`;
    const bytes = this.#hasEpochs ? fs.startup.readFile(path) : null;
    if (bytes === null) return;
    try {
      this.#epochs = new LeaderEpochs(parseEpochs(bytes.toString(), path));
    } catch (error) {
      this.#areEpochsWhole = false;
      this.#logger.warn({ err: error }, 'the leader epochs file is torn; epochs are taken from the batches');
    }
  }

  /** A segment without an index is one that Kafka, or we, did not close. */
  #areIndexesThere(): boolean {
    for (const segment of this.#segments.values()) {
      if (segment.sizeInBytes > 0 && !this.#indexed.has(segment.baseOffset)) return false;
    }
    return true;
  }

  /** The log end offset after a clean stop; `undefined` when the last segment does not end with a whole batch. */
  #findEnd(): number | undefined {
    const last = this.#segments.last()![1];
    const { startup } = this.#place.fs;
    const size = last.sizeInBytes;
    let position = size === 0 ? 0 : this.#lastIndexedPosition(last, size);
    let nextOffset = last.baseOffset;
    const chunk = tailChunk;
    while (position < size) {
      const length = startup.read(last.path('.log'), chunk, position);
      let at = 0;
      while (isHeaderThere(chunk, at, length)) {
        const batchBytes = batchSizeAt(chunk, at);
        if (batchBytes < SMALLEST_BATCH_BYTES || position + at + batchBytes > size) return undefined;
        nextOffset = lastOffsetAt(chunk, at) + 1;
        at += batchBytes;
      }
      if (at === 0) return undefined;
      position += at;
    }
    return nextOffset;
  }

  #lastIndexedPosition(segment: Segment, logSize: number): number {
    const { startup } = this.#place.fs;
    const path = segment.path('.index');
    const { size } = startup.stat(path);
    if (size < 8 || size % 8 !== 0) return 0;
    const entry = Buffer.alloc(8);
    startup.read(path, entry, size - 8);
    const index = new OffsetIndex(segment.baseOffset, entry);
    return index.isSane(logSize) ? index.lastPosition : 0;
  }

  async #startAt(offset: number): Promise<number> {
    const segment = new Segment({ place: this.#place, baseOffset: offset, createdMs: this.#options.clock.now() });
    this.#segments.set(offset, segment);
    await this.#removeSnapshotsWhere(() => true);
    this.#producers.reset(offset);
    return offset;
  }

  // Recovery

  async #recover(): Promise<number> {
    const { recoveryPoint, wasCleanlyClosed } = this.#options;
    // A clean stop that left something out, and we are here, says nothing about the recovery point.
    const from = wasCleanlyClosed ? 0 : recoveryPoint;
    const first = this.#segments.floor(from) ?? this.#segments.first()!;
    let firstBase = first[0];
    for (const segment of this.#segments.values()) {
      if (!this.#indexed.has(segment.baseOffset)) firstBase = Math.min(firstBase, segment.baseOffset);
    }
    const unflushed = [...this.#segments.values(firstBase)];
    const totalBytes = unflushed.reduce((sum, { sizeInBytes }) => sum + sizeInBytes, 0);
    if (totalBytes > 0) {
      this.#logger.info({ recoveryPoint, segments: unflushed.length, bytes: totalBytes }, 'checking the log');
    }
    await this.#loadProducers(firstBase, false);
    let nextOffset = firstBase;
    for (const segment of unflushed) {
      if (segment.baseOffset > nextOffset && !this.#options.mayHaveGaps) {
        // Power was lost before the end of a segment reached the disk, but not before the next one did.
        this.#logger.warn(
          { nextOffset, next: segment.baseOffset },
          'the end of a segment is gone; what follows is cut',
        );
        await this.#removeSegmentsFrom(nextOffset + 1);
        break;
      }
      this.#producers.advanceTo(segment.baseOffset);
      const before = segment.sizeInBytes;
      nextOffset = await this.#recoverSegment(segment, segment === unflushed.at(-1));
      if (segment.sizeInBytes < before) {
        const cutBytes = before - segment.sizeInBytes;
        this.#logger.warn({ segment: segment.path('.log'), cutBytes, nextOffset }, 'a torn or corrupt tail was cut');
        await this.#removeSegmentsFrom(segment.baseOffset + 1);
        break;
      }
    }
    await this.#removeSnapshotsWhere((offset) => offset > nextOffset);
    return nextOffset;
  }

  /**
   * Checks every batch, cuts after the last good one, and rebuilds what hangs on them. Returns the next offset. The last
   * segment takes its indexes along for appending, and no file of it is written or flushed: a next crash has it checked
   * again, a clean stop writes them.
   */
  async #recoverSegment(segment: Segment, isLast: boolean): Promise<number> {
    const offsets = new OffsetIndex(segment.baseOffset);
    const times = new TimeIndex(segment.baseOffset);
    const transactions = new TransactionIndex();
    let largest: TimestampOffset = { timestamp: -1, offset: segment.baseOffset };
    let nextOffset = segment.baseOffset;
    let validBytes = 0;
    let firstTimestamp: number | undefined;
    let lastIndexed = 0;
    let sayAfter = this.#options.clock.now() + PROGRESS_EVERY_MS;
    try {
      for await (const located of segment.scan()) {
        for (const { batch, position } of located) {
          const { lastOffset, maxTimestamp } = batch;
          const fault = batchFault(batch, nextOffset, segment.baseOffset);
          if (fault !== undefined) {
            throw new KafkaError('CORRUPT_MESSAGE', `the batch at byte ${position} has ${fault}`);
          }
          const aborted = this.#producers.apply(batch);
          if (aborted !== undefined) transactions.append(aborted);
          this.#assignEpoch(batch.partitionLeaderEpoch, batch.baseOffset);
          firstTimestamp ??= maxTimestamp;
          if (maxTimestamp > largest.timestamp) largest = { timestamp: maxTimestamp, offset: lastOffset };
          if (position - lastIndexed > this.#options.indexIntervalBytes) {
            offsets.append(lastOffset, position);
            times.maybeAppend(largest.timestamp, largest.offset);
            lastIndexed = position;
          }
          validBytes = position + batch.sizeInBytes;
          nextOffset = lastOffset + 1;
        }
        if (this.#options.clock.now() > sayAfter) {
          sayAfter = this.#options.clock.now() + PROGRESS_EVERY_MS;
          this.#logger.info(
            { segment: segment.path('.log'), checkedBytes: validBytes, of: segment.sizeInBytes },
            'checking',
          );
        }
      }
    } catch (error) {
      if (!(error instanceof KafkaError)) throw error;
      this.#logger.warn({ segment: segment.path('.log'), position: validBytes, err: error }, 'found an invalid batch');
    }
    const isCut = validBytes < segment.sizeInBytes;
    if (isCut) await segment.truncateAt(validBytes);
    const indexes = { offsets, times, transactions };
    if (isLast || isCut) {
      segment.resume(indexes, largest, firstTimestamp);
      return nextOffset;
    }
    times.maybeAppend(largest.timestamp, largest.offset);
    await segment.replaceIndexes(indexes, largest);
    await segment.sync();
    return nextOffset;
  }

  #assignEpoch(epoch: number, startOffset: number): void {
    if (epoch >= 0 && epoch > (this.#epochs.latest?.epoch ?? -1)) this.#epochs.assign(epoch, startOffset);
  }

  /** The producer state at `offset`: the latest good snapshot at or below it, and the batches from there on. */
  async #loadProducers(offset: number, wasCleanlyClosed: boolean): Promise<void> {
    const { logStartOffset } = this.#options;
    await rebuildProducers({
      producers: this.#producers,
      place: this.#place,
      segments: this.#segments,
      snapshots: this.#snapshots,
      logStartOffset: Math.max(logStartOffset, this.#segments.first()![0]),
      offset,
      // As Kafka: a log closed without any snapshot has never had a producer id in it.
      mayHaveNone: wasCleanlyClosed,
      nowMs: this.#options.clock.now(),
      producerIdExpirationMs: this.#options.producerIdExpirationMs,
      logger: this.#logger,
    });
  }

  async #removeSegmentsFrom(offset: number): Promise<void> {
    for (const segment of [...this.#segments.values(offset)]) {
      this.#segments.delete(segment.baseOffset);
      await segment.remove();
    }
  }

  async #removeSnapshotsWhere(goes: (offset: number) => boolean): Promise<void> {
    for (const offset of [...this.#snapshots].filter(goes)) {
      this.#snapshots.delete(offset);
      await this.#place.fs.remove(`${this.#place.directory}/${segmentFileName(offset, '.snapshot')}`);
    }
  }
}

export interface RebuildOptions {
  readonly producers: ProducerState;
  readonly place: Place;
  readonly segments: OrderedMap<number, Segment>;
  readonly snapshots: Set<number>;
  readonly logStartOffset: number;
  readonly offset: number;
  readonly mayHaveNone: boolean;
  readonly nowMs: number;
  readonly producerIdExpirationMs: number;
  readonly logger: Logger;
}

/** Sets `producers` to the state of the log up to `offset`. Snapshots that do not read are removed. */
export async function rebuildProducers(options: RebuildOptions): Promise<void> {
  const { producers, place, segments, snapshots, logStartOffset, offset, mayHaveNone, nowMs, logger } = options;
  const usable = [...snapshots].filter((at) => at <= offset && at > logStartOffset).sort((a, b) => b - a);
  let from: number | undefined;
  for (const at of usable) {
    const path = `${place.directory}/${segmentFileName(at, '.snapshot')}`;
    const bytes = place.fs.startup.readFile(path);
    const entries = bytes === null ? undefined : decodeProducerSnapshot(bytes);
    if (entries !== undefined) {
      producers.reset(
        at,
        entries.filter((entry) => !isExpired(entry, nowMs, options.producerIdExpirationMs)),
      );
      from = at;
      break;
    }
    logger.warn({ path }, 'a producer snapshot does not read; it is removed');
    snapshots.delete(at);
    await place.fs.remove(path);
  }
  if (from === undefined) {
    producers.reset(mayHaveNone ? offset : logStartOffset);
    if (mayHaveNone) return;
    from = logStartOffset;
  }
  if (from < offset) {
    const firstBase = segments.floor(from)?.[0];
    for (const segment of [...segments.values(firstBase, offset)]) {
      const position = from > segment.baseOffset ? await segment.positionOf(from) : 0;
      for await (const located of segment.scan(position)) {
        for (const { batch } of located) {
          if (batch.baseOffset >= from && batch.baseOffset < offset) producers.apply(batch);
        }
      }
    }
  }
  producers.advanceTo(offset);
}
