/** Opens the logs of a broker with what they share: memory, open files, indexes, the pace of each dir's disk. */
import type { KafkaError } from '../../protocol/errors.ts';
import type { Executor } from '../platform/executor.ts';
import type { Random } from '../platform/random.ts';
import type { OffsetEntry } from './checkpoint-file.ts';
import { formatPartitionMetadata, logDirectoryName, PARTITION_METADATA, type TopicPartition } from './file-names.ts';
import { IndexCache } from './index-cache.ts';
import { Log } from './log.ts';
import type { LogDirectory } from './log-directory.ts';
import type { LogManagerOptions } from './log-manager-options.ts';
import { OpenFiles } from './open-files.ts';
import { TailBudget } from './tail-cache.ts';
import { WritePacer } from './write-pacer.ts';

/** A log and the dir that it is in. */
export interface HeldLog {
  readonly log: Log;
  readonly home: LogDirectory;
}

export interface LogPlace {
  readonly topicPartition: TopicPartition;
  readonly topicId: string;
  readonly home: LogDirectory;
  /** By default the one of the log's name. */
  readonly directory?: string;
}

export interface LogOpenerOptions extends LogManagerOptions {
  readonly random: Random;
  readonly executor: Executor;
  /** All that is written to the dir's checkpoints. */
  readonly logsIn: (home: LogDirectory) => readonly Log[];
  /** The disk of a log failed. */
  readonly onStorageFailure: (home: LogDirectory, error: KafkaError) => void;
}

const DEFAULT_OPEN_FILES = 4096;

export class LogOpener {
  readonly #options: LogOpenerOptions;
  readonly #tailBudget: TailBudget;
  readonly #indexCache = new IndexCache();
  readonly #openFiles: OpenFiles;
  readonly #pacers = new Map<LogDirectory, WritePacer>();

  constructor(options: LogOpenerOptions) {
    this.#options = options;
    this.#tailBudget = new TailBudget(options.tailBytes, options.tailBytesPerLog, options.buffers);
    // The other half is for sockets, and for files that are open only while they are read or written whole.
    const mostOpenFiles = Math.floor(options.fs.mostDescriptors / 2);
    this.#openFiles = new OpenFiles(Math.min(options.maxOpenFiles ?? DEFAULT_OPEN_FILES, mostOpenFiles));
  }

  get openFiles(): number {
    return this.#openFiles.count;
  }

  /** Makes the directory of a new log; rejects as the file system does. */
  async make({ topicPartition, topicId, home, directory = pathOf(topicPartition, home) }: LogPlace): Promise<void> {
    const { fs } = this.#options;
    await fs.makeDirectory(directory);
    await fs.writeFile(`${directory}/${PARTITION_METADATA}`, formatPartitionMetadata(topicId));
    await home.forget(topicPartition);
  }

  /** @param isNew whether it was made just now */
  async open(
    { topicPartition, topicId, home, directory = pathOf(topicPartition, home) }: LogPlace,
    isNew: boolean,
  ): Promise<Log> {
    const { producerIdExpirationMs, schedule, configFor, fs, clock, logger, random, executor } = this.#options;
    const log = await Log.open({
      directory,
      topicPartition,
      topicId,
      config: configFor(topicPartition.topic),
      ...{ fs, clock, logger, random, executor, isNew },
      recoveryPoint: home.recoveryPoint(topicPartition),
      logStartOffset: home.logStart(topicPartition),
      wasCleanlyClosed: home.wasCleanlyClosed,
      wasCompacted: home.cleanerOffset(topicPartition) !== undefined,
      onTruncation: async (lastSegmentOffset, recoveryPoint) => {
        if ((home.cleanerOffset(topicPartition) ?? 0) > lastSegmentOffset) {
          await home.setCleanerOffset(topicPartition, lastSegmentOffset);
        }
        await home.lowerRecoveryPoint(topicPartition, recoveryPoint, () => recoveryPoints(this.#options.logsIn(home)));
      },
      tailBudget: this.#tailBudget,
      indexCache: this.#indexCache,
      openFiles: this.#openFiles,
      pacer: this.#pacerOf(home),
      onStorageFailure: (error) => this.#options.onStorageFailure(home, error),
      ...(producerIdExpirationMs === undefined ? {} : { producerIdExpirationMs: producerIdExpirationMs() }),
      ...(schedule === undefined ? {} : { schedule }),
    });
    // Its dir may have failed meanwhile.
    if (home.isOffline) log.takeOffline();
    return log;
  }

  #pacerOf(home: LogDirectory): WritePacer {
    let pacer = this.#pacers.get(home);
    if (pacer === undefined) {
      pacer = new WritePacer(this.#options.clock);
      this.#pacers.set(home, pacer);
    }
    return pacer;
  }
}

export function pathOf(tp: TopicPartition, home: LogDirectory): string {
  return `${home.path}/${logDirectoryName(tp)}`;
}

export function recoveryPoints(logs: readonly Log[]): OffsetEntry[] {
  return logs.map((log) => ({ ...log.topicPartition, offset: log.recoveryPointCheckpoint }));
}

/** Only of logs that begin behind their first segment's start; the others' is known from its name. */
export function logStarts(logs: readonly Log[]): OffsetEntry[] {
  const moved = logs.filter((log) => log.logStartOffset > log.firstSegmentOffset);
  return moved.map((log) => ({ ...log.topicPartition, offset: log.logStartOffset }));
}
