/**
 * Moves of replicas between the log dirs of this broker (KIP-113): each log that has a copy in another dir is copied there
 * until the copy can take its place. Kafka's `ReplicaAlterLogDirsThread`.
 */
import type { TopicPartition } from '../log/file-names.ts';
import { LogCopy } from '../log/log-copy.ts';
import type { LogManager } from '../log/log-manager.ts';
import { Throttle } from '../log/throttle.ts';
import type { Clock } from '../platform/clock.ts';
import type { Logger } from '../platform/logger.ts';
import type { ReplicaManager } from './replica-manager.ts';

export interface LogDirMovesOptions {
  readonly logs: LogManager;
  readonly replicas: ReplicaManager;
  readonly clock: Clock;
  readonly logger: Logger;
  /** `replica.alter.log.dirs.io.max.bytes.per.second`, of all moves together; it may change. */
  readonly maxBytesPerSecond: () => number;
  /** Tells the controller in which dir a replica is; resolves when that is committed. */
  readonly assign: (replica: { topicId: string; partition: number; directoryId: string }) => Promise<void>;
}

export class LogDirMoves {
  readonly #options: LogDirMovesOptions;
  readonly #throttle: Throttle;
  readonly #running = new Map<string, { readonly abort: AbortController; readonly done: Promise<void> }>();
  /** The last request to move something; the next one waits for it. */
  #begun: Promise<void> = Promise.resolve();
  #isStopped = false;

  constructor(options: LogDirMovesOptions) {
    this.#options = options;
    this.#throttle = new Throttle(options.clock);
  }

  /** Goes on with the moves that a stop interrupted. */
  resume(): void {
    for (const { log } of this.#options.logs.futures.all()) this.#start(log.topicPartition);
  }

  /**
   * Begins to move a replica, or to move it elsewhere; resolves when it has begun.
   * @returns rejects with INVALID_TOPIC_EXCEPTION, LOG_DIR_NOT_FOUND, KAFKA_STORAGE_ERROR, UNKNOWN_TOPIC_OR_PARTITION
   */
  begin(tp: TopicPartition, path: string): Promise<void> {
    const begun = this.#begun.then(() => this.#begin(tp, path));
    this.#begun = begun.catch(() => {});
    return begun;
  }

  async #begin(tp: TopicPartition, path: string): Promise<void> {
    const { replicas, logs } = this.#options;
    logs.futures.check(tp, path);
    replicas.get(tp).checkOnline();
    if (logs.futures.get(tp)?.home.path === path && this.#running.has(nameOf(tp))) return;
    await this.#cancel(tp);
    if ((await logs.futures.begin(tp, path)) !== undefined) this.#start(tp);
  }

  /** Leaves off all moves; they go on after the next start. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    for (const { abort } of this.#running.values()) abort.abort(new MoveAborted());
    await Promise.all([...this.#running.values()].map(({ done }) => done));
  }

  async #cancel(tp: TopicPartition): Promise<void> {
    const running = this.#running.get(nameOf(tp));
    running?.abort.abort(new MoveAborted());
    await running?.done;
  }

  #start(tp: TopicPartition): void {
    if (this.#isStopped) return;
    const abort = new AbortController();
    const done = this.#move(tp, abort.signal).finally(() => void this.#running.delete(nameOf(tp)));
    this.#running.set(nameOf(tp), { abort, done });
  }

  async #move(tp: TopicPartition, signal: AbortSignal): Promise<void> {
    const { logs, replicas, logger, assign } = this.#options;
    try {
      const from = logs.get(tp);
      const to = logs.futures.get(tp)?.log;
      if (from === undefined || to === undefined) return;
      const copy = new LogCopy({ from, to, signal, throttle: (bytes) => this.#spend(bytes, signal) });
      await copy.approach();
      // Most of it before the log's appends have to wait for the rest.
      await to.flush();
      await copy.approach();
      await logs.futures.swap(tp, {
        catchUp: () => copy.finish(),
        assign: (directoryId) => assign({ topicId: from.topicId, partition: tp.partition, directoryId }),
        onSwapped: (log) => {
          const replica = replicas.find(tp.topic, tp.partition);
          if (replica?.topicId === log.topicId) replica.replaceLog(log);
        },
      });
    } catch (err) {
      if (err instanceof MoveAborted || logs.get(tp) === undefined) return;
      logger.error(
        { err, log: nameOf(tp) },
        'a move to another log dir failed; it goes on when it is asked for again, or after the next start',
      );
    }
  }

  /** One move after the other takes its share of what all may copy. */
  async #spend(bytes: number, signal: AbortSignal): Promise<void> {
    const { clock, maxBytesPerSecond } = this.#options;
    const waitMs = this.#throttle.spend(bytes, maxBytesPerSecond());
    if (waitMs === 0 || signal.aborted) return;
    await new Promise<void>((resolve) => {
      const timer = clock.after(waitMs, wake);
      signal.addEventListener('abort', wake);
      function wake(): void {
        timer.cancel();
        signal.removeEventListener('abort', wake);
        resolve();
      }
    });
  }
}

class MoveAborted extends Error {
  override readonly name = 'MoveAborted';
}

function nameOf({ topic, partition }: TopicPartition): string {
  return `${topic}-${partition}`;
}
