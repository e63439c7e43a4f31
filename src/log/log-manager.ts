/**
 * All logs of a broker, over all its log dirs: loads them at start, makes and deletes them, keeps the checkpoints, and
 * runs what has to be done from time to time. Kafka's `LogManager`.
 */
import { KafkaError } from '../../protocol/errors.ts';
import type { Clock } from '../platform/clock.ts';
import { InlineExecutor } from '../platform/executor.ts';
import { type DiskSpace, type FileSystem, isOfFileSystem } from '../platform/file-system.ts';
import type { Logger } from '../platform/logger.ts';
import { systemRandom } from '../platform/random.ts';
import { BackgroundTasks } from './background-tasks.ts';
import { defaultCleanerConfig, LogCleaner } from './compaction/log-cleaner.ts';
import { Departures } from './departures.ts';
import { logDirectoryName, NO_TOPIC_ID, type TopicPartition } from './file-names.ts';
import { FutureLogs } from './future-logs.ts';
import { inParallel } from './in-parallel.ts';
import type { Log } from './log.ts';
import { LogDirectory } from './log-directory.ts';
import { LogDiscovery } from './log-discovery.ts';
import { defaultIntervals, type LogManagerOptions } from './log-manager-options.ts';
import { type HeldLog, LogOpener, logStarts, pathOf, recoveryPoints } from './log-opener.ts';

export type { LogManagerOptions } from './log-manager-options.ts';

export interface DescribedDirectory {
  readonly path: string;
  /** Null while the dir is offline. */
  readonly space: DiskSpace | null;
  readonly logs: readonly Log[];
  /** On their way here from another dir. */
  readonly futures: readonly Log[];
}

const DEFAULT_PARALLELISM = 4;
const FIRST_CHECK_DELAY_MS = 30_000;

export class LogManager {
  /** Copies of logs that are on their way to another dir. */
  readonly futures: FutureLogs;
  readonly #options: LogManagerOptions;
  readonly #fs: FileSystem;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #homes: LogDirectory[];
  readonly #logs = new Map<string, HeldLog>();
  /** The last creation or deletion of each name; the next one waits for it. */
  readonly #changes = new Map<string, Promise<unknown>>();
  readonly #opener: LogOpener;
  readonly #departures: Departures;
  readonly #tasks: BackgroundTasks;
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
    const { fs, clock, logger, random = systemRandom, executor = new InlineExecutor({ clock }) } = options;
    this.#options = options;
    this.#fs = fs;
    this.#clock = clock;
    this.#logger = logger;
    this.#homes = options.dirs.map((path) => new LogDirectory(path, options.directoryIds?.get(path), fs, logger));
    for (const home of this.#homes) home.isOffline = options.offlineDirs?.has(home.path) === true;
    this.#tasks = new BackgroundTasks(clock, logger);
    const uniqueId = (): string => random.bytes(16).toString('hex');
    this.#departures = new Departures({ fs, clock, logger, tasks: this.#tasks, uniqueId });
    this.#opener = new LogOpener({
      ...options,
      random,
      executor,
      logsIn: (home) => this.#logsIn(home),
      onStorageFailure: (home, error) => this.#directoryFailed(home, error),
    });
    this.futures = new FutureLogs({
      homes: this.#homes,
      fs,
      logger,
      uniqueId,
      opener: this.#opener,
      departures: this.#departures,
      current: (tp) => this.#logs.get(logDirectoryName(tp)),
      serve: (held) => void this.#logs.set(logDirectoryName(held.log.topicPartition), held),
      orOffline: (home, run) => this.#orOffline(home, run),
    });
    const { cleaner = () => defaultCleanerConfig, schedule = setImmediate } = options;
    if (cleaner !== null) {
      this.#cleaner = new LogCleaner({
        clock,
        executor,
        logger,
        config: cleaner,
        logs: () => this.#cleanable(),
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

  /** Files of logs that are open, of those that `maxOpenFiles` bounds. */
  get openFiles(): number {
    return this.#opener.openFiles;
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
        const inside = (all: Iterable<HeldLog>): Log[] =>
          [...all].filter((held) => held.home === home).map(({ log }) => log);
        const offline = { path, space: null, logs: [], futures: [] };
        if (home.isOffline) return offline;
        try {
          const space = await this.#fs.space(path);
          return { path, space, logs: inside(this.#logs.values()), futures: inside(this.futures.all()) };
        } catch (err) {
          this.#logger.warn({ err, directory: path }, 'the log dir cannot be described');
          return offline;
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
    const place = { topicPartition: tp, topicId, home };
    try {
      await this.#opener.make(place);
    } catch (cause) {
      home.logCount--;
      const message = `cannot make ${pathOf(tp, home)}`;
      this.#directoryFailed(home, new KafkaError('KAFKA_STORAGE_ERROR', message, { cause }));
      return this.#create(tp, topicId);
    }
    const log = await this.#opener.open(place, true);
    this.#logs.set(logDirectoryName(tp), { log, home });
    return log;
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
      await this.futures.end(tp);
      if (home.isOffline) {
        await home.forget(tp);
        // Its disk cannot be written to; once it is mended, the next start finds a log of no topic.
        await log.abandon();
        return;
      }
      await this.#departures.begin(held);
    });
  }

  /** Writes the recovery points and log starts of all dirs. */
  async checkpointOffsets(): Promise<void> {
    await this.#forEachHome(async (home) => {
      await home.writeRecoveryPoints(() => recoveryPoints(this.#logsIn(home)));
      await home.writeLogStarts(() => logStarts(this.#logsIn(home)));
    });
  }

  /** Writes the high watermarks of all dirs. */
  async checkpointHighWatermarks(): Promise<void> {
    await this.#forEachHome((home) =>
      home.writeHighWatermarks(() =>
        this.#logsIn(home).map((log) => ({ ...log.topicPartition, offset: log.highWatermark })),
      ),
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
    this.#tasks.stop();
    await this.#cleaner?.stop();
    await Promise.allSettled(this.#changes.values());
    await this.#tasks.settled();
    await this.#departures.close(DEFAULT_PARALLELISM);
    await inParallel(this.#everyLog(), DEFAULT_PARALLELISM, async ({ log, home }) => {
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

  async #load(): Promise<void> {
    const startMs = this.#clock.monotonic();
    await new LogDiscovery({
      ...this.#options,
      homes: this.#homes,
      logs: this.#logs,
      futures: this.futures,
      opener: this.#opener,
      departures: this.#departures,
      tasks: this.#tasks,
      parallelism: this.#options.recoveryParallelism ?? DEFAULT_PARALLELISM,
      orOffline: (home, run) => this.#orOffline(home, run),
    }).run();
    const ms = Math.round(this.#clock.monotonic() - startMs);
    const wasClean = this.#homes.every(({ wasCleanlyClosed, isOffline }) => wasCleanlyClosed || isOffline);
    if (this.#logs.size > 0) this.#logger.info({ logs: this.#logs.size, ms, wasClean }, 'loaded the logs');
  }

  #startTimers(): void {
    const intervals = { ...defaultIntervals, ...this.#options };
    const tasks = this.#tasks;
    tasks.every(
      intervals.retentionCheckIntervalMs,
      'retention',
      async () => void (await this.cleanup()),
      FIRST_CHECK_DELAY_MS,
    );
    tasks.every(intervals.offsetCheckpointIntervalMs, 'offset checkpoint', () => this.checkpointOffsets());
    tasks.every(intervals.highWatermarkCheckpointIntervalMs, 'high watermark checkpoint', () =>
      this.checkpointHighWatermarks(),
    );
    tasks.every(intervals.producerExpirationCheckIntervalMs, 'producer expiration', async () => {
      for (const log of this.all()) log.removeExpiredProducers(this.#options.producerIdExpirationMs?.());
    });
    tasks.every(intervals.flushCheckIntervalMs, 'flush', () => this.#flushDue());
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

  #directoryFailed(home: LogDirectory, error: KafkaError): void {
    if (home.isOffline) return;
    home.isOffline = true;
    for (const held of this.#everyLog()) if (held.home === home) held.log.takeOffline();
    this.#logger.error(
      { directory: home.path, err: error },
      'a log dir failed and is offline; free or mend its disk and restart the broker',
    );
    this.#options.onDirectoryFailure?.(home.path, error);
  }

  async #forEachHome(run: (home: LogDirectory) => Promise<void>): Promise<void> {
    for (const home of this.#homes) {
      if (home.isOffline) continue;
      await this.#orOffline(home, () => run(home));
    }
  }

  /** With the copies that are on their way to another dir. */
  #everyLog(): HeldLog[] {
    return [...this.#logs.values(), ...this.futures.all()];
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
    return this.#everyLog().flatMap((held) => (held.home === home ? [held.log] : []));
  }

  /** One that moves is left alone meanwhile: its copy would hold what was taken out of it. */
  *#cleanable(): Generator<{ log: Log; checkpoint: LogDirectory }> {
    for (const { log, home } of this.#logs.values()) {
      if (this.futures.get(log.topicPartition) === undefined) yield { log, checkpoint: home };
    }
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
