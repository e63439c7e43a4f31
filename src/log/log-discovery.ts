/**
 * What a start finds in the log dirs: logs, which are loaded; strays, which are set aside; what was on its way out, which
 * goes; and what a move between dirs left, which goes on or is settled by what the metadata says.
 */
import { KafkaError } from '../../protocol/errors.ts';
import type { FileSystem } from '../platform/file-system.ts';
import type { Logger } from '../platform/logger.ts';
import type { BackgroundTasks } from './background-tasks.ts';
import type { Departures } from './departures.ts';
import {
  logDirectoryName,
  NO_TOPIC_ID,
  PARTITION_METADATA,
  parsePartitionMetadata,
  type TopicPartition,
} from './file-names.ts';
import type { FutureLogs } from './future-logs.ts';
import { inParallel } from './in-parallel.ts';
import type { FutureDirectory, LogDirectory } from './log-directory.ts';
import type { LogManagerOptions } from './log-manager-options.ts';
import { type HeldLog, type LogOpener, pathOf } from './log-opener.ts';

export interface LogDiscoveryOptions extends Pick<LogManagerOptions, 'isStray' | 'assignedDirectory'> {
  readonly homes: readonly LogDirectory[];
  /** By name; what is found is put here. */
  readonly logs: Map<string, HeldLog>;
  readonly futures: FutureLogs;
  readonly opener: LogOpener;
  readonly departures: Departures;
  readonly tasks: BackgroundTasks;
  readonly fs: FileSystem;
  readonly logger: Logger;
  /** Logs recovered at the same time after a crash. */
  readonly parallelism: number;
  /** What the disk does not let be done takes the dir offline, and nothing else. */
  readonly orOffline: (home: LogDirectory, run: () => Promise<void>) => Promise<void>;
}

export class LogDiscovery {
  readonly #options: LogDiscoveryOptions;

  constructor(options: LogDiscoveryOptions) {
    this.#options = options;
  }

  async run(): Promise<void> {
    const { homes, orOffline } = this.#options;
    for (const home of homes) if (!home.isOffline) await orOffline(home, () => this.#loadHome(home));
    // A copy is of a log that may be in any dir.
    for (const home of homes) {
      for (const each of home.futures) {
        if (!home.isOffline) await orOffline(home, () => this.#loadFuture(home, each));
      }
    }
  }

  async #loadHome(home: LogDirectory): Promise<void> {
    const { tasks, fs, parallelism } = this.#options;
    const { logs, leftovers } = await home.open();
    for (const directory of leftovers) tasks.start('remove a deleted log', () => fs.remove(directory));
    await inParallel(logs, home.wasCleanlyClosed ? 1 : parallelism, (tp) => this.#loadOne(tp, home));
  }

  async #loadOne(topicPartition: TopicPartition, home: LogDirectory): Promise<void> {
    const { logs, opener, departures, logger, isStray } = this.#options;
    const name = logDirectoryName(topicPartition);
    const topicId = this.#topicIdIn(pathOf(topicPartition, home));
    const duplicate = logs.get(name);
    if (duplicate !== undefined && (await this.#settleDuplicate(topicPartition, topicId, duplicate, home))) return;
    const held = { log: await opener.open({ topicPartition, topicId, home }, false), home };
    // Without an id, as a power cut may leave a new log, the name decides: `getOrCreate` gives it its topic's.
    if (topicId === NO_TOPIC_ID || isStray?.(topicId, topicPartition) !== true) {
      logs.set(name, held);
      home.logCount++;
      return;
    }
    const directory = await departures.setAside(held);
    logger.warn({ log: name, topicId, directory }, 'a log that is not this broker’s was set aside');
  }

  /**
   * Two logs of one name: a crash between the last steps of a move leaves them, whole both, and the metadata's is right.
   * Returns whether that is the one that was loaded before.
   */
  async #settleDuplicate(
    topicPartition: TopicPartition,
    topicId: string,
    loaded: HeldLog,
    home: LogDirectory,
  ): Promise<boolean> {
    const { departures, assignedDirectory } = this.#options;
    const directory = pathOf(topicPartition, home);
    const assigned = assignedDirectory?.(topicId, topicPartition);
    const isOneMoved = loaded.log.topicId === topicId && assigned !== undefined;
    if (isOneMoved && assigned === loaded.home.id) {
      await departures.remove(topicPartition, home, directory);
      return true;
    }
    if (!isOneMoved || assigned !== home.id) {
      const name = logDirectoryName(topicPartition);
      throw new KafkaError(
        'KAFKA_STORAGE_ERROR',
        `${loaded.log.directory} and ${directory} are both the log of ${name}; move one of them away`,
      );
    }
    loaded.home.logCount--;
    await departures.begin(loaded);
    return false;
  }

  async #loadFuture(home: LogDirectory, { topicPartition, directory }: FutureDirectory): Promise<void> {
    const { isStray, assignedDirectory, futures, tasks, fs } = this.#options;
    const topicId = this.#topicIdIn(directory);
    if (topicId === NO_TOPIC_ID || isStray?.(topicId, topicPartition) === true) {
      tasks.start('remove the copy of a deleted log', () => fs.remove(directory));
      return;
    }
    const assigned = assignedDirectory?.(topicId, topicPartition);
    await futures.adopt({ topicPartition, topicId, home, directory }, assigned !== undefined && assigned === home.id);
  }

  #topicIdIn(directory: string): string {
    const path = `${directory}/${PARTITION_METADATA}`;
    const text = this.#options.fs.startup.readFile(path)?.toString() ?? '';
    return parsePartitionMetadata(text, path) ?? NO_TOPIC_ID;
  }
}
