/**
 * One partition's log: what is appended, by a leader or a follower, what is read, at which isolation, and where it
 * begins and ends. It never moves its own high watermark and never sees a request. Kafka's `UnifiedLog`.
 */
import { type ErrorName, KafkaError } from '../../protocol/errors.ts';
import type { BatchView } from '../../protocol/records/batch.ts';
import type { OrderedMap } from '../collections/ordered-map.ts';
import type { Clock } from '../platform/clock.ts';
import type { FileSystem } from '../platform/file-system.ts';
import type { Logger } from '../platform/logger.ts';
import { type Random, systemRandom } from '../platform/random.ts';
import { validateForFollower, validateForLeader } from './batch-validator.ts';
import { formatEpochs } from './checkpoint-file.ts';
import {
  DELETED_SUFFIX,
  formatPartitionMetadata,
  LEADER_EPOCH_CHECKPOINT,
  PARTITION_METADATA,
  segmentFileName,
  type TopicPartition,
} from './file-names.ts';
import { IndexCache } from './index-cache.ts';
import type { LeaderEpochs } from './leader-epochs.ts';
import type { LogConfig } from './log-config.ts';
import { type LoadedLog, loadLog, rebuildProducers } from './log-loader.ts';
import { type FetchData, type Isolation, LogReader, type OffsetAtTimestamp } from './log-reader.ts';
import { encodeProducerSnapshot } from './producer-snapshot.ts';
import type { ProducerEntry, ProducerState } from './producer-state.ts';
import { segmentsToDelete } from './retention.ts';
import { type Place, Segment } from './segment.ts';
import { TailBudget, TailCache } from './tail-cache.ts';
import { WorkQueue } from './work-queue.ts';
import { WritePacer } from './write-pacer.ts';

export type { TopicPartition } from './file-names.ts';
export type { FetchData, Isolation, OffsetAtTimestamp } from './log-reader.ts';

export type AppendOrigin = 'client' | 'coordinator' | 'raft';

export interface AppendInfo {
  readonly baseOffset: number;
  readonly lastOffset: number;
  /** −1 for CreateTime. */
  readonly logAppendTimeMs: number;
  readonly logStartOffset: number;
  /** Answered from what was appended before; nothing was written. */
  readonly isDuplicate: boolean;
}

export interface LogOptions {
  readonly directory: string;
  readonly topicPartition: TopicPartition;
  readonly topicId: string;
  readonly config: LogConfig;
  readonly fs: FileSystem;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly random?: Random;
  /** Everything below is on the disk for sure; 0 has the whole log checked unless it was closed cleanly. */
  readonly recoveryPoint?: number;
  readonly logStartOffset?: number;
  readonly wasCleanlyClosed?: boolean;
  /** For a directory that was made just now. */
  readonly isNew?: boolean;
  /** `producer.id.expiration.ms` */
  readonly producerIdExpirationMs?: number;
  /** Shared by the logs of a broker. */
  readonly tailBudget?: TailBudget;
  readonly indexCache?: IndexCache;
  readonly pacer?: WritePacer;
  /** When waiting appends are written: by default after the I/O callbacks of this turn of the event loop. */
  readonly schedule?: (run: () => void) => void;
  /** Called once, when the disk fails; the log refuses everything from then on. */
  readonly onStorageFailure?: (error: KafkaError) => void;
}

interface PendingAppend {
  readonly records: Buffer;
  /** `null` for a follower's. */
  readonly leader: { readonly leaderEpoch: number; readonly origin: AppendOrigin } | null;
  readonly resolve: (info: AppendInfo) => void;
  readonly reject: (error: unknown) => void;
}

/** An append that was checked and stamped, and waits for its write. */
interface StagedAppend {
  readonly pending: PendingAppend;
  readonly info: AppendInfo;
  /** `null` for a duplicate. */
  readonly bytes: Buffer | null;
  /** Of the last batch; −1 when unknown. */
  readonly epochs: readonly { readonly epoch: number; readonly startOffset: number }[];
}

const DAY_MS = 24 * 60 * 60 * 1000;
const NO_EPOCHS: readonly never[] = [];

export class Log {
  readonly topicPartition: TopicPartition;
  readonly #name: string;
  readonly #options: LogOptions;
  readonly #place: Place;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #pacer: WritePacer;
  readonly #segments: OrderedMap<number, Segment>;
  readonly #producers: ProducerState;
  readonly #epochs: LeaderEpochs;
  readonly #snapshots: Set<number>;
  readonly #tail: TailCache;
  readonly #reader: LogReader;
  readonly #queue: WorkQueue<PendingAppend>;
  readonly #background = new Set<Promise<void>>();
  readonly #removals = new Set<{ cancel(): void }>();
  #topicId: string;
  #config: LogConfig;
  #active: Segment;
  #logStartOffset: number;
  /** Of what is written. */
  #logEndOffset: number;
  /** Of what is written or on its way. */
  #nextOffset: number;
  #highWatermark: number;
  #recoveryPoint: number;
  #flushing: Promise<void> = Promise.resolve();
  #lastFlushMs: number;
  #truncations = 0;
  #writtenEpochsVersion: number;
  #isDirectoryDirty: boolean;
  #state: 'open' | 'closed' | 'deleted' | 'failed' = 'open';

  /** Loads the log of a directory, which must be there; makes no file before the first append. */
  static async open(options: LogOptions): Promise<Log> {
    const place: Place = {
      fs: options.fs,
      indexes: options.indexCache ?? new IndexCache(),
      directory: options.directory,
    };
    const name = `${options.topicPartition.topic}-${options.topicPartition.partition}`;
    const logger = options.logger;
    const loaded = await loadLog({
      place,
      topicPartition: options.topicPartition,
      logger: options.isNew === true ? logger : logger.child({ log: name }),
      clock: options.clock,
      indexIntervalBytes: options.config.indexIntervalBytes,
      producerIdExpirationMs: options.producerIdExpirationMs ?? DAY_MS,
      recoveryPoint: options.recoveryPoint ?? 0,
      logStartOffset: options.logStartOffset ?? 0,
      mayHaveGaps: options.config.cleanupPolicy.has('compact'),
      wasCleanlyClosed: options.wasCleanlyClosed ?? false,
      isNew: options.isNew ?? false,
    });
    return new Log(options, name, place, loaded);
  }

  private constructor(options: LogOptions, name: string, place: Place, loaded: LoadedLog) {
    this.#options = options;
    this.#name = name;
    this.#place = place;
    this.topicPartition = options.topicPartition;
    this.#topicId = options.topicId;
    this.#config = options.config;
    this.#clock = options.clock;
    this.#logger = options.logger;
    this.#pacer = options.pacer ?? new WritePacer(options.clock);
    this.#segments = loaded.segments;
    this.#active = loaded.segments.last()![1];
    this.#producers = loaded.producers;
    this.#epochs = loaded.epochs;
    this.#snapshots = loaded.snapshots;
    this.#logStartOffset = loaded.logStartOffset;
    this.#logEndOffset = loaded.logEndOffset;
    this.#nextOffset = loaded.logEndOffset;
    this.#highWatermark = loaded.logStartOffset;
    this.#recoveryPoint = loaded.recoveryPoint;
    this.#lastFlushMs = options.clock.now();
    this.#writtenEpochsVersion = loaded.areEpochsDirty ? -1 : loaded.epochs.version;
    this.#isDirectoryDirty = options.isNew ?? false;
    this.#tail = new TailCache(options.tailBudget ?? new TailBudget());
    this.#reader = new LogReader(this.#segments, this.#tail, this.#epochs);
    this.#queue = new WorkQueue((appends) => this.#appendAll(appends), options.schedule ?? setImmediate);
  }

  get directory(): string {
    return this.#place.directory;
  }

  /** As Kafka prints uuids; all zeros for a log that has none yet. */
  get topicId(): string {
    return this.#topicId;
  }

  get config(): LogConfig {
    return this.#config;
  }

  get logStartOffset(): number {
    return this.#logStartOffset;
  }

  get logEndOffset(): number {
    return this.#logEndOffset;
  }

  get highWatermark(): number {
    return this.#highWatermark;
  }

  /** What `lastStable` readers get to: the first record of an open transaction, or the high watermark. */
  get lastStableOffset(): number {
    const unstable = this.#producers.firstUnstableOffset();
    if (unstable === undefined || unstable >= this.#highWatermark) return this.#highWatermark;
    return Math.max(unstable, this.#logStartOffset);
  }

  /** Everything below is on the disk, whatever happens to the machine. */
  get recoveryPoint(): number {
    return this.#recoveryPoint;
  }

  get firstSegmentOffset(): number {
    return this.#segments.first()![0];
  }

  get sizeInBytes(): number {
    let size = 0;
    for (const segment of this.#segments.values()) size += segment.sizeInBytes;
    return size;
  }

  get isClosed(): boolean {
    return this.#state !== 'open';
  }

  /** When the log was last flushed, by the clock; for `flush.ms`. */
  get lastFlushMs(): number {
    return this.#lastFlushMs;
  }

  /** Moves the high watermark, within the log; it may go back on a follower. */
  updateHighWatermark(offset: number): void {
    this.#highWatermark = Math.min(Math.max(offset, this.#logStartOffset), this.#logEndOffset);
    this.#producers.onHighWatermark(this.#highWatermark);
  }

  // Appending

  /**
   * Checks the batches, gives them the next offsets and the epoch in place, and writes them. `records` is the log's from
   * now on. A client appends one batch, a coordinator or the raft leader as many as it likes. Appends are written in the
   * order of the calls; several that wait, in one write.
   * @returns rejects with a `KafkaError`; an `InvalidRecordError` has the records that were refused
   */
  appendAsLeader(
    records: Buffer,
    options: { readonly leaderEpoch: number; readonly origin: AppendOrigin },
  ): Promise<AppendInfo> {
    return this.#append(records, options);
  }

  /** Writes batches as another leader numbered and stamped them; a cut one at the end is left out. */
  appendAsFollower(records: Buffer): Promise<AppendInfo> {
    return this.#append(records, null);
  }

  #append(records: Buffer, leader: PendingAppend['leader']): Promise<AppendInfo> {
    return new Promise((resolve, reject) => {
      if (this.#state !== 'open') reject(this.#refusal());
      else this.#queue.append({ records, leader, resolve, reject });
    });
  }

  /** Stages and writes what waits. Synchronous as long as neither the disk nor a roll has to be waited for. */
  #appendAll(appends: PendingAppend[]): Promise<void> | undefined {
    let from = 0;
    let staged: StagedAppend[] = [];
    let stagedBytes = 0;
    while (from < appends.length) {
      const pending = appends[from]!;
      if (this.#state !== 'open') {
        pending.reject(this.#refusal());
        from++;
        continue;
      }
      if (!this.#active.isActive) {
        return this.#orFail(appends.slice(from), this.#activate()).then(() => this.#appendAll(appends.slice(from)));
      }
      const result = this.#stage(pending);
      if (result === 'roll') {
        const rest = appends.slice(from);
        const rolled = this.#write(staged, stagedBytes)?.then(() => this.#rollFor(rest)) ?? this.#rollFor(rest);
        return rolled.then(() => this.#appendAll(rest));
      }
      from++;
      if (result === undefined) continue;
      staged.push(result);
      stagedBytes += result.bytes?.length ?? 0;
      if (stagedBytes >= LARGEST_WRITE_BYTES) {
        const writing = this.#write(staged, stagedBytes);
        staged = [];
        stagedBytes = 0;
        if (writing !== undefined) return writing.then(() => this.#appendAll(appends.slice(from)));
      }
    }
    return this.#write(staged, stagedBytes);
  }

  /** Checks and stamps one append and books it; `roll` when it needs a new segment first; `undefined` when it was refused. */
  #stage(pending: PendingAppend): StagedAppend | 'roll' | undefined {
    try {
      return pending.leader === null ? this.#stageFollower(pending) : this.#stageLeader(pending, pending.leader);
    } catch (error) {
      pending.reject(error);
      return undefined;
    }
  }

  #stageLeader(pending: PendingAppend, leader: NonNullable<PendingAppend['leader']>): StagedAppend | 'roll' {
    const { records } = pending;
    const config = this.#config;
    const nowMs = this.#clock.now();
    const found = validateForLeader(records, leader.origin, config, nowMs, this.#name);
    const baseOffset = this.#nextOffset;
    for (const batch of found) {
      const repeated = this.#producers.check(batch, leader.origin, baseOffset);
      if (repeated === undefined) continue;
      const { lastOffset, offsetDelta, timestamp } = repeated;
      const info = {
        baseOffset: lastOffset - offsetDelta,
        lastOffset,
        logAppendTimeMs: timestamp,
        logStartOffset: this.#logStartOffset,
        isDuplicate: true,
      };
      return { pending, info, bytes: null, epochs: NO_EPOCHS };
    }
    const isStamped = config.messageTimestampType === 'LogAppendTime';
    if (this.#needsRoll(found, records.length, baseOffset, isStamped ? nowMs : undefined)) return 'roll';
    let nextOffset = baseOffset;
    for (const batch of found) {
      batch.setBaseOffset(nextOffset);
      batch.setPartitionLeaderEpoch(leader.leaderEpoch);
      if (isStamped) batch.setMaxTimestamp('LogAppendTime', nowMs);
      ({ nextOffset } = batch);
      this.#book(batch);
    }
    this.#nextOffset = nextOffset;
    return {
      pending,
      info: {
        baseOffset,
        lastOffset: nextOffset - 1,
        logAppendTimeMs: isStamped ? nowMs : -1,
        logStartOffset: this.#logStartOffset,
        isDuplicate: false,
      },
      bytes: records,
      epochs:
        leader.leaderEpoch === this.#epochs.latest?.epoch
          ? NO_EPOCHS
          : [{ epoch: leader.leaderEpoch, startOffset: baseOffset }],
    };
  }

  #stageFollower(pending: PendingAppend): StagedAppend | 'roll' {
    const found = validateForFollower(pending.records, this.#name);
    const first = found[0];
    const last = found.at(-1);
    if (first === undefined || last === undefined) {
      const lastOffset = this.#nextOffset - 1;
      const info = { baseOffset: lastOffset, lastOffset, logAppendTimeMs: -1, isDuplicate: false };
      return { pending, info: { ...info, logStartOffset: this.#logStartOffset }, bytes: null, epochs: NO_EPOCHS };
    }
    // A log that begins in the middle of a leader's batch (its start was moved there) takes the batch whole.
    const isEmpty = this.#nextOffset === this.#logStartOffset && this.#active.stagedBytes === 0;
    if (first.baseOffset < this.#nextOffset && !(isEmpty && first.lastOffset >= this.#nextOffset)) {
      throw new KafkaError(
        'OFFSET_OUT_OF_RANGE',
        `offset ${first.baseOffset} was appended to ${this.#name} as a follower, whose next offset is ${this.#nextOffset}`,
      );
    }
    const end = last.start + last.sizeInBytes;
    if (this.#needsRoll(found, end, undefined, undefined)) return 'roll';
    const epochs = [];
    let latest = this.#epochs.latest?.epoch ?? -1;
    for (const batch of found) {
      this.#book(batch);
      const epoch = batch.partitionLeaderEpoch;
      if (epoch > latest) {
        epochs.push({ epoch, startOffset: batch.baseOffset });
        latest = epoch;
      }
    }
    this.#nextOffset = last.nextOffset;
    return {
      pending,
      info: {
        baseOffset: first.baseOffset,
        lastOffset: last.lastOffset,
        logAppendTimeMs: -1,
        logStartOffset: this.#logStartOffset,
        isDuplicate: false,
      },
      bytes: pending.records.subarray(0, end),
      epochs,
    };
  }

  #book(batch: BatchView): void {
    const { sizeInBytes, lastOffset, maxTimestamp } = batch;
    this.#active.stage(sizeInBytes, lastOffset, maxTimestamp, this.#config.indexIntervalBytes);
    const aborted = this.#producers.apply(batch);
    if (aborted !== undefined) this.#active.stageAborted(aborted);
  }

  /** Where a new segment would begin, when one is needed for these batches. */
  #needsRoll(
    found: readonly BatchView[],
    bytes: number,
    assignedBase: number | undefined,
    appendTimeMs: number | undefined,
  ): boolean {
    let lastOffset: number;
    if (assignedBase === undefined) {
      ({ lastOffset } = found.at(-1)!);
    } else {
      lastOffset = assignedBase - 1;
      for (const batch of found) lastOffset += batch.lastOffsetDelta + 1;
    }
    let maxTimestamp = appendTimeMs ?? -1;
    if (appendTimeMs === undefined) {
      for (const batch of found) maxTimestamp = Math.max(maxTimestamp, batch.maxTimestamp);
    }
    const isNeeded = this.#active.shouldRoll(bytes, lastOffset, maxTimestamp, this.#clock.now(), this.#config);
    this.#rollOffset = assignedBase ?? Math.max(found[0]!.baseOffset, this.#nextOffset);
    return isNeeded && this.#rollOffset > this.#active.baseOffset;
  }

  #rollOffset = 0;

  #write(staged: StagedAppend[], stagedBytes: number): Promise<void> | undefined {
    if (staged.length === 0) return undefined;
    const segment = this.#active;
    if (stagedBytes === 0) {
      this.#acknowledge(staged);
      return undefined;
    }
    const buffers: Buffer[] = [];
    for (const { bytes } of staged) if (bytes !== null) buffers.push(bytes);
    const position = segment.sizeInBytes;
    if (this.#pacer.mayBlock(stagedBytes)) {
      try {
        this.#pacer.timed(() => segment.activeFile.writeSync(buffers, position));
      } catch (error) {
        this.#rejectStaged(staged, error);
        return undefined;
      }
      return this.#written(staged, segment);
    }
    return segment.activeFile.write(buffers, position).then(
      () => this.#written(staged, segment),
      (error) => this.#rejectStaged(staged, error),
    );
  }

  /** What was staged is in the file: readers may see it. Flushed first, if `flush.messages` says so, it is acknowledged. */
  #written(staged: StagedAppend[], segment: Segment): Promise<void> | undefined {
    segment.publish();
    for (const { bytes, info, epochs } of staged) {
      if (bytes !== null) this.#tail.append(info.baseOffset, info.lastOffset + 1, bytes);
      for (const { epoch, startOffset } of epochs) this.#epochs.assign(epoch, startOffset);
    }
    this.#logEndOffset = this.#nextOffset;
    if (this.#logEndOffset - this.#recoveryPoint < this.#config.flushMessages) {
      this.#acknowledge(staged);
      return undefined;
    }
    return this.flush().then(
      () => this.#acknowledge(staged),
      (error) => this.#rejectStaged(staged, error),
    );
  }

  #acknowledge(staged: readonly StagedAppend[]): void {
    for (const { pending, info } of staged) pending.resolve(info);
  }

  #rejectStaged(staged: readonly StagedAppend[], error: unknown): void {
    const failure = this.#fail(error, 'append to');
    for (const { pending } of staged) pending.reject(failure);
  }

  // Rolling

  async #activate(): Promise<void> {
    if (this.#active.sizeInBytes === 0) this.#isDirectoryDirty = true;
    await this.#active.activate();
  }

  #rollFor(rest: readonly PendingAppend[]): Promise<void> {
    if (this.#state !== 'open') return Promise.resolve();
    return this.#orFail(rest, this.#roll(this.#rollOffset));
  }

  /** Waits for a step that the appends need; when it fails, the log does. */
  async #orFail(appends: readonly PendingAppend[], step: Promise<void>): Promise<void> {
    try {
      await step;
    } catch (error) {
      const failure = this.#fail(error, 'open a segment of');
      for (const { reject } of appends) reject(failure);
    }
  }

  /** Seals the active segment and begins another at `baseOffset`. Nothing may be staged. */
  async #roll(baseOffset: number): Promise<void> {
    const old = this.#active;
    const { segmentJitterMs, segmentMs } = this.#config;
    const random = this.#options.random ?? systemRandom;
    const created = new Segment({
      place: this.#place,
      baseOffset,
      createdMs: this.#clock.now(),
      rollJitterMs: segmentJitterMs > 0 ? Math.floor(random.float() * Math.min(segmentJitterMs, segmentMs)) : 0,
    });
    // Left by a truncation that a crash cut short.
    const file = await created.file();
    if ((await file.size()) > 0) await file.truncate(0);
    await created.activate();
    if (!old.isActive) await old.activate();
    const indexes = old.seal();
    this.#segments.set(baseOffset, created);
    this.#active = created;
    this.#isDirectoryDirty = true;
    this.#producers.advanceTo(baseOffset);
    const snapshot = this.#takeSnapshot();
    this.#inBackground('roll', async () => {
      await Promise.all([old.writeIndexes(indexes, true), snapshot(true)]);
      await this.#flushTo(baseOffset);
    });
    this.#logger.debug({ log: this.#name, baseOffset, sealedBytes: old.sizeInBytes }, 'rolled a new segment');
  }

  /** The producer state as it is now, ready to be written, unless it was before. */
  #takeSnapshot(): (sync: boolean) => Promise<void> {
    const offset = this.#producers.endOffset;
    if (this.#snapshots.has(offset) || offset <= this.#logStartOffset) return async () => {};
    const bytes = encodeProducerSnapshot(this.#producers.entries());
    this.#snapshots.add(offset);
    return (sync) =>
      this.#place.fs.writeFile(`${this.#place.directory}/${segmentFileName(offset, '.snapshot')}`, bytes, { sync });
  }

  // Reading

  /**
   * Whole batches from the one that holds `startOffset`, from the tail in memory or one segment's file, none that
   * reaches what the isolation allows. With `minOneMessage` the first comes whole even above `maxBytes`.
   * @returns rejects with OFFSET_OUT_OF_RANGE outside [log start, log end]
   */
  read(
    startOffset: number,
    options: { readonly maxBytes: number; readonly minOneMessage: boolean; readonly isolation: Isolation },
  ): Promise<FetchData> {
    if (this.#state === 'failed' || this.#state === 'closed') return Promise.reject(this.#refusal());
    if (startOffset < this.#logStartOffset || startOffset > this.#logEndOffset) {
      return Promise.reject(
        new KafkaError(
          'OFFSET_OUT_OF_RANGE',
          `offset ${startOffset} of ${this.#name} is outside ${this.#logStartOffset} to ${this.#logEndOffset}`,
        ),
      );
    }
    return this.#reader.read(startOffset, this.#bound(options.isolation), options);
  }

  #bound(isolation: Isolation): number {
    if (isolation === 'logEnd') return this.#logEndOffset;
    return isolation === 'highWatermark' ? this.#highWatermark : this.lastStableOffset;
  }

  /** The first record at or after `timestamp`, `null` when there is none. */
  offsetForTimestamp(timestamp: number): Promise<OffsetAtTimestamp | null> {
    return this.#reader.offsetForTimestamp(timestamp, this.#logStartOffset);
  }

  /** The first record with the highest timestamp, `null` when no record has one. */
  offsetOfMaxTimestamp(): Promise<OffsetAtTimestamp | null> {
    return this.#reader.offsetOfMaxTimestamp(this.#logStartOffset);
  }

  // Leader epochs

  latestEpoch(): number | undefined {
    return this.#epochs.latest?.epoch;
  }

  /** Where an epoch ended, as OffsetForLeaderEpoch asks; `null` for one that is not known here. */
  endOffsetForEpoch(epoch: number): { leaderEpoch: number; endOffset: number } | null {
    return this.#epochs.endOffsetFor(epoch, this.#logEndOffset) ?? null;
  }

  epochForOffset(offset: number): number | undefined {
    return this.#epochs.epochFor(offset);
  }

  /** A leader's epoch begins. Written to the checkpoint with the next flush, at the latest when the log is closed. */
  assignEpochStartOffset(epoch: number, startOffset: number): void {
    this.#epochs.assign(epoch, startOffset);
  }

  // Producers

  /** For DescribeProducers. */
  producers(): Iterable<ProducerEntry> {
    return this.#producers.entries();
  }

  removeExpiredProducers(): void {
    this.#producers.removeExpired(this.#clock.now(), this.#options.producerIdExpirationMs ?? DAY_MS);
  }

  // Shortening

  /** Drops everything at and above `offset`, with the whole of a batch that it falls in. */
  truncateTo(offset: number): Promise<void> {
    return this.#alone('truncate', async () => {
      if (offset >= this.#logEndOffset) {
        this.#epochs.truncateFromEnd(this.#logEndOffset);
        return;
      }
      if (offset < this.#segments.first()![0]) {
        await this.#startAnew(offset);
        return;
      }
      this.#truncations++;
      await this.#removeSegments([...this.#segments.values()].filter(({ baseOffset }) => baseOffset > offset));
      this.#active = this.#segments.last()![1];
      await this.#activate();
      await this.#active.truncateTo(offset);
      this.#tail.clear();
      this.#logStartOffset = Math.min(this.#logStartOffset, offset);
      await this.#endAt(offset);
    });
  }

  /** Drops everything; the next append gets `offset` at the least. */
  truncateFullyAndStartAt(offset: number): Promise<void> {
    return this.#alone('truncate', () => this.#startAnew(offset));
  }

  async #startAnew(offset: number): Promise<void> {
    this.#truncations++;
    await this.#removeSegments([...this.#segments.values()]);
    this.#tail.clear();
    this.#active = new Segment({ place: this.#place, baseOffset: offset, createdMs: this.#clock.now() });
    this.#segments.set(offset, this.#active);
    this.#epochs.clear();
    this.#logStartOffset = offset;
    await this.#endAt(offset);
  }

  async #endAt(offset: number): Promise<void> {
    this.#logEndOffset = offset;
    this.#nextOffset = offset;
    this.#recoveryPoint = Math.min(this.#recoveryPoint, offset);
    this.#highWatermark = Math.min(Math.max(this.#highWatermark, this.#logStartOffset), offset);
    this.#epochs.truncateFromEnd(offset);
    await this.#removeSnapshots((at) => at > offset);
    await rebuildProducers({
      producers: this.#producers,
      place: this.#place,
      segments: this.#segments,
      snapshots: this.#snapshots,
      logStartOffset: this.#logStartOffset,
      offset,
      mayHaveNone: false,
      nowMs: this.#clock.now(),
      producerIdExpirationMs: this.#options.producerIdExpirationMs ?? DAY_MS,
      logger: this.#logger,
    });
    this.#producers.onHighWatermark(this.#highWatermark);
  }

  /** Records below `offset`, at most the high watermark, are no longer served. */
  incrementLogStartOffset(offset: number): void {
    if (offset > this.#highWatermark) {
      throw new KafkaError(
        'OFFSET_OUT_OF_RANGE',
        `the log start of ${this.#name} cannot be ${offset}, above the high watermark ${this.#highWatermark}`,
      );
    }
    if (offset <= this.#logStartOffset) return;
    this.#logStartOffset = offset;
    this.#epochs.truncateFromStart(offset);
    this.#producers.onHighWatermark(offset);
    this.#producers.advanceTo(offset);
  }

  /** Removes the segments that retention, or the log start, has passed. Returns how many. */
  deleteOldSegments(): Promise<number> {
    return this.#alone('delete old segments of', async () => {
      const goes = await segmentsToDelete([...this.#segments.values()], {
        config: this.#config,
        nowMs: this.#clock.now(),
        logStartOffset: this.#logStartOffset,
        logEndOffset: this.#logEndOffset,
        highWatermark: this.#highWatermark,
      });
      if (goes.length === 0) return 0;
      if (goes.length === this.#segments.size) await this.#roll(this.#logEndOffset);
      const kept = this.#segments.higher(goes.at(-1)!.baseOffset)![0];
      this.incrementLogStartOffset(Math.min(kept, this.#highWatermark));
      await this.#removeSegments(goes);
      await this.#removeSnapshots((at) => at <= goes.at(-1)!.baseOffset);
      this.#logger.info(
        { log: this.#name, segments: goes.length, logStartOffset: this.#logStartOffset },
        'deleted old segments',
      );
      return goes.length;
    });
  }

  /** Takes segments out of the log at once, and their files away after `file.delete.delay.ms`: readers may be at them. */
  async #removeSegments(segments: readonly Segment[]): Promise<void> {
    for (const segment of segments) this.#segments.delete(segment.baseOffset);
    await Promise.all(segments.map((segment) => segment.markDeleted(DELETED_SUFFIX)));
    for (const segment of segments) {
      const timer = this.#clock.after(this.#config.fileDeleteDelayMs, () => {
        this.#removals.delete(timer);
        this.#inBackground('remove segments of', () => segment.remove());
      });
      this.#removals.add(timer);
      this.#doomed.add(segment);
    }
  }

  readonly #doomed = new Set<Segment>();

  async #removeSnapshots(goes: (offset: number) => boolean): Promise<void> {
    for (const offset of [...this.#snapshots].filter(goes)) {
      this.#snapshots.delete(offset);
      await this.#place.fs.remove(`${this.#place.directory}/${segmentFileName(offset, '.snapshot')}`);
    }
  }

  // Keeping

  /** Gives an id to a log that has none, and writes it down. */
  async assignTopicId(topicId: string): Promise<void> {
    this.#topicId = topicId;
    await this.#place.fs.writeFile(`${this.#place.directory}/${PARTITION_METADATA}`, formatPartitionMetadata(topicId));
  }

  updateConfig(config: LogConfig): void {
    this.#config = config;
  }

  /** Makes everything written so far durable. */
  flush(): Promise<void> {
    return this.#flushTo(this.#logEndOffset);
  }

  #flushTo(offset: number): Promise<void> {
    const flushed = this.#flushing.then(() => this.#flushNow(offset));
    // The next one waits, whether this one fails or not; the failure is the caller's.
    this.#flushing = flushed.catch(() => {});
    return flushed;
  }

  async #flushNow(offset: number): Promise<void> {
    if (this.#state === 'failed') throw this.#refusal();
    const truncations = this.#truncations;
    try {
      if (offset > this.#recoveryPoint) {
        const from = this.#segments.floor(this.#recoveryPoint)?.[0];
        for (const segment of [...this.#segments.values(from, offset)]) await segment.sync();
      }
      await this.#writeEpochs(true);
      if (this.#isDirectoryDirty) {
        this.#isDirectoryDirty = false;
        await this.#place.fs.syncDirectory(this.#place.directory);
      }
    } catch (error) {
      throw this.#fail(error, 'flush');
    }
    this.#lastFlushMs = this.#clock.now();
    if (truncations === this.#truncations) this.#recoveryPoint = Math.max(this.#recoveryPoint, offset);
  }

  async #writeEpochs(durably: boolean): Promise<void> {
    const { version, entries } = this.#epochs;
    if (version === this.#writtenEpochsVersion) return;
    this.#writtenEpochsVersion = version;
    const path = `${this.#place.directory}/${LEADER_EPOCH_CHECKPOINT}`;
    const { fs } = this.#place;
    if (durably) await fs.replaceFile(path, formatEpochs(entries));
    else await fs.writeFile(path, formatEpochs(entries));
  }

  /** Writes all that is only in memory, flushes, and closes the files: a clean stop. Idempotent. */
  async close(): Promise<void> {
    if (this.#state !== 'open') return;
    await this.#alone('close', async () => {
      this.#state = 'closed';
      await this.#settle();
      if (this.#active.isActive) {
        await this.#active.writeIndexes(this.#active.seal(), false);
      }
      // A clean start trusts the snapshot at the log's end; a log that was only recovered needs one, too.
      await this.#takeSnapshot()(false);
      if (this.#logEndOffset > this.#recoveryPoint) await this.flush();
      else await this.#writeEpochs(false);
      await this.#release();
    });
  }

  /** Closes the files without writing anything, as a crash would. What was deleted with the log needs no clean stop. */
  async abandon(): Promise<void> {
    this.#state = 'closed';
    await this.#settle();
    await this.#release();
  }

  /**
   * The log is on its way out: it takes nothing more, its directory gets another name, and readers that are at it go on
   * until it is abandoned.
   */
  moveAway(directory: string): Promise<void> {
    return this.#alone('delete', async () => {
      this.#state = 'deleted';
      await this.#settle();
      await this.#place.fs.rename(this.#place.directory, directory);
      this.#place.directory = directory;
    });
  }

  /** The disk of the log failed elsewhere: it takes and serves nothing more. */
  takeOffline(): void {
    if (this.#state === 'open') this.#state = 'failed';
  }

  async #release(): Promise<void> {
    for (const timer of this.#removals) timer.cancel();
    this.#removals.clear();
    this.#tail.clear();
    await Promise.all([...this.#segments.values(), ...this.#doomed].map((segment) => segment.close()));
  }

  async #settle(): Promise<void> {
    while (this.#background.size > 0) await Promise.all(this.#background);
    await this.#flushing;
  }

  #inBackground(what: string, run: () => Promise<void>): void {
    const task = run()
      .catch((error) => void this.#fail(error, what))
      .finally(() => void this.#background.delete(task));
    this.#background.add(task);
  }

  async #alone<T>(what: string, run: () => Promise<T>): Promise<T> {
    if (this.#state !== 'open') throw this.#refusal();
    return this.#queue.alone(async () => {
      if (this.#state !== 'open') throw this.#refusal();
      try {
        return await run();
      } catch (error) {
        throw this.#fail(error, what);
      }
    });
  }

  /** A failed write, flush or rename: nothing is sure any more, so the log stops, as Kafka takes the directory offline. */
  #fail(error: unknown, what: string): KafkaError {
    if (error instanceof KafkaError) return error;
    const cause = error instanceof Error ? error.message : String(error);
    const failure = new KafkaError(
      'KAFKA_STORAGE_ERROR',
      `cannot ${what} ${this.#name} in ${this.directory}: ${cause}`,
      {
        cause: error,
      },
    );
    if (this.#state !== 'failed') {
      this.#state = 'failed';
      this.#logger.error({ log: this.#name, err: error }, `${failure.message}; the log takes and serves nothing more`);
      this.#options.onStorageFailure?.(failure);
    }
    return failure;
  }

  #refusal(): KafkaError {
    const [error, what] = REFUSALS[this.#state];
    return new KafkaError(error, `${this.#name} ${what}`);
  }
}

const LARGEST_WRITE_BYTES = 1024 ** 2;

const REFUSALS: Record<'open' | 'closed' | 'deleted' | 'failed', readonly [ErrorName, string]> = {
  open: ['UNKNOWN_SERVER_ERROR', 'is open'],
  closed: ['NOT_LEADER_OR_FOLLOWER', 'is closed'],
  deleted: ['UNKNOWN_TOPIC_OR_PARTITION', 'was deleted'],
  failed: ['KAFKA_STORAGE_ERROR', 'is offline after a failure of its disk; see the broker log'],
};
