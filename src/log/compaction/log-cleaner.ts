/**
 * Compacts a broker's logs, the dirtiest first, and applies retention to those that are compacted, so that the two do not
 * meet. Kafka's `LogCleaner` and `LogCleanerManager`, with tasks of the event loop in the place of threads.
 */
import { KafkaError } from '../../../protocol/errors.ts';
import type { Clock, Timer } from '../../platform/clock.ts';
import { type Executor, ExecutorError } from '../../platform/executor.ts';
import { isOfFileSystem } from '../../platform/file-system.ts';
import type { Logger } from '../../platform/logger.ts';
import type { Log } from '../log.ts';
import { Throttle } from '../throttle.ts';
import { cleanLog } from './cleaner.ts';
import { CompactionAborted } from './compactable-log.ts';
import { type DirtyRange, dirtyRange, isDue } from './dirty-range.ts';

/** The broker's settings; they may change while it runs. */
export interface CleanerConfig {
  /** `log.cleaner.threads`: how many logs are compacted at a time. */
  readonly threads: number;
  /** `log.cleaner.backoff.ms`: how long to wait when no log is dirty enough. */
  readonly backoffMs: number;
  /** `log.cleaner.dedupe.buffer.size`, for all of them together. */
  readonly dedupeBufferBytes: number;
  /** `log.cleaner.io.buffer.load.factor` */
  readonly loadFactor: number;
  /** `log.cleaner.io.buffer.size`, for all of them together; half of it is for reading. */
  readonly ioBufferBytes: number;
  /** `log.cleaner.io.max.bytes.per.second`, reads and writes of all of them together. */
  readonly maxIoBytesPerSecond: number;
}

/** Kafka 4.3's defaults. */
export const defaultCleanerConfig: CleanerConfig = {
  threads: 1,
  backoffMs: 15_000,
  dedupeBufferBytes: 128 * 1024 ** 2,
  loadFactor: 0.9,
  ioBufferBytes: 512 * 1024,
  maxIoBytesPerSecond: Number.MAX_VALUE,
};

/** Where it is kept how far each log was compacted: `cleaner-offset-checkpoint`. */
export interface CleanerCheckpoint {
  cleanerOffset(tp: Log['topicPartition']): number | undefined;
  setCleanerOffset(tp: Log['topicPartition'], offset: number): Promise<void>;
}

export interface Cleanable {
  readonly log: Log;
  readonly checkpoint: CleanerCheckpoint;
}

export interface LogCleanerOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly config: () => CleanerConfig;
  readonly executor: Executor;
  /** The logs there are now. */
  readonly logs: () => Iterable<Cleanable>;
  /** Lets other work of the event loop go on. */
  readonly pause: () => Promise<void>;
}

/** Of a compaction that a worker's death cut short. */
const RETRIES = 2;

class Stopped extends CompactionAborted {}

export class LogCleaner {
  readonly #options: LogCleanerOptions;
  readonly #throttle: Throttle;
  readonly #tasks = new Map<number, Promise<void>>();
  /** Being compacted, or shortened by retention. */
  readonly #busy = new Set<Log>();
  /** Whose compaction failed for a reason that will not go away. */
  readonly #uncleanable = new WeakSet<Log>();
  /** How often in a row a log's compaction was cut short by its worker. */
  readonly #failures = new WeakMap<Log, number>();
  readonly #sleepers = new Map<Timer, () => void>();
  #isStopped = false;

  constructor(options: LogCleanerOptions) {
    this.#options = options;
    this.#throttle = new Throttle(options.clock);
  }

  start(): void {
    for (let task = 0; task < this.#threads; task++) {
      if (!this.#tasks.has(task)) this.#tasks.set(task, this.#run(task));
    }
  }

  /** Leaves off what is going on, and resolves when nothing is. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    for (const [timer, wake] of this.#sleepers) {
      timer.cancel();
      wake();
    }
    await Promise.all(this.#tasks.values());
  }

  /** Compacts the dirtiest log, if one is dirty enough, then applies retention to compacted logs. */
  async cleanOnce(): Promise<boolean> {
    const filthiest = await this.#filthiest();
    if (filthiest !== undefined) await this.#clean(filthiest.cleanable, filthiest.range);
    await this.#deleteOldSegments();
    return filthiest !== undefined;
  }

  async #run(task: number): Promise<void> {
    await this.#sleep(this.#options.config().backoffMs);
    while (!this.#isStopped && task < this.#threads) {
      this.start();
      const hasCleaned = await this.cleanOnce();
      await (hasCleaned ? this.#options.pause() : this.#sleep(this.#options.config().backoffMs));
    }
    this.#tasks.delete(task);
  }

  /** The dirtiest log of those that are due, booked as busy. */
  async #filthiest(): Promise<{ cleanable: Cleanable; range: DirtyRange } | undefined> {
    let filthiest: { cleanable: Cleanable; range: DirtyRange } | undefined;
    for (const cleanable of [...this.#free()]) {
      const { log, checkpoint } = cleanable;
      if (this.#isStopped || log.isClosed || this.#busy.has(log)) continue;
      await this.#guarded(log, async () => {
        const { topicPartition, config } = log;
        const range = await dirtyRange(log.compactable, checkpoint.cleanerOffset(topicPartition), this.#now());
        if (range.resetReason !== null) await this.#reset(cleanable, range);
        if (range.totalBytes === 0 || !isDue(range, config.minCleanableDirtyRatio)) return;
        if (filthiest === undefined || range.ratio > filthiest.range.ratio) filthiest = { cleanable, range };
      });
    }
    // Another task may have been faster.
    if (filthiest === undefined || this.#busy.has(filthiest.cleanable.log)) return undefined;
    this.#busy.add(filthiest.cleanable.log);
    return filthiest;
  }

  async #reset({ log, checkpoint }: Cleanable, { firstDirtyOffset, resetReason }: DirtyRange): Promise<void> {
    // Retention moves the start of such a log all the time.
    if (!log.config.cleanupPolicy.has('delete')) {
      this.#options.logger.warn(
        { log: log.compactable.name, firstDirtyOffset },
        `how far the log was compacted is reset to its start: ${resetReason}`,
      );
    }
    await checkpoint.setCleanerOffset(log.topicPartition, firstDirtyOffset);
  }

  async #clean({ log, checkpoint }: Cleanable, range: DirtyRange): Promise<void> {
    const { clock, executor, logger } = this.#options;
    const config = this.#options.config();
    const startMs = clock.monotonic();
    await this.#whileBusy(log, async () => {
      const { endOffset, readBytes, writtenBytes } = await cleanLog(log.compactable, range, {
        clock,
        executor,
        mapBytes: Math.floor(config.dedupeBufferBytes / this.#threads),
        mapLoadFactor: config.loadFactor,
        ioBytes: Math.floor(config.ioBufferBytes / this.#threads / 2),
        throttle: async (bytes) => {
          const waitMs = this.#throttle.spend(bytes, config.maxIoBytesPerSecond);
          if (waitMs > 0) await this.#sleep(waitMs);
        },
        checkStopped: () => {
          if (this.#isStopped) throw new Stopped('the broker stops');
        },
      });
      this.#failures.delete(log);
      await checkpoint.setCleanerOffset(log.topicPartition, endOffset);
      const ms = Math.round(clock.monotonic() - startMs);
      const from = range.firstDirtyOffset;
      logger.info({ log: log.compactable.name, from, to: endOffset, readBytes, writtenBytes, ms }, 'compacted a log');
    });
  }

  async #deleteOldSegments(): Promise<void> {
    for (const { log } of [...this.#free()]) {
      if (this.#isStopped || log.isClosed || this.#busy.has(log)) continue;
      this.#busy.add(log);
      await this.#whileBusy(log, async () => void (await log.deleteOldSegments()));
    }
  }

  *#free(): Generator<Cleanable> {
    for (const cleanable of this.#options.logs()) {
      const { log } = cleanable;
      if (log.config.cleanupPolicy.has('compact') && !this.#uncleanable.has(log)) yield cleanable;
    }
  }

  /** Works on a log that was booked, and lets go of it. */
  async #whileBusy(log: Log, run: () => Promise<void>): Promise<void> {
    try {
      await this.#guarded(log, run);
    } finally {
      this.#busy.delete(log);
    }
  }

  async #guarded(log: Log, run: () => Promise<void>): Promise<void> {
    try {
      await run();
    } catch (error) {
      if (error instanceof CompactionAborted || log.isClosed) return;
      if (error instanceof ExecutorError && this.#mayTryAgain(log, error)) return;
      if (error instanceof KafkaError && error.error === 'KAFKA_STORAGE_ERROR') return;
      if (isOfFileSystem(error)) {
        log.compactable.fail(error);
        return;
      }
      this.#uncleanable.add(log);
      this.#options.logger.error(
        { log: log.compactable.name, err: error },
        'a log cannot be compacted, and will not be until the broker restarts: look at its segments with a dump',
      );
    }
  }

  /** After a failure that may not be the log's: its compaction begins anew, as long as it does not fail so every time. */
  #mayTryAgain(log: Log, error: ExecutorError): boolean {
    if (error.code === 'EXECUTOR_CLOSED') return true;
    const failures = (this.#failures.get(log) ?? 0) + 1;
    this.#failures.set(log, failures);
    if (failures > RETRIES) return false;
    this.#options.logger.warn(
      { log: log.compactable.name, err: error },
      'a compaction was cut short, and the log is as it was; it is tried again',
    );
    return true;
  }

  get #threads(): number {
    return Math.max(this.#options.config().threads, 1);
  }

  #now(): number {
    return this.#options.clock.now();
  }

  #sleep(ms: number): Promise<void> {
    if (this.#isStopped) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = this.#options.clock.after(ms, () => {
        this.#sleepers.delete(timer);
        resolve();
      });
      this.#sleepers.set(timer, resolve);
    });
  }
}
