/**
 * One partition's log: what is appended, by a leader or a follower, what is read, at which isolation, and where it
 * begins and ends. It never moves its own high watermark and never sees a request. Kafka's `UnifiedLog`.
 */
import { KafkaError } from '../../protocol/errors.ts';
import type { Clock } from '../platform/clock.ts';
import { Appender, type AppendInfo, type AppendListener, type LeaderAppend, type PendingAppend } from './appender.ts';
import { CompactableLog } from './compaction/compactable-log.ts';
import { formatPartitionMetadata, PARTITION_METADATA, type TopicPartition } from './file-names.ts';
import { IndexCache } from './index-cache.ts';
import type { LogConfig } from './log-config.ts';
import { type LoadedLog, loadLog } from './log-loader.ts';
import { DEFAULT_PRODUCER_ID_EXPIRATION_MS, type LogOptions } from './log-options.ts';
import { type FetchData, type Isolation, LogReader, type OffsetAtTimestamp, type ReadLimits } from './log-reader.ts';
import { LogShortener } from './log-shortener.ts';
import { LogState } from './log-state.ts';
import { OpenFiles } from './open-files.ts';
import type { ProducerEntry } from './producer-state.ts';
import { Recompression } from './recompression.ts';
import type { Place } from './segment-files.ts';
import { WorkQueue } from './work-queue.ts';
import { WritePacer } from './write-pacer.ts';

export type { AppendInfo, AppendListener, AppendOrigin } from './appender.ts';
export type { TopicPartition } from './file-names.ts';
export type { LogOptions } from './log-options.ts';
export type { FetchData, Isolation, OffsetAtTimestamp, ReadLimits } from './log-reader.ts';

export class Log {
  readonly topicPartition: TopicPartition;
  readonly compactable: CompactableLog;
  readonly #options: LogOptions;
  readonly #clock: Clock;
  readonly #state: LogState;
  readonly #reader: LogReader;
  readonly #shortener: LogShortener;
  readonly #queue: WorkQueue<PendingAppend>;
  #topicId: string;
  /** Has taken this log's place. */
  #successor: Log | undefined;

  /** Loads the log of a directory, which must be there; makes no file before the first append. */
  static async open(options: LogOptions): Promise<Log> {
    const place: Place = {
      fs: options.fs,
      indexes: options.indexCache ?? new IndexCache(),
      files: options.openFiles ?? new OpenFiles(Number.POSITIVE_INFINITY),
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
      producerIdExpirationMs: options.producerIdExpirationMs ?? DEFAULT_PRODUCER_ID_EXPIRATION_MS,
      recoveryPoint: options.recoveryPoint ?? 0,
      logStartOffset: options.logStartOffset ?? 0,
      mayHaveGaps: options.config.cleanupPolicy.has('compact') || options.wasCompacted === true,
      wasCleanlyClosed: options.wasCleanlyClosed ?? false,
      isNew: options.isNew ?? false,
    });
    return new Log(options, place, loaded);
  }

  private constructor(options: LogOptions, place: Place, loaded: LoadedLog) {
    this.topicPartition = options.topicPartition;
    this.#topicId = options.topicId;
    this.#options = options;
    this.#clock = options.clock;
    this.#state = new LogState(options, place, loaded);
    this.#reader = new LogReader(this.#state);
    this.#shortener = new LogShortener(this.#state, options);
    const appender = new Appender(this.#state, options.clock, options.pacer ?? new WritePacer(options.clock));
    this.compactable = new CompactableLog(this.#state, {
      lastStableOffset: () => this.lastStableOffset,
      alone: (run) => this.#alone('compact', run),
    });
    this.#queue = new WorkQueue((appends) => {
      const successor: Log | undefined = this.#successor;
      if (successor === undefined) return appender.appendAll(appends);
      for (const append of appends) successor.#enqueue(append);
      return undefined;
    }, options.schedule ?? setImmediate);
  }

  get directory(): string {
    return this.#state.place.directory;
  }

  /** As Kafka prints uuids; all zeros for a log that has none yet. */
  get topicId(): string {
    return this.#topicId;
  }

  get config(): LogConfig {
    return this.#state.config;
  }

  get logStartOffset(): number {
    return this.#state.logStartOffset;
  }

  get logEndOffset(): number {
    return this.#state.logEndOffset;
  }

  get highWatermark(): number {
    return this.#state.highWatermark;
  }

  /** What `lastStable` readers get to: the first record of an open transaction, or the high watermark. */
  get lastStableOffset(): number {
    const unstable = this.#state.producers.firstUnstableOffset();
    if (unstable === undefined || unstable >= this.#state.highWatermark) return this.#state.highWatermark;
    return Math.max(unstable, this.#state.logStartOffset);
  }

  /** Everything below is on the disk, whatever happens to the machine. */
  get recoveryPoint(): number {
    return this.#state.recoveryPoint;
  }

  /** What is to be written down of it: less, where a start from there would trust what is not durable yet. */
  get recoveryPointCheckpoint(): number {
    return this.#state.recoveryPointCheckpoint;
  }

  /** Grows when the log is cut. */
  get truncations(): number {
    return this.#state.truncations;
  }

  get firstSegmentOffset(): number {
    return this.#state.segments.first()![0];
  }

  get sizeInBytes(): number {
    let size = 0;
    for (const segment of this.#state.segments.values()) size += segment.sizeInBytes;
    return size;
  }

  get segmentCount(): number {
    return this.#state.segments.size;
  }

  /** Its disk failed: it takes and serves nothing any more. */
  get isOffline(): boolean {
    return this.#state.life === 'failed';
  }

  get isClosed(): boolean {
    return this.#state.life !== 'open';
  }

  /** When the log was last flushed, by the clock; for `flush.ms`. */
  get lastFlushMs(): number {
    return this.#state.lastFlushMs;
  }

  /** Moves the high watermark, within the log; it may go back on a follower. */
  updateHighWatermark(offset: number): void {
    this.#state.highWatermark = Math.min(Math.max(offset, this.#state.logStartOffset), this.#state.logEndOffset);
    this.#state.producers.onHighWatermark(this.#state.highWatermark);
  }

  // Appending

  /** Calls `listener` after each write with the bytes it added, before those appends are acknowledged. */
  watchAppends(listener: (bytes: number) => void): void {
    this.#state.onAppended = listener;
  }

  /**
   * Checks the batches, gives them the next offsets and the epoch in place, and writes them. `records` is the log's from
   * now on. A client appends one batch, a coordinator or the raft leader as many as it likes. Appends are written in the
   * order of the calls; several that wait, in one write.
   * @param listener told of a refusal by a `KafkaError`; an `InvalidRecordError` has the records that were refused
   */
  startAppend(records: Buffer, options: LeaderAppend, listener: AppendListener): void {
    this.#append(records, options, listener);
  }

  /** `startAppend` as a promise. */
  appendAsLeader(records: Buffer, options: LeaderAppend): Promise<AppendInfo> {
    return new Promise((appended, refused) => this.#append(records, options, { appended, refused }));
  }

  /** Writes batches as another leader numbered and stamped them; a cut one at the end is left out. */
  appendAsFollower(records: Buffer): Promise<AppendInfo> {
    return new Promise((appended, refused) => this.#append(records, null, { appended, refused }));
  }

  #append(records: Buffer, leader: LeaderAppend | null, listener: AppendListener): void {
    if (this.#successor !== undefined) {
      this.#successor.#append(records, leader, listener);
      return;
    }
    const isOpen = this.#state.life === 'open';
    const recompression = leader === null || !isOpen ? undefined : this.#recompression(records);
    this.#enqueue({ records, leader, recompression, listener });
  }

  #enqueue(append: PendingAppend): void {
    if (this.#successor !== undefined) this.#successor.#enqueue(append);
    else if (this.#state.life !== 'open') append.listener.refused(this.#state.refusal());
    else this.#queue.append(append, append.recompression?.done);
  }

  #recompression(records: Buffer): Recompression | undefined {
    const { executor } = this.#options;
    if (executor === undefined || this.config.compressionType === 'producer') return undefined;
    return Recompression.begin(records, this.config, {
      executor,
      signal: () => this.#state.departure,
      name: this.#state.name,
    });
  }

  // Reading

  /**
   * Whole batches from the one that holds `startOffset`, from the tail in memory or one segment's file, none that
   * reaches what the isolation allows. With `minOneMessage` the first comes whole even above `maxBytes`.
   * @returns rejects with OFFSET_OUT_OF_RANGE outside [log start, log end]
   */
  read(startOffset: number, options: ReadLimits): Promise<FetchData> {
    if (!this.#state.isReadable) return Promise.reject(this.#state.refusal());
    if (startOffset < this.#state.logStartOffset || startOffset > this.#state.logEndOffset) {
      return Promise.reject(
        new KafkaError(
          'OFFSET_OUT_OF_RANGE',
          `offset ${startOffset} of ${this.#state.name} is outside ${this.#state.logStartOffset} to ${this.#state.logEndOffset}`,
        ),
      );
    }
    return this.#reader.read(startOffset, this.#bound(options.isolation), options);
  }

  /** What `read` gives, at once; `undefined` where that has to look into a file, or has something to refuse. */
  readNow(startOffset: number, options: ReadLimits): FetchData | undefined {
    const { isReadable, logStartOffset, logEndOffset } = this.#state;
    if (!isReadable || startOffset < logStartOffset || startOffset > logEndOffset) return undefined;
    return this.#reader.readNow(startOffset, this.#bound(options.isolation), options);
  }

  #bound(isolation: Isolation): number {
    if (isolation === 'logEnd') return this.#state.logEndOffset;
    return isolation === 'highWatermark' ? this.#state.highWatermark : this.lastStableOffset;
  }

  /** The first record at or after `timestamp`, `null` when there is none. */
  offsetForTimestamp(timestamp: number): Promise<OffsetAtTimestamp | null> {
    return this.#reader.offsetForTimestamp(timestamp);
  }

  /** The first record with the highest timestamp, `null` when no record has one. */
  offsetOfMaxTimestamp(): Promise<OffsetAtTimestamp | null> {
    return this.#reader.offsetOfMaxTimestamp();
  }

  // Leader epochs

  latestEpoch(): number | undefined {
    return this.#state.epochs.latest?.epoch;
  }

  /** Where an epoch ended, as OffsetForLeaderEpoch asks; `null` for one that is not known here. */
  endOffsetForEpoch(epoch: number): { leaderEpoch: number; endOffset: number } | null {
    return this.#state.epochs.endOffsetFor(epoch, this.#state.logEndOffset) ?? null;
  }

  epochForOffset(offset: number): number | undefined {
    return this.#state.epochs.epochFor(offset);
  }

  /** A leader's epoch begins. Written to the checkpoint with the next flush, at the latest when the log is closed. */
  assignEpochStartOffset(epoch: number, startOffset: number): void {
    this.#state.epochs.assign(epoch, startOffset);
  }

  // Producers

  /** For DescribeProducers. */
  producers(): Iterable<ProducerEntry> {
    return this.#state.producers.entries();
  }

  removeExpiredProducers(
    expirationMs = this.#options.producerIdExpirationMs ?? DEFAULT_PRODUCER_ID_EXPIRATION_MS,
  ): void {
    this.#state.producers.removeExpired(this.#clock.now(), expirationMs);
  }

  // Shortening

  /** Drops everything at and above `offset`, with the whole of a batch that it falls in. */
  truncateTo(offset: number): Promise<void> {
    return this.#alone('truncate', () => this.#shortener.truncateTo(offset));
  }

  /** Drops everything; the next append gets `offset` at the least. */
  truncateFullyAndStartAt(offset: number): Promise<void> {
    return this.#alone('truncate', () => this.#shortener.startAnew(offset));
  }

  /**
   * Records below `offset` are no longer served.
   * @throws OFFSET_OUT_OF_RANGE above the high watermark
   */
  incrementLogStartOffset(offset: number): void {
    this.#shortener.incrementLogStartOffset(offset);
  }

  /** The same, also above the high watermark: of a copy, which has none of its own. */
  incrementLogStartOffsetTo(offset: number): void {
    this.updateHighWatermark(Math.max(offset, this.#state.highWatermark));
    this.incrementLogStartOffset(offset);
  }

  /** Removes the segments that retention, or the log start, has passed. Returns how many. */
  deleteOldSegments(): Promise<number> {
    return this.#alone('delete old segments of', () => this.#shortener.deleteOldSegments());
  }

  // Keeping

  /** Gives an id to a log that has none, and writes it down. */
  async assignTopicId(topicId: string): Promise<void> {
    this.#topicId = topicId;
    await this.#state.place.fs.writeFile(
      `${this.#state.place.directory}/${PARTITION_METADATA}`,
      formatPartitionMetadata(topicId),
      { sync: true },
    );
  }

  updateConfig(config: LogConfig): void {
    this.#state.config = config;
  }

  /** Makes everything written so far durable. */
  flush(): Promise<void> {
    return this.#state.flushTo(this.#state.logEndOffset);
  }

  /** Writes all that is only in memory, flushes, and closes the files: a clean stop. Idempotent. After a failure, only closes. */
  async close(): Promise<void> {
    const { life } = this.#state;
    if (life !== 'open' && life !== 'failed') return;
    try {
      if (life === 'open') await this.#alone('close', () => this.#writeForCleanStart());
    } finally {
      await this.#state.release();
    }
  }

  async #writeForCleanStart(): Promise<void> {
    this.#state.life = 'closed';
    await this.#state.settle();
    await this.#state.writeForCleanStart();
  }

  /** Closes the files without writing anything, as a crash would. What is removed at once needs no clean stop. */
  async abandon(): Promise<void> {
    this.#state.leave('closed');
    await this.#state.settle();
    await this.#state.release();
  }

  /**
   * The log is on its way out: it takes nothing more, its directory gets another name, and readers that are at it go on
   * until it is abandoned.
   */
  moveAway(directory: string): Promise<void> {
    return this.#alone('delete', async () => {
      this.#state.life = 'deleted';
      await this.#state.settle();
      await this.#rename(directory);
    });
  }

  /** Gives the directory another name; the log goes on. */
  rename(directory: string): Promise<void> {
    return this.#alone('rename', async () => {
      await this.#state.backgroundDone();
      await this.#rename(directory);
    });
  }

  async #rename(directory: string): Promise<void> {
    const { place } = this.#state;
    const renamed = place.fs.rename(place.directory, directory).then(() => {
      place.directory = directory;
    });
    // Who opens a file meanwhile waits; a failure is the log's, below.
    place.moving = renamed.catch(() => {});
    await renamed;
  }

  /**
   * Lets another log take this one's place: nothing is appended while `replace` runs, and what waits goes to the log that
   * it resolves with. When it rejects, all stays as it is.
   */
  async handOver(replace: () => Promise<Log>): Promise<void> {
    let failure: { readonly error: unknown } | undefined;
    await this.#alone('hand over', async () => {
      try {
        this.#successor = await replace();
      } catch (error) {
        // Not of this log's disk.
        failure = { error };
      }
    });
    if (failure !== undefined) throw failure.error;
  }

  /**
   * Closes a log that was moved away and is still there: its indexes are written, since a clean start of Apache Kafka
   * loads also what it is about to delete, and takes a missing index for damage.
   */
  async closeMovedAway(): Promise<void> {
    await this.#state.settle();
    await this.#state.sealActive(false);
    await this.abandon();
  }

  /** The disk of the log failed elsewhere: it takes and serves nothing more. */
  takeOffline(): void {
    this.#state.takeOffline();
  }

  async #alone<T>(what: string, run: () => Promise<T>): Promise<T> {
    if (this.#state.life !== 'open') throw this.#state.refusal();
    return this.#queue.alone(async () => {
      if (this.#state.life !== 'open') throw this.#state.refusal();
      try {
        return await run();
      } catch (error) {
        throw this.#state.fail(error, what);
      }
    });
  }
}
