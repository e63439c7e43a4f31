/**
 * All logs of a broker, over all its log dirs: loads them at start, makes and deletes them, keeps the checkpoints, and
 * runs what has to be done from time to time. Kafka's `LogManager`.
 */
import { KafkaError } from '../../protocol/errors.ts';
import type { BufferPool } from '../collections/buffer-pool.ts';
import type { Clock, Timer } from '../platform/clock.ts';
import { type Executor, InlineExecutor } from '../platform/executor.ts';
import { type DiskSpace, type FileSystem, isOfFileSystem } from '../platform/file-system.ts';
import type { Logger } from '../platform/logger.ts';
import { type Random, systemRandom } from '../platform/random.ts';
import type { OffsetEntry } from './checkpoint-file.ts';
import { type CleanerConfig, defaultCleanerConfig, LogCleaner } from './compaction/log-cleaner.ts';
import {
  departingDirectoryName,
  formatPartitionMetadata,
  logDirectoryName,
  NO_TOPIC_ID,
  PARTITION_METADATA,
  parsePartitionMetadata,
  type TopicPartition,
} from './file-names.ts';
import { inParallel } from './in-parallel.ts';
import { IndexCache } from './index-cache.ts';
import { Log } from './log.ts';
import type { LogConfig } from './log-config.ts';
import { LogDirectory } from './log-directory.ts';
import { OpenFiles } from './open-files.ts';
import { TailBudget } from './tail-cache.ts';
import { WritePacer } from './write-pacer.ts';

export interface LogManagerOptions extends Partial<Intervals> {
  /** Absolute paths; made when they are missing. */
  readonly dirs: readonly string[];
  /** Those of `dirs` that cannot be used, as was found before. */
  readonly offlineDirs?: ReadonlySet<string>;
  /** `directory.id` of each dir, by path. */
  readonly directoryIds?: ReadonlyMap<string, string>;
  readonly fs: FileSystem;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly random?: Random;
  /** For compaction and recompression; on the event loop when absent. It is the caller's to close. */
  readonly executor?: Executor;
  readonly configFor: (topic: string) => LogConfig;
  /** Whether a log found at start is none of this broker's; it is set aside as `-stray`. */
  readonly isStray?: (topicId: string, topicPartition: TopicPartition) => boolean;
  /** `producer.id.expiration.ms` */
  /** `producer.id.expiration.ms` as it is now. */
  readonly producerIdExpirationMs?: () => number;
  /** Logs recovered at the same time after a crash; `num.recovery.threads.per.data.dir` times the dirs. */
  readonly recoveryParallelism?: number;
  /** Memory for the batches appended last, over all logs, and for each. */
  readonly tailBytes?: number;
  readonly tailBytesPerLog?: number;
  /** Where those batches' memory comes from and goes to. */
  readonly buffers?: BufferPool;
  /** `samsa.log.max.open.files`: `.log` files open at a time, over all logs; never above half of what the process may. */
  readonly maxOpenFiles?: number;
  /** `log.cleaner.*`; `null` where nothing is compacted. Kafka's defaults when absent. */
  readonly cleaner?: (() => CleanerConfig) | null;
  /** As `LogOptions.schedule`. */
  readonly schedule?: (run: () => void) => void;
  /** A directory's disk failed: its logs take and serve nothing more. */
  readonly onDirectoryFailure?: (directory: string, error: KafkaError) => void;
}

/** How often what is done, in ms. */
export interface Intervals {
  /** `log.retention.check.interval.ms` */
  readonly retentionCheckIntervalMs: number;
  /** `log.flush.offset.checkpoint.interval.ms` and `log.flush.start.offset.checkpoint.interval.ms` */
  readonly offsetCheckpointIntervalMs: number;
  /** `replica.high.watermark.checkpoint.interval.ms` */
  readonly highWatermarkCheckpointIntervalMs: number;
  /** `producer.id.expiration.check.interval.ms` */
  readonly producerExpirationCheckIntervalMs: number;
  /** `log.flush.scheduler.interval.ms`, which Kafka never runs by default, so that `flush.ms` of a topic did nothing. */
  readonly flushCheckIntervalMs: number;
}

export const defaultIntervals: Intervals = {
  retentionCheckIntervalMs: 300_000,
  offsetCheckpointIntervalMs: 60_000,
  highWatermarkCheckpointIntervalMs: 5000,
  producerExpirationCheckIntervalMs: 600_000,
  flushCheckIntervalMs: 1000,
};

export interface DescribedDirectory {
  readonly path: string;
  /** Null while the dir is offline. */
  readonly space: DiskSpace | null;
  readonly logs: readonly Log[];
}

interface Held {
  readonly log: Log;
  readonly home: LogDirectory;
}

const DEFAULT_PARALLELISM = 4;
const DEFAULT_OPEN_FILES = 4096;
const FIRST_CHECK_DELAY_MS = 30_000;

export class LogManager {
  readonly #options: LogManagerOptions;
  readonly #fs: FileSystem;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #random: Random;
  readonly #executor: Executor;
  readonly #homes: LogDirectory[];
  readonly #logs = new Map<string, Held>();
  /** The last creation or deletion of each name; the next one waits for it. */
  readonly #changes = new Map<string, Promise<unknown>>();
  readonly #departing = new Map<Log, Timer>();
  readonly #timers = new Set<Timer>();
  readonly #running = new Set<Promise<void>>();
  readonly #tailBudget: TailBudget;
  readonly #indexCache = new IndexCache();
  readonly #openFiles: OpenFiles;
  readonly #pacers = new Map<LogDirectory, WritePacer>();
  readonly #cleaner: LogCleaner | undefined;
  #isClosed = false;

  /** Loads every log. After a clean stop nothing is scanned. */
  static async open(options: LogManagerOptions): Promise<LogManager> {
    const manager = new LogManager(options);
    await manager.#load();
    manager.#startTimers();
    manager.#cleaner?.start();
    return manager;
  }

  private constructor(options: LogManagerOptions) {
    this.#options = options;
    this.#fs = options.fs;
    this.#clock = options.clock;
    this.#logger = options.logger;
    this.#random = options.random ?? systemRandom;
    this.#executor = options.executor ?? new InlineExecutor({ clock: options.clock });
    this.#tailBudget = new TailBudget(options.tailBytes, options.tailBytesPerLog, options.buffers);
    // The other half is for sockets, and for files that are open only while they are read or written whole.
    const mostOpenFiles = Math.floor(options.fs.mostDescriptors / 2);
    this.#openFiles = new OpenFiles(Math.min(options.maxOpenFiles ?? DEFAULT_OPEN_FILES, mostOpenFiles));
    this.#homes = options.dirs.map(
      (path) => new LogDirectory(path, options.directoryIds?.get(path), options.fs, options.logger),
    );
    for (const home of this.#homes) home.isOffline = options.offlineDirs?.has(home.path) === true;
    for (const home of this.#homes) this.#pacers.set(home, new WritePacer(options.clock));
    const { cleaner = () => defaultCleanerConfig, schedule = setImmediate } = options;
    if (cleaner !== null) {
      this.#cleaner = new LogCleaner({
        clock: options.clock,
        executor: this.#executor,
        logger: options.logger,
        config: cleaner,
        logs: () => [...this.#logs.values()].map(({ log, home }) => ({ log, checkpoint: home })),
        pause: () => new Promise((resolve) => void schedule(resolve)),
      });
    }
  }

  get(tp: TopicPartition): Log | undefined {
    return this.#logs.get(logDirectoryName(tp))?.log;
  }

  *all(): Generator<Log> {
    for (const { log } of this.#logs.values()) yield log;
  }

  /** The log dirs, with whether each still serves. */
  directories(): { readonly path: string; readonly id: string | undefined; readonly isOffline: boolean }[] {
    return this.#homes.map(({ path, id, isOffline }) => ({ path, id, isOffline }));
  }

  /** The id of the dir that holds the log. */
  directoryId(tp: TopicPartition): string | undefined {
    return this.#logs.get(logDirectoryName(tp))?.home.id;
  }

  /** What DescribeLogDirs tells: each dir with its logs, in bytes; offline when its disk cannot be asked. */
  describeDirectories(): Promise<DescribedDirectory[]> {
    return Promise.all(
      this.#homes.map(async (home) => {
        const { path } = home;
        const logs = this.#logsIn(home);
        if (home.isOffline) return { path, space: null, logs: [] };
        try {
          return { path, space: await this.#fs.space(path), logs };
        } catch (err) {
          this.#logger.warn({ err, directory: path }, 'the log dir cannot be described');
          return { path, space: null, logs: [] };
        }
      }),
    );
  }

  /** The epoch of the broker that stopped cleanly here; −1 when one dir has none, as after a crash. */
  get previousBrokerEpoch(): number {
    return Math.min(...this.#homes.map(({ previousBrokerEpoch }) => previousBrokerEpoch));
  }

  /** As it was checkpointed before the start. */
  highWatermarkCheckpoint(tp: TopicPartition): number | undefined {
    return this.#logs.get(logDirectoryName(tp))?.home.highWatermark(tp);
  }

  /**
   * @param directoryId of the dir that it should be in; one of the dirs when absent
   * @returns rejects with INCONSISTENT_TOPIC_ID when the log there is another topic's; KAFKA_STORAGE_ERROR
   */
  getOrCreate(tp: TopicPartition, topicId: string, directoryId?: string): Promise<Log> {
    return this.#change(tp, async () => {
      const held = this.#logs.get(logDirectoryName(tp));
      if (held === undefined) return this.#create(tp, topicId, directoryId);
      const { log } = held;
      if (log.topicId === NO_TOPIC_ID) await log.assignTopicId(topicId);
      if (log.topicId !== topicId) {
        throw new KafkaError(
          'INCONSISTENT_TOPIC_ID',
          `the log ${log.directory} is of topic id ${log.topicId}, not ${topicId}`,
        );
      }
      return log;
    });
  }

  /** One dir that cannot take it is taken offline, and the next is tried. */
  async #create(tp: TopicPartition, topicId: string, directoryId?: string): Promise<Log> {
    const home = this.#isClosed ? undefined : this.#homeFor(tp, directoryId);
    if (home === undefined) {
      throw new KafkaError(
        'KAFKA_STORAGE_ERROR',
        `no log dir takes ${logDirectoryName(tp)}: all are offline or closed`,
      );
    }
    home.logCount++;
    const directory = `${home.path}/${logDirectoryName(tp)}`;
    try {
      await this.#fs.makeDirectory(directory);
      await this.#fs.writeFile(`${directory}/${PARTITION_METADATA}`, formatPartitionMetadata(topicId));
      await home.forget(tp);
    } catch (error) {
      home.logCount--;
      this.#directoryFailed(home, new KafkaError('KAFKA_STORAGE_ERROR', `cannot make ${directory}`, { cause: error }));
      return this.#create(tp, topicId);
    }
    return this.#open(tp, home, directory, topicId, true);
  }

  /** The dir that is asked for, or else the one with the fewest logs. */
  #homeFor(tp: TopicPartition, directoryId: string | undefined): LogDirectory | undefined {
    const online = this.#homes.filter(({ isOffline }) => !isOffline);
    if (directoryId !== undefined) {
      const asked = online.find(({ id }) => id === directoryId);
      if (asked !== undefined) return asked;
      if (online.length < this.#homes.length) {
        throw new KafkaError(
          'KAFKA_STORAGE_ERROR',
          `${logDirectoryName(tp)} may be in a log dir that is offline (directory.id ${directoryId}); mend it and restart`,
        );
      }
    }
    return online.sort((a, b) => a.logCount - b.logCount)[0];
  }

  /** Takes a log away: its directory is renamed now and removed after `file.delete.delay.ms`. Fine when it is gone. */
  delete(tp: TopicPartition): Promise<void> {
    return this.#change(tp, async () => {
      const name = logDirectoryName(tp);
      const held = this.#logs.get(name);
      if (held === undefined) return;
      this.#logs.delete(name);
      const { log, home } = held;
      home.logCount--;
      if (home.isOffline) {
        await home.forget(tp);
        // Its disk cannot be written to; once it is mended, the next start finds a log of no topic.
        await log.abandon();
        return;
      }
      const directory = await this.#moveAside(log, home, '-delete');
      await home.forget(tp);
      const timer = this.#clock.after(log.config.fileDeleteDelayMs, () => {
        this.#departing.delete(log);
        this.#inBackground('remove a deleted log', async () => {
          await log.abandon();
          await this.#fs.remove(directory);
        });
      });
      this.#departing.set(log, timer);
    });
  }

  async #moveAside(log: Log, home: LogDirectory, suffix: '-delete' | '-stray'): Promise<string> {
    const uniqueId = this.#random.bytes(16).toString('hex');
    const directory = `${home.path}/${departingDirectoryName(log.topicPartition, uniqueId, suffix)}`;
    await log.moveAway(directory);
    return directory;
  }

  /** Writes the recovery points and log starts of all dirs. */
  async checkpointOffsets(): Promise<void> {
    await this.#forEachHome(async (home, logs) => {
      await home.writeRecoveryPoints(recoveryPoints(logs));
      const moved = logs.filter((log) => log.logStartOffset > log.firstSegmentOffset);
      await home.writeLogStarts(moved.map((log) => ({ ...log.topicPartition, offset: log.logStartOffset })));
    });
  }

  /** Writes the high watermarks of all dirs. */
  async checkpointHighWatermarks(): Promise<void> {
    await this.#forEachHome((home, logs) =>
      home.writeHighWatermarks(logs.map((log) => ({ ...log.topicPartition, offset: log.highWatermark }))),
    );
  }

  /** Lets go what retention no longer keeps of logs that are not compacted. Returns how many segments went. */
  async cleanup(): Promise<number> {
    let count = 0;
    await this.#forEachOpen(async (log) => {
      if (!log.config.cleanupPolicy.has('compact')) count += await log.deleteOldSegments();
    });
    return count;
  }

  /** Compacts the dirtiest log, if one is dirty enough; returns whether. Retention of compacted logs comes with it. */
  async compact(): Promise<boolean> {
    return this.#cleaner === undefined ? false : this.#cleaner.cleanOnce();
  }

  /**
   * Writes and flushes everything, and marks the dirs as cleanly closed.
   * @param brokerEpoch kept in the marker for the next start
   */
  async close({ brokerEpoch = -1 }: { readonly brokerEpoch?: number } = {}): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    for (const timer of [...this.#timers, ...this.#departing.values()]) timer.cancel();
    this.#timers.clear();
    await this.#cleaner?.stop();
    await Promise.allSettled(this.#changes.values());
    await Promise.allSettled(this.#running);
    await inParallel([...this.#departing.keys()], DEFAULT_PARALLELISM, async (log) => {
      try {
        await log.closeMovedAway();
      } catch (error) {
        this.#logger.warn({ err: error, log: log.directory }, 'a deleted log could not be closed; it is removed later');
      }
    });
    const held = [...this.#logs.values()];
    await inParallel(held, DEFAULT_PARALLELISM, async ({ log, home }) => {
      try {
        await log.close();
      } catch (error) {
        home.isOffline = true;
        this.#logger.error(
          { err: error, log: log.directory },
          'a log could not be closed; it is checked at next start',
        );
      }
    });
    await this.checkpointOffsets();
    await this.checkpointHighWatermarks();
    await this.#forEachHome((home) => home.markCleanlyClosed(brokerEpoch));
  }

  // Loading

  async #load(): Promise<void> {
    const startMs = this.#clock.monotonic();
    for (const home of this.#homes) {
      if (!home.isOffline) await this.#orOffline(home, () => this.#loadHome(home));
    }
    const ms = Math.round(this.#clock.monotonic() - startMs);
    const wasClean = this.#homes.every(({ wasCleanlyClosed, isOffline }) => wasCleanlyClosed || isOffline);
    if (this.#logs.size > 0) this.#logger.info({ logs: this.#logs.size, ms, wasClean }, 'loaded the logs');
  }

  async #loadHome(home: LogDirectory): Promise<void> {
    const { logs, leftovers } = await home.open();
    for (const directory of leftovers) {
      this.#inBackground('remove a deleted log', () => this.#fs.remove(directory));
    }
    const parallelism = this.#options.recoveryParallelism ?? DEFAULT_PARALLELISM;
    await inParallel(logs, home.wasCleanlyClosed ? 1 : parallelism, (tp) => this.#loadOne(tp, home));
  }

  async #loadOne(tp: TopicPartition, home: LogDirectory): Promise<void> {
    const directory = `${home.path}/${logDirectoryName(tp)}`;
    const path = `${directory}/${PARTITION_METADATA}`;
    const text = this.#fs.startup.readFile(path)?.toString() ?? '';
    const topicId = parsePartitionMetadata(text, path) ?? NO_TOPIC_ID;
    const duplicate = this.#logs.get(logDirectoryName(tp));
    if (duplicate !== undefined) {
      throw new KafkaError(
        'KAFKA_STORAGE_ERROR',
        `${duplicate.log.directory} and ${directory} are both the log of ${logDirectoryName(tp)}; move one of them away`,
      );
    }
    const log = await this.#open(tp, home, directory, topicId, false);
    home.logCount++;
    // Without an id, as a power cut may leave a new log, the name decides: `getOrCreate` gives it its topic's.
    if (topicId === NO_TOPIC_ID || this.#options.isStray?.(topicId, tp) !== true) return;
    this.#logs.delete(logDirectoryName(tp));
    home.logCount--;
    const aside = await this.#moveAside(log, home, '-stray');
    await log.abandon();
    this.#logger.warn(
      { log: logDirectoryName(tp), topicId, directory: aside },
      'a log that is not this broker’s was set aside',
    );
  }

  async #open(
    tp: TopicPartition,
    home: LogDirectory,
    directory: string,
    topicId: string,
    isNew: boolean,
  ): Promise<Log> {
    const { producerIdExpirationMs, schedule } = this.#options;
    const log = await Log.open({
      directory,
      topicPartition: tp,
      topicId,
      config: this.#options.configFor(tp.topic),
      fs: this.#fs,
      clock: this.#clock,
      logger: this.#logger,
      random: this.#random,
      executor: this.#executor,
      recoveryPoint: home.recoveryPoint(tp),
      logStartOffset: home.logStart(tp),
      wasCleanlyClosed: home.wasCleanlyClosed,
      wasCompacted: home.cleanerOffset(tp) !== undefined,
      onTruncation: async (lastSegmentOffset, recoveryPoint) => {
        if ((home.cleanerOffset(tp) ?? 0) > lastSegmentOffset) await home.setCleanerOffset(tp, lastSegmentOffset);
        await home.lowerRecoveryPoint(tp, recoveryPoint, () => recoveryPoints(this.#logsIn(home)));
      },
      isNew,
      tailBudget: this.#tailBudget,
      indexCache: this.#indexCache,
      openFiles: this.#openFiles,
      pacer: this.#pacers.get(home)!,
      onStorageFailure: (error) => this.#directoryFailed(home, error),
      ...(producerIdExpirationMs === undefined ? {} : { producerIdExpirationMs: producerIdExpirationMs() }),
      ...(schedule === undefined ? {} : { schedule }),
    });
    // Its dir may have failed meanwhile.
    if (home.isOffline) log.takeOffline();
    this.#logs.set(logDirectoryName(tp), { log, home });
    return log;
  }

  // Keeping

  #startTimers(): void {
    const intervals = { ...defaultIntervals, ...this.#options };
    this.#every(
      intervals.retentionCheckIntervalMs,
      'retention',
      async () => void (await this.cleanup()),
      FIRST_CHECK_DELAY_MS,
    );
    this.#every(intervals.offsetCheckpointIntervalMs, 'offset checkpoint', () => this.checkpointOffsets());
    this.#every(intervals.highWatermarkCheckpointIntervalMs, 'high watermark checkpoint', () =>
      this.checkpointHighWatermarks(),
    );
    this.#every(intervals.producerExpirationCheckIntervalMs, 'producer expiration', async () => {
      for (const log of this.all()) log.removeExpiredProducers(this.#options.producerIdExpirationMs?.());
    });
    this.#every(intervals.flushCheckIntervalMs, 'flush', () => this.#flushDue());
  }

  async #flushDue(): Promise<void> {
    const nowMs = this.#clock.now();
    await this.#forEachOpen(async (log) => {
      if (log.recoveryPoint >= log.logEndOffset) return;
      if (nowMs - log.lastFlushMs >= log.config.flushMs) await log.flush();
    });
  }

  /** One log whose disk fails keeps nothing from the others. */
  async #forEachOpen(run: (log: Log) => Promise<void>): Promise<void> {
    for (const log of [...this.all()]) {
      if (log.isClosed) continue;
      try {
        await run(log);
      } catch (error) {
        // It is offline, and has said why; one that was closed or deleted meanwhile needs nothing more.
        if (!log.isClosed) throw error;
      }
    }
  }

  #every(intervalMs: number, what: string, run: () => Promise<void>, firstDelayMs = intervalMs): void {
    const arm = (delayMs: number): void => {
      const timer = this.#clock.after(delayMs, () => {
        this.#timers.delete(timer);
        if (this.#isClosed) return;
        this.#inBackground(what, async () => {
          try {
            await run();
          } finally {
            if (!this.#isClosed) arm(intervalMs);
          }
        });
      });
      this.#timers.add(timer);
    };
    arm(Math.min(firstDelayMs, intervalMs));
  }

  #inBackground(what: string, run: () => Promise<void>): void {
    const task = run()
      .catch((error) => this.#logger.error({ err: error }, `${what} failed`))
      .finally(() => void this.#running.delete(task));
    this.#running.add(task);
  }

  #directoryFailed(home: LogDirectory, error: KafkaError): void {
    if (home.isOffline) return;
    home.isOffline = true;
    for (const held of this.#logs.values()) if (held.home === home) held.log.takeOffline();
    this.#logger.error(
      { directory: home.path, err: error },
      'a log dir failed and is offline; free or mend its disk and restart the broker',
    );
    this.#options.onDirectoryFailure?.(home.path, error);
  }

  async #forEachHome(run: (home: LogDirectory, logs: Log[]) => Promise<void>): Promise<void> {
    for (const home of this.#homes) {
      if (home.isOffline) continue;
      await this.#orOffline(home, () => run(home, this.#logsIn(home)));
    }
  }

  /** What the disk does not let be done takes the dir offline. */
  async #orOffline(home: LogDirectory, run: () => Promise<void>): Promise<void> {
    try {
      await run();
    } catch (error) {
      if (!isOfFileSystem(error)) throw error;
      const message = `the log dir ${home.path} cannot be read or written: ${error.message}`;
      this.#directoryFailed(home, new KafkaError('KAFKA_STORAGE_ERROR', message, { cause: error }));
    }
  }

  #logsIn(home: LogDirectory): Log[] {
    return [...this.#logs.values()].filter((held) => held.home === home).map(({ log }) => log);
  }

  /** Creations and deletions of one name happen one after the other. */
  #change<T>(tp: TopicPartition, run: () => Promise<T>): Promise<T> {
    const name = logDirectoryName(tp);
    const before = this.#changes.get(name);
    const change = before === undefined ? run() : before.then(run, run);
    this.#changes.set(name, change);
    const forget = (): void => {
      if (this.#changes.get(name) === change) this.#changes.delete(name);
    };
    change.then(forget, forget);
    return change;
  }
}

function recoveryPoints(logs: readonly Log[]): OffsetEntry[] {
  return logs.map((log) => ({ ...log.topicPartition, offset: log.recoveryPoint }));
}
