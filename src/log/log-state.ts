/**
 * What a log is made of, and what its parts (appending, reading, shortening) share: offsets, segments, producers and
 * epochs, and how they get to the disk. Only `Log` hands it out.
 */
import { setMaxListeners } from 'node:events';
import { dirname } from 'node:path';
import { type ErrorName, KafkaError } from '../../protocol/errors.ts';
import type { OrderedMap } from '../collections/ordered-map.ts';
import { systemRandom } from '../platform/random.ts';
import { formatEpochs } from './checkpoint-file.ts';
import { LEADER_EPOCH_CHECKPOINT, PARTITION_METADATA, segmentFileName } from './file-names.ts';
import type { LeaderEpochs } from './leader-epochs.ts';
import type { LogConfig } from './log-config.ts';
import type { LoadedLog } from './log-loader.ts';
import type { LogOptions } from './log-options.ts';
import { encodeProducerSnapshot } from './producer-snapshot.ts';
import type { ProducerState } from './producer-state.ts';
import { Segment } from './segment.ts';
import type { Place } from './segment-files.ts';
import { TailBudget, TailCache } from './tail-cache.ts';

export class LogState {
  readonly name: string;
  readonly place: Place;
  readonly segments: OrderedMap<number, Segment>;
  readonly producers: ProducerState;
  readonly epochs: LeaderEpochs;
  readonly snapshots: Set<number>;
  readonly tail: TailCache;
  config: LogConfig;
  active: Segment;
  logStartOffset: number;
  /** Of what is written. */
  logEndOffset: number;
  /** Of what is written or on its way. */
  nextOffset: number;
  highWatermark: number;
  recoveryPoint: number;
  /** Grows with every truncation. */
  truncations = 0;
  lastFlushMs: number;
  life: 'open' | 'closed' | 'deleted' | 'failed' = 'open';
  /** See `Log.watchAppends`. */
  onAppended: (bytes: number) => void = () => {};
  readonly #options: LogOptions;
  readonly #background = new Set<Promise<void>>();
  readonly #removals = new Set<{ cancel(): void }>();
  /** Out of the log, but still to be removed. */
  readonly #doomed = new Set<Segment>();
  /** Sealed, the oldest first, and their index files are not durable yet. */
  readonly #sealing = new Set<Segment>();
  #departure: AbortController | undefined;
  #flushing: Promise<void> = Promise.resolve();
  #writtenEpochsVersion: number;
  /** Whatever an earlier life left unsaid. */
  #isDirectoryDirty = true;
  #isNameSynced = false;
  #isTopicIdSynced: boolean;

  constructor(options: LogOptions, place: Place, loaded: LoadedLog) {
    const { topic, partition } = options.topicPartition;
    this.name = `${topic}-${partition}`;
    this.#options = options;
    this.#isTopicIdSynced = options.wasCleanlyClosed === true && options.isNew !== true;
    this.place = place;
    this.config = options.config;
    this.segments = loaded.segments;
    this.active = loaded.segments.last()![1];
    this.producers = loaded.producers;
    this.epochs = loaded.epochs;
    this.snapshots = loaded.snapshots;
    this.logStartOffset = loaded.logStartOffset;
    this.logEndOffset = loaded.logEndOffset;
    this.nextOffset = loaded.logEndOffset;
    this.highWatermark = loaded.logStartOffset;
    this.recoveryPoint = loaded.recoveryPoint;
    this.lastFlushMs = options.clock.now();
    this.#writtenEpochsVersion = loaded.areEpochsDirty ? -1 : loaded.epochs.version;
    this.tail = new TailCache(options.tailBudget ?? new TailBudget());
  }

  // Segments

  async activate(): Promise<void> {
    await this.#syncTopicId();
    if (this.active.sizeInBytes === 0) this.#isDirectoryDirty = true;
    await this.active.activate(this.#preallocateBytes);
  }

  /** `preallocate`: what a new segment's file has from the start. */
  get #preallocateBytes(): number {
    return this.config.preallocate ? this.config.segmentBytes : 0;
  }

  /** Seals the active segment and begins another at `baseOffset`. Nothing may be staged. */
  async roll(baseOffset: number): Promise<void> {
    const old = this.active;
    const { segmentJitterMs, segmentMs } = this.config;
    const random = this.#options.random ?? systemRandom;
    const created = new Segment({
      place: this.place,
      baseOffset,
      createdMs: this.#options.clock.now(),
      rollJitterMs: segmentJitterMs > 0 ? Math.floor(random.float() * Math.min(segmentJitterMs, segmentMs)) : 0,
    });
    // After a crash, a gap behind a segment whose end was lost could not be told from one that compaction left.
    if (this.config.cleanupPolicy.has('compact') || this.#options.wasCompacted === true) await this.flushTo(baseOffset);
    // Left by a truncation that a crash cut short.
    await created.use(async (file) => {
      if ((await file.size()) > 0) await file.truncate(0);
    });
    await created.activate(this.#preallocateBytes);
    if (!old.isActive) await old.activate();
    // Before anything is acknowledged behind it: recovery takes zeros in a sealed segment for a torn end.
    await old.trim();
    old.seal();
    this.#sealing.add(old);
    this.segments.set(baseOffset, created);
    this.active = created;
    this.#isDirectoryDirty = true;
    this.producers.advanceTo(baseOffset);
    const snapshot = this.takeSnapshot();
    this.inBackground('roll', async () => {
      await Promise.all([old.writeIndexes(true), snapshot(true)]);
      this.#isDirectoryDirty = true;
      await this.flushTo(baseOffset);
      this.#sealing.delete(old);
    });
    this.#options.logger.debug({ log: this.name, baseOffset, sealedBytes: old.sizeInBytes }, 'rolled a new segment');
  }

  /** Takes segments out of the log at once, and their files away after `file.delete.delay.ms`: readers may be at them. */
  async removeSegments(segments: readonly Segment[]): Promise<void> {
    for (const segment of segments) this.segments.delete(segment.baseOffset);
    await Promise.all(segments.map((segment) => segment.changeSuffix('.deleted')));
    for (const segment of segments) {
      const timer = this.#options.clock.after(this.config.fileDeleteDelayMs, () => {
        this.#removals.delete(timer);
        this.#doomed.delete(segment);
        this.inBackground('remove segments of', () => segment.remove());
      });
      this.#removals.add(timer);
      this.#doomed.add(segment);
    }
  }

  /**
   * Puts `cleaned`, whose files are whole and flushed, in the place of `old`, which it begins with: at once for readers,
   * and so that a crash between any two steps leaves the old or the new (`completeSwap`).
   */
  async replaceSegments(cleaned: Segment, old: readonly Segment[]): Promise<void> {
    await cleaned.changeSuffix('.swap');
    const removed = this.removeSegments(old);
    this.segments.set(cleaned.baseOffset, cleaned);
    this.tail.dropBefore(this.segments.higher(cleaned.baseOffset)![0]);
    await removed;
    await cleaned.changeSuffix('');
    await this.place.fs.syncDirectory(this.place.directory);
    const merged = new Set(old.map(({ baseOffset }) => baseOffset));
    merged.delete(cleaned.baseOffset);
    await this.removeSnapshots((at) => merged.has(at));
  }

  /** A truncation reaches the disk before anything is written after it: else a power loss could leave some of both. */
  async syncTruncation(): Promise<void> {
    await this.active.sync();
    await this.place.fs.syncDirectory(this.place.directory);
    await this.writeEpochs(true);
  }

  /** The producer state as it is now, ready to be written, unless it was before. */
  takeSnapshot(): (sync: boolean) => Promise<void> {
    if (!this.#lacksSnapshot) return async () => {};
    const offset = this.producers.endOffset;
    const bytes = encodeProducerSnapshot(this.producers.entries());
    this.snapshots.add(offset);
    return (sync) =>
      this.place.fs.writeFile(`${this.place.directory}/${segmentFileName(offset, '.snapshot')}`, bytes, { sync });
  }

  get #lacksSnapshot(): boolean {
    const { endOffset } = this.producers;
    return endOffset > this.logStartOffset && !this.snapshots.has(endOffset);
  }

  async removeSnapshots(goes: (offset: number) => boolean): Promise<void> {
    for (const offset of [...this.snapshots].filter(goes)) {
      this.snapshots.delete(offset);
      await this.place.fs.remove(`${this.place.directory}/${segmentFileName(offset, '.snapshot')}`);
    }
  }

  // Flushing

  /**
   * What the checkpoint may say. A start checks from the segment that holds the recovery point, and trusts the indexes of
   * those before: so it stays below the end of a segment until that one's index files are durable, though all records are.
   */
  get recoveryPointCheckpoint(): number {
    const [segment = this.active] = this.#sealing;
    if (segment === this.active && segment.areIndexesWritten) return this.recoveryPoint;
    const end = this.segments.higher(segment.baseOffset)?.[0] ?? this.logEndOffset;
    return Math.min(this.recoveryPoint, Math.max(segment.baseOffset, end - 1));
  }

  /** Writes the active segment's indexes and ends its file where its batches end; nothing is appended any more. */
  async sealActive(sync: boolean): Promise<void> {
    const { active } = this;
    if (!active.isActive) return;
    active.seal();
    await active.writeIndexes(sync);
    await active.trim();
  }

  /**
   * What a clean start takes as it is: the records, the active segment's indexes, and a snapshot at the log's end, which
   * also a log that was only recovered needs. All of it is durable before the marker of a clean stop is.
   */
  async writeForCleanStart(): Promise<void> {
    const isChanged = this.active.isActive || this.#lacksSnapshot || !this.#isTopicIdSynced;
    await Promise.all([this.sealActive(true), this.takeSnapshot()(true)]);
    if (isChanged) this.#isDirectoryDirty = true;
    if (this.logEndOffset > this.recoveryPoint) await this.flushTo(this.logEndOffset);
    // Of a log that took nothing the epochs alone are new, with every start. Should they be lost, the batches have them.
    else await this.writeEpochs(isChanged);
    if (isChanged) await this.#syncNames();
  }

  flushTo(offset: number): Promise<void> {
    const flushed = this.#flushing.then(() => this.#flushNow(offset));
    // The next one waits, whether this one fails or not; the failure is the caller's.
    this.#flushing = flushed.catch(() => {});
    return flushed;
  }

  /** Cuts the log while nothing is flushed: of what it cuts off a flush would say that it is durable. */
  betweenFlushes(cut: () => Promise<void>): Promise<void> {
    const done = this.#flushing.then(cut);
    // The failure is the caller's.
    this.#flushing = done.catch(() => {});
    return done;
  }

  async #flushNow(offset: number): Promise<void> {
    if (this.life === 'failed') throw this.refusal();
    // The log may have been cut since it was asked for.
    const end = Math.min(offset, this.logEndOffset);
    try {
      if (end > this.recoveryPoint) {
        const from = this.segments.floor(this.recoveryPoint)?.[0];
        for (const segment of [...this.segments.values(from, end)]) await segment.sync();
      }
      await this.#syncNames();
      await this.writeEpochs(true);
    } catch (error) {
      throw this.fail(error, 'flush');
    }
    this.lastFlushMs = this.#options.clock.now();
    this.recoveryPoint = Math.max(this.recoveryPoint, end);
  }

  /** Names are durable before what is under them counts as flushed: the first time also the log's own, and its topic's id. */
  async #syncNames(): Promise<void> {
    if (!this.#isDirectoryDirty) return;
    this.#isDirectoryDirty = false;
    const { fs, directory } = this.place;
    if (!this.#isNameSynced) {
      this.#isNameSynced = true;
      await this.#syncTopicId();
      await fs.syncDirectory(dirname(directory));
    }
    await fs.syncDirectory(directory);
  }

  /** Durable before the first record is: one of a topic that was deleted must never be taken for another's of its name. */
  async #syncTopicId(): Promise<void> {
    if (this.#isTopicIdSynced) return;
    this.#isTopicIdSynced = true;
    const { fs, directory } = this.place;
    const path = `${directory}/${PARTITION_METADATA}`;
    if (!(await fs.exists(path))) return;
    const metadata = await fs.open(path);
    await metadata.sync().finally(() => metadata.close());
  }

  async writeEpochs(durably: boolean): Promise<void> {
    const { version, entries } = this.epochs;
    if (version === this.#writtenEpochsVersion) return;
    this.#writtenEpochsVersion = version;
    const path = `${this.place.directory}/${LEADER_EPOCH_CHECKPOINT}`;
    const { fs } = this.place;
    if (durably) await fs.replaceFile(path, formatEpochs(entries));
    else await fs.writeFile(path, formatEpochs(entries));
  }

  // Life

  /** The disk of the log failed elsewhere: it takes and serves nothing more. */
  takeOffline(): void {
    if (this.life === 'open') this.leave('failed');
  }

  /** The log ends at once, whatever waits in its queue. */
  leave(life: 'closed' | 'failed'): void {
    this.life = life;
    this.#departure?.abort();
  }

  /** Who reads a log that is being deleted goes on. */
  get isReadable(): boolean {
    return this.life === 'open' || this.life === 'deleted';
  }

  /** Aborted by `leave`: what is prepared for appends is in vain. */
  get departure(): AbortSignal {
    if (this.#departure === undefined) {
      this.#departure = new AbortController();
      // One for each append on its way.
      setMaxListeners(0, this.#departure.signal);
    }
    return this.#departure.signal;
  }

  async release(): Promise<void> {
    for (const timer of this.#removals) timer.cancel();
    this.#removals.clear();
    this.tail.clear();
    await Promise.all([...this.segments.values(), ...this.#doomed].map((segment) => segment.close()));
  }

  async settle(): Promise<void> {
    while (this.#background.size > 0) await Promise.all(this.#background);
    await this.#flushing;
  }

  /** Resolves when what runs in the background now, the writing of sealed segments' indexes above all, is over. */
  async backgroundDone(): Promise<void> {
    await Promise.all([...this.#background]);
  }

  inBackground(what: string, run: () => Promise<void>): void {
    const task = run()
      .catch((error) => void this.fail(error, what))
      .finally(() => void this.#background.delete(task));
    this.#background.add(task);
  }

  /** A failed write, flush or rename: nothing is sure any more, so the log stops, as Kafka takes the directory offline. */
  fail(error: unknown, what: string): KafkaError {
    if (error instanceof KafkaError) return error;
    const cause = error instanceof Error ? error.message : String(error);
    const failure = new KafkaError(
      'KAFKA_STORAGE_ERROR',
      `cannot ${what} ${this.name} in ${this.place.directory}: ${cause}`,
      {
        cause: error,
      },
    );
    if (this.life !== 'failed') {
      this.leave('failed');
      this.#options.logger.error(
        { log: this.name, err: error },
        `${failure.message}; the log takes and serves nothing more`,
      );
      this.#options.onStorageFailure?.(failure);
    }
    return failure;
  }

  refusal(): KafkaError {
    const [error, what] = REFUSALS[this.life];
    return new KafkaError(error, `${this.name} ${what}`);
  }
}

const REFUSALS: Record<'open' | 'closed' | 'deleted' | 'failed', readonly [ErrorName, string]> = {
  open: ['UNKNOWN_SERVER_ERROR', 'is open'],
  closed: ['NOT_LEADER_OR_FOLLOWER', 'is closed'],
  deleted: ['UNKNOWN_TOPIC_OR_PARTITION', 'was deleted'],
  failed: ['KAFKA_STORAGE_ERROR', 'is offline after a failure of its disk; see the broker log'],
};
