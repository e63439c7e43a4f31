/**
 * One partition of a coordinator, alive: its state machine and its queue of work. Operations run one after another and
 * never wait; what they decided is replayed at once.
 */

import { KafkaError, toKafkaError } from '../../../protocol/errors.ts';
import type { CompressionType } from '../../../protocol/records/compression.ts';
import type { Clock } from '../../platform/clock.ts';
import type { Logger } from '../../platform/logger.ts';
import { AppendPipeline } from './append-pipeline.ts';
import { notCoordinator } from './errors.ts';
import { type LoadSummary, loadPartition } from './load-partition.ts';
import type { PartitionWriter, TopicPartition } from './partition-writer.ts';
import { PendingWrite } from './pending-write.ts';
import type { ReadOperation, RecordSerde, Shard, ShardPorts, WriteOperation } from './shard.ts';
import { ShardTimers } from './shard-timers.ts';
import { SnapshotRegistry } from './timeline.ts';

export type ShardState = 'INITIAL' | 'LOADING' | 'ACTIVE' | 'FAILED' | 'CLOSED';

const VALID_PREDECESSORS: Record<ShardState, readonly ShardState[]> = {
  INITIAL: [],
  LOADING: ['INITIAL', 'FAILED'],
  ACTIVE: ['LOADING'],
  FAILED: ['LOADING', 'ACTIVE'],
  CLOSED: ['INITIAL', 'LOADING', 'ACTIVE', 'FAILED'],
};

export interface RunnerOptions<S extends Shard<R>, R> {
  readonly writer: PartitionWriter;
  readonly serde: RecordSerde<R>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly buildShard: (ports: ShardPorts<R>) => S;
  readonly appendLingerMs: number;
  readonly writeTimeoutMs: number;
  readonly compression: CompressionType;
  readonly maxBatchBytes: number;
  readonly loadBufferBytes: number;
  /** Calls back when the work that is at hand has been queued; ends an adaptive linger. */
  readonly afterQueuedWork: (callback: () => void) => void;
}

/** What exists while the partition is loading or active. */
interface Live<S, R> {
  readonly shard: S;
  readonly registry: SnapshotRegistry;
  readonly timers: ShardTimers<R>;
  /** Null until it is loaded. */
  pipeline: AppendPipeline<R> | null;
  stopListening: () => void;
}

export class ShardRunner<S extends Shard<R>, R> {
  readonly partition: TopicPartition;
  readonly #options: RunnerOptions<S, R>;
  readonly #logger: Logger;
  #state: ShardState = 'INITIAL';
  #leaderEpoch = -1;
  #live: Live<S, R> | null = null;
  #queue: (() => void)[] = [];
  #isDraining = false;
  #loading: Promise<void> = Promise.resolve();

  constructor(partition: TopicPartition, options: RunnerOptions<S, R>) {
    this.partition = partition;
    this.#options = options;
    this.#logger = options.logger.child({ partition: `${partition.topic}-${partition.partition}` });
  }

  get state(): ShardState {
    return this.#state;
  }

  get leaderEpoch(): number {
    return this.#leaderEpoch;
  }

  /**
   * Takes up the leadership of `leaderEpoch`. A partition that is loaded already goes on with the new epoch: its log is
   * the same. Resolves when it is active; rejects when it could not be loaded.
   */
  elect(leaderEpoch: number): Promise<void> {
    if (leaderEpoch > this.#leaderEpoch) {
      this.#leaderEpoch = leaderEpoch;
      if (this.#state === 'INITIAL' || this.#state === 'FAILED') this.#loading = this.#load();
    }
    return this.#loading;
  }

  /** Nothing may be left waiting; what can be answered at once goes on being served. */
  stopWaiting(): void {
    this.#enqueue(() => this.#live?.shard.onStopping());
  }

  /** Gives the partition up for good. */
  close(): void {
    if (this.#state === 'CLOSED') return;
    this.#transition('CLOSED');
    this.#enqueue(() => this.#unload());
  }

  write<T>(name: string, operation: WriteOperation<S, R, T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const onCallbackFailure = (failure: unknown): void =>
        this.#logger.error({ err: failure, operation: name }, 'the end of an operation failed');
      const write = new PendingWrite<S, R, T>({ name, operation, resolve, reject, onCallbackFailure });
      this.#enqueue(() => this.#decide(write));
    });
  }

  read<T>(operation: ReadOperation<S, T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#enqueue(() => {
        try {
          const { shard, pipeline } = this.#activeOrThrow();
          resolve(operation(shard, pipeline.committedOffset));
        } catch (failure) {
          reject(toKafkaError(failure));
        }
      });
    });
  }

  #transition(state: ShardState): void {
    if (!VALID_PREDECESSORS[state].includes(this.#state)) {
      throw new Error(`coordinator partition cannot go from ${this.#state} to ${state}`);
    }
    this.#state = state;
  }

  /** Work that starts other work, by answering it, leaves it in the queue. */
  #enqueue(work: () => void): void {
    this.#queue.push(work);
    if (this.#isDraining) return;
    this.#isDraining = true;
    try {
      for (let next = this.#queue.shift(); next !== undefined; next = this.#queue.shift()) next();
    } finally {
      this.#isDraining = false;
    }
  }

  #decide<T>(write: PendingWrite<S, R, T>): void {
    try {
      const { shard, pipeline } = this.#activeOrThrow();
      pipeline.append(write.decide(shard), write);
    } catch (failure) {
      write.complete(toKafkaError(failure));
    }
  }

  #activeOrThrow(): { readonly shard: S; readonly pipeline: AppendPipeline<R> } {
    if (this.#state === 'LOADING') {
      throw new KafkaError('COORDINATOR_LOAD_IN_PROGRESS', `partition ${this.partition.partition} is being loaded`);
    }
    const live = this.#live;
    if (this.#state !== 'ACTIVE' || live === null || live.pipeline === null) {
      throw notCoordinator(`partition ${this.partition.partition}`);
    }
    return { shard: live.shard, pipeline: live.pipeline };
  }

  async #load(): Promise<void> {
    const { writer, serde, loadBufferBytes, clock } = this.#options;
    const startMs = clock.monotonic();
    this.#transition('LOADING');
    const live = this.#build();
    this.#live = live;
    try {
      const summary = await loadPartition({
        partition: this.partition,
        writer,
        serde,
        shard: live.shard,
        registry: live.registry,
        bufferBytes: loadBufferBytes,
        isCancelled: () => this.#live !== live,
        onUnknownRecord: (offset) => this.#logger.warn({ offset }, 'a record of an unknown type was stepped over'),
      });
      if (summary === null || this.#live !== live) throw notCoordinator(`partition ${this.partition.partition}`);
      this.#enqueue(() => this.#activate(live, summary));
      const durationMs = clock.monotonic() - startMs;
      this.#logger.debug({ ...summary, durationMs, leaderEpoch: this.#leaderEpoch }, 'coordinator partition loaded');
    } catch (failure) {
      if (this.#live === live) {
        this.#logger.error({ err: failure }, 'coordinator partition could not be loaded; its groups are not served');
        this.#enqueue(() => this.#fail());
      }
      throw failure;
    }
  }

  #build(): Live<S, R> {
    const { clock, buildShard } = this.#options;
    const registry = new SnapshotRegistry();
    const timers = new ShardTimers<R>(clock, (name, operation) => this.write(name, operation));
    const shard = buildShard({ partition: this.partition, registry, timers, clock, logger: this.#logger });
    return { shard, registry, timers, pipeline: null, stopListening: () => {} };
  }

  #activate(live: Live<S, R>, { nextOffset }: LoadSummary): void {
    const { writer, serde, clock, appendLingerMs, writeTimeoutMs, compression, maxBatchBytes, afterQueuedWork } =
      this.#options;
    const { shard, registry } = live;
    const pipeline = new AppendPipeline<R>({
      shard,
      registry,
      serde,
      clock,
      logger: this.#logger,
      appendLingerMs,
      writeTimeoutMs,
      compression,
      maxBatchBytes,
      writtenOffset: nextOffset,
      write: async (batch) => writer.append(this.partition, batch, this.#leaderEpoch),
      highWatermark: writer.highWatermark(this.partition),
      enqueue: (work) => this.#enqueue(work),
      afterQueuedWork,
      onOutOfSync: () => this.#reload(),
    });
    live.pipeline = pipeline;
    live.stopListening = writer.onHighWatermark(this.partition, (highWatermark) =>
      this.#enqueue(() => pipeline.onHighWatermark(highWatermark)),
    );
    this.#transition('ACTIVE');
    pipeline.onHighWatermark(writer.highWatermark(this.partition));
    shard.onLoaded();
  }

  /** Fails everything pending and forgets the state; a later election may load it again. */
  #fail(): void {
    this.#transition('FAILED');
    this.#unload();
  }

  #reload(): void {
    this.#fail();
    this.#loading = this.#load();
    this.#loading.catch((failure) => this.#logger.error({ err: failure }, 'coordinator partition is out of service'));
  }

  #unload(): void {
    const live = this.#live;
    this.#live = null;
    if (live === null) return;
    live.stopListening();
    live.timers.cancelAll();
    live.pipeline?.close(notCoordinator(`partition ${this.partition.partition} any more`));
    live.shard.onUnloaded();
    // Those that were answered may have set timers.
    live.timers.cancelAll();
  }
}
