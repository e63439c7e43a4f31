/**
 * Logs on their way to another log dir: copies in `-future` directories, which take the place of the logs that are served
 * once they hold as much. The order of the steps is what a crash relies on: the metadata names the new dir only when the
 * copy is whole and flushed, and nothing is appended from then on until it serves; the copy gets its name before the log
 * is named for deletion, and of two logs of one name the metadata's is right. KIP-113, KIP-858.
 */
import { KafkaError } from '../../protocol/errors.ts';
import type { FileSystem } from '../platform/file-system.ts';
import type { Logger } from '../platform/logger.ts';
import type { Departures } from './departures.ts';
import { futureDirectoryName, LONGEST_NAME, logDirectoryName, type TopicPartition } from './file-names.ts';
import type { Log } from './log.ts';
import type { LogDirectory } from './log-directory.ts';
import { type HeldLog, type LogOpener, type LogPlace, pathOf } from './log-opener.ts';

export interface FutureLogsOptions {
  readonly homes: readonly LogDirectory[];
  readonly fs: FileSystem;
  readonly logger: Logger;
  /** 32 hex digits. */
  readonly uniqueId: () => string;
  readonly opener: LogOpener;
  readonly departures: Departures;
  /** The log that is served. */
  readonly current: (tp: TopicPartition) => HeldLog | undefined;
  /** The copy serves from now on. */
  readonly serve: (held: HeldLog) => void;
  /** What the disk does not let be done takes the dir offline, and nothing else. */
  readonly orOffline: (home: LogDirectory, run: () => Promise<void>) => Promise<void>;
}

export interface SwapSteps {
  /** Copies what is missing; nothing is appended any more. */
  readonly catchUp: () => Promise<void>;
  /** Tells the metadata in which dir the replica is. */
  readonly assign: (directoryId: string) => Promise<void>;
  /** The copy has taken the log's place. What waits to be appended goes to it in the same turn, before all that follows. */
  readonly onSwapped: (log: Log) => void;
}

/** As long as any. */
const NO_ID = '0'.repeat(32);

export class FutureLogs {
  readonly #options: FutureLogsOptions;
  readonly #held = new Map<string, HeldLog>();

  constructor(options: FutureLogsOptions) {
    this.#options = options;
  }

  get(tp: TopicPartition): HeldLog | undefined {
    return this.#held.get(logDirectoryName(tp));
  }

  all(): Iterable<HeldLog> {
    return this.#held.values();
  }

  /**
   * Whether a copy may be made in the dir `path`.
   * @throws INVALID_TOPIC_EXCEPTION, LOG_DIR_NOT_FOUND, KAFKA_STORAGE_ERROR
   */
  check(tp: TopicPartition, path: string): void {
    this.#homeAt(tp, path);
  }

  #homeAt(tp: TopicPartition, path: string): LogDirectory {
    const name = futureDirectoryName(tp, NO_ID);
    if (name.length > LONGEST_NAME) {
      throw new KafkaError(
        'INVALID_TOPIC_EXCEPTION',
        `a directory ${name} would have a name over ${LONGEST_NAME} long`,
      );
    }
    const home = this.#options.homes.find((each) => each.path === path);
    if (home === undefined) throw new KafkaError('LOG_DIR_NOT_FOUND', `${path} is none of this broker's log dirs`);
    checkOnline(home);
    return home;
  }

  /**
   * An empty copy in the dir `path`; the one that is there already goes on. `undefined` when the log is in that dir: then
   * nothing is moved, and a move that goes on is over.
   * @returns rejects as `check`, and with REPLICA_NOT_AVAILABLE
   */
  async begin(topicPartition: TopicPartition, path: string): Promise<Log | undefined> {
    const { current: find, opener, uniqueId, orOffline } = this.#options;
    const name = logDirectoryName(topicPartition);
    const home = this.#homeAt(topicPartition, path);
    const current = find(topicPartition);
    if (current === undefined) throw new KafkaError('REPLICA_NOT_AVAILABLE', `this broker has no log of ${name}`);
    const known = this.#held.get(name);
    if (known?.home === home) return known.log;
    await this.end(topicPartition);
    if (current.home === home) return undefined;
    const directory = `${home.path}/${futureDirectoryName(topicPartition, uniqueId())}`;
    const place = { topicPartition, topicId: current.log.topicId, home, directory };
    await orOffline(home, () => opener.make(place));
    checkOnline(home);
    const held = { log: await opener.open(place, true), home };
    home.logCount++;
    if (find(topicPartition) !== current) {
      await this.#discard(held);
      throw new KafkaError('REPLICA_NOT_AVAILABLE', `the log of ${name} was deleted`);
    }
    this.#held.set(name, held);
    return held.log;
  }

  /** Gives up a move; fine when there is none. */
  async end(tp: TopicPartition): Promise<void> {
    const held = this.get(tp);
    if (held === undefined) return;
    this.#held.delete(logDirectoryName(tp));
    await this.#discard(held);
  }

  /** A copy that a stop or a crash left: it goes on, serves, or goes. `isAssigned` says whether the metadata has it there. */
  async adopt(place: LogPlace & { readonly directory: string }, isAssigned: boolean): Promise<void> {
    const { current: find, opener, logger } = this.#options;
    const { topicPartition, topicId, home, directory } = place;
    const current = find(topicPartition);
    const name = logDirectoryName(topicPartition);
    if (current === undefined && !isAssigned) {
      logger.warn(
        { log: name, directory },
        'a copy of a log that is not here is left alone: the log may be in a dir that is offline',
      );
      return;
    }
    const held = { log: await opener.open(place, false), home };
    home.logCount++;
    const isOfAnother = current !== undefined && (current.home === home || current.log.topicId !== topicId);
    if (isOfAnother || this.#held.has(name)) {
      await this.#discard(held);
      return;
    }
    this.#held.set(name, held);
    if (current === undefined) {
      await this.#putInPlace(undefined, held);
    } else if (isAssigned && held.log.logEndOffset >= current.log.logEndOffset) {
      await current.log.handOver(async () => {
        await this.#putInPlace(current, held);
        return held.log;
      });
      await this.#discard(current);
    } else {
      // What a crash took of the log that is served, the copy must not bring back beneath what is appended now.
      await held.log.truncateTo(current.log.logEndOffset);
      logger.info({ log: name, from: current.home.path, to: home.path }, 'a move between log dirs goes on');
    }
  }

  /**
   * Puts the copy, which has all but the last of it, in the log's place. What is appended meanwhile waits and goes to the
   * copy. Rejects when a step fails: the log serves on, and the metadata is told so.
   */
  async swap(tp: TopicPartition, { catchUp, assign, onSwapped }: SwapSteps): Promise<void> {
    const name = logDirectoryName(tp);
    const current = this.#options.current(tp);
    const held = this.#held.get(name);
    if (current === undefined || held === undefined) {
      throw new KafkaError('REPLICA_NOT_AVAILABLE', `${name} is not moved`);
    }
    await current.log.handOver(async () => {
      await catchUp();
      const { log, home } = held;
      log.incrementLogStartOffsetTo(current.log.logStartOffset);
      log.updateConfig(current.log.config);
      log.updateHighWatermark(current.log.highWatermark);
      await log.flush();
      try {
        if (home.id !== undefined) await assign(home.id);
        await this.#putInPlace(current, held);
      } catch (error) {
        await this.#assignBack(current, assign);
        throw error;
      }
      onSwapped(log);
      return log;
    });
    await this.#discard(current);
  }

  async #assignBack({ log, home }: HeldLog, assign: SwapSteps['assign']): Promise<void> {
    try {
      if (home.id !== undefined) await assign(home.id);
    } catch (err) {
      this.#options.logger.error(
        { err, log: logDirectoryName(log.topicPartition), directory: home.path },
        'the controller could not be told that a replica stays in its log dir; the next start tells it',
      );
    }
  }

  /** Gives the copy the log's name, and has it serve; rejects when its disk fails, or the log was deleted meanwhile. */
  async #putInPlace(current: HeldLog | undefined, held: HeldLog): Promise<void> {
    const { fs, serve, orOffline, logger } = this.#options;
    const { log, home } = held;
    const { topicPartition } = log;
    const name = logDirectoryName(topicPartition);
    await orOffline(home, async () => {
      const cleanerOffset = current?.home.cleanerOffset(topicPartition);
      if (cleanerOffset !== undefined) await home.setCleanerOffset(topicPartition, cleanerOffset);
      await log.rename(pathOf(topicPartition, home));
      await fs.syncDirectory(home.path);
    });
    checkOnline(home);
    if (this.#held.get(name) !== held) throw new KafkaError('REPLICA_NOT_AVAILABLE', `${name} was deleted`);
    this.#held.delete(name);
    serve(held);
    logger.info({ log: name, from: current?.home.path, to: home.path }, 'a log was moved to another log dir');
  }

  /** Gives up a copy, or a log that a copy took the place of. Never rejects for the disk. */
  async #discard(held: HeldLog): Promise<void> {
    const { departures, orOffline } = this.#options;
    const { log, home } = held;
    home.logCount--;
    if (home.isOffline) return log.abandon();
    await orOffline(home, async () => {
      try {
        await departures.begin(held);
      } catch (error) {
        if (!log.isOffline) throw error;
        await log.abandon();
      }
    });
  }
}

/** @throws KAFKA_STORAGE_ERROR */
function checkOnline({ path, isOffline }: LogDirectory): void {
  if (isOffline) throw new KafkaError('KAFKA_STORAGE_ERROR', `the log dir ${path} is offline`);
}
