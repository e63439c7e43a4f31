/**
 * The log dirs as the metadata knows them: which of them failed, and in which one each replica is. What failed is told to
 * the controller, so that its partitions are led elsewhere or by nobody; when the metadata's own dir fails, or all do,
 * the broker cannot go on. Kafka's `LogDirFailureHandler` and `AssignmentsManager`.
 */
import type { BrokerConfig } from '../config/broker-config.ts';
import type { LogManager } from '../log/log-manager.ts';
import type { ReplicaAssignment } from '../metadata/controller-requests.ts';
import type { MetadataNode } from '../metadata/metadata-node.ts';
import type { Clock } from '../platform/clock.ts';
import type { Logger } from '../platform/logger.ts';
import type { ReplicaManager } from '../replication/replica-manager.ts';

export interface LogDirsOptions {
  readonly metadata: MetadataNode;
  readonly metadataLogDir: string;
  readonly clock: Clock;
  readonly logger: Logger;
  /** `log.dir.failure.timeout.ms`: how long a failed dir may stay unknown to the controller. */
  readonly failureTimeoutMs: number;
  readonly onFatal: (failure: Error) => void;
}

/** No log dir can be used any more; the message says what to do. */
export class LogDirsFailedError extends Error {
  readonly code = 'LOG_DIRS_FAILED';
  override readonly name = 'LogDirsFailedError';
}

const WHAT_TO_DO = 'free or mend the disk and start the broker again';

/**
 * The dirs of `log.dirs` that a start can use, when some `failed`.
 * @throws LogDirsFailedError when the metadata's is not among them, or none is left
 */
export function usableLogDirs(
  { logDirs, metadataLogDir }: Pick<BrokerConfig, 'logDirs' | 'metadataLogDir'>,
  failed: ReadonlyMap<string, Error>,
  logger: Logger,
): string[] {
  for (const [directory, err] of failed) {
    if (directory === metadataLogDir || failed.size === logDirs.length) {
      const message = `the log dir ${directory} cannot be used: ${err.message}; ${WHAT_TO_DO}, or set another`;
      throw new LogDirsFailedError(message, { cause: err });
    }
    logger.error({ directory, err }, `a log dir cannot be used, its partitions are offline: ${WHAT_TO_DO}`);
  }
  return logDirs.filter((directory) => !failed.has(directory));
}

export class LogDirs {
  readonly #options: LogDirsOptions;
  /** Told once the broker is registered. */
  readonly #misplaced = new Map<string, ReplicaAssignment>();
  #logs: LogManager | undefined;
  #replicas: ReplicaManager | undefined;
  #isRegistered = false;
  #isTelling = false;

  constructor(options: LogDirsOptions) {
    this.#options = options;
  }

  /** Follows dirs that were loaded; throws when what is left of them cannot make a broker. Returns those that serve. */
  watch(logs: LogManager, replicas: ReplicaManager): string[] {
    this.#logs = logs;
    this.#replicas = replicas;
    const online = logs.directories().flatMap(({ path, isOffline }) => (isOffline ? [] : [path]));
    const failure = this.#fatal(logs);
    if (failure !== undefined) throw failure;
    return online;
  }

  /** The broker is registered with the dirs that served then. */
  registered(): void {
    this.#isRegistered = true;
    this.#tellFailures();
    this.#tellPlaces();
  }

  /** A dir failed. */
  failed(): void {
    if (this.#logs === undefined) return;
    this.#replicas?.onDirectoryFailure();
    const failure = this.#fatal(this.#logs);
    if (failure !== undefined) this.#options.onFatal(failure);
    else this.#tellFailures();
  }

  /** A replica is in another dir than the metadata says. */
  misplaced(replica: ReplicaAssignment): void {
    this.#misplaced.set(`${replica.topicId}-${replica.partition}`, replica);
    this.#tellPlaces();
  }

  /** Has the metadata say in which dir a replica is; rejects when it does not. */
  async assign(replica: ReplicaAssignment): Promise<void> {
    const { nodeId: brokerId, brokerEpoch, controller } = this.#options.metadata;
    const [answer] = await controller.assignReplicasToDirs({ brokerId, brokerEpoch, assignments: [replica] });
    if (answer !== undefined && answer.error !== null) throw answer.error;
  }

  #fatal(logs: LogManager): Error | undefined {
    const { metadataLogDir } = this.#options;
    const failed = logs.directories().filter(({ isOffline }) => isOffline);
    if (failed.some(({ path }) => path === metadataLogDir)) {
      return new LogDirsFailedError(
        `the log dir ${metadataLogDir} failed, which holds the metadata log: ${WHAT_TO_DO}`,
      );
    }
    if (failed.length < logs.directories().length) return undefined;
    return new LogDirsFailedError(`all log dirs failed: ${WHAT_TO_DO}`);
  }

  #tellFailures(): void {
    const { metadata, clock, logger, failureTimeoutMs, onFatal } = this.#options;
    const failed = this.#logs?.directories().flatMap(({ path, isOffline }) => (isOffline ? [path] : [])) ?? [];
    if (!this.#isRegistered || failed.length === 0) return;
    const giveUp = (cause?: unknown): void =>
      onFatal(
        new LogDirsFailedError(
          `the controller does not take that ${failed.join(', ')} failed; what is there would have no leader elsewhere`,
          { cause },
        ),
      );
    const timer = clock.after(failureTimeoutMs, giveUp);
    metadata
      .reportOfflineDirectories(failed)
      .then(() => logger.warn({ directories: failed }, 'the partitions of failed log dirs are offline on this broker'))
      .catch(giveUp)
      .finally(() => timer.cancel());
  }

  /** One request at a time, of all that came meanwhile. */
  async #tellPlaces(): Promise<void> {
    const { metadata, logger } = this.#options;
    if (!this.#isRegistered || this.#isTelling) return;
    this.#isTelling = true;
    try {
      while (this.#misplaced.size > 0) {
        const assignments = [...this.#misplaced.values()];
        this.#misplaced.clear();
        const { nodeId: brokerId, brokerEpoch, controller } = metadata;
        const answers = await controller.assignReplicasToDirs({ brokerId, brokerEpoch, assignments });
        for (const { error, topicId, partition } of answers) {
          if (error !== null) logger.warn({ err: error, topicId, partition }, 'the dir of a replica was not taken');
        }
      }
    } catch (err) {
      logger.error({ err }, 'the controller could not be told in which log dirs replicas are; the next start tells it');
    } finally {
      this.#isTelling = false;
    }
  }
}
