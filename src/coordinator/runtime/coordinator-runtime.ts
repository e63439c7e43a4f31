/**
 * A kind of coordinator over the partitions of its topic that this broker leads. Knows nothing of what is coordinated:
 * groups, share state and transactions bring a shard, their records and operations.
 */
import { KafkaError } from '../../../protocol/errors.ts';
import { notCoordinator } from './errors.ts';
import type { ReadOperation, Shard, WriteOperation } from './shard.ts';
import { type RunnerOptions, ShardRunner, type ShardState } from './shard-runner.ts';

export interface RuntimeOptions<S extends Shard<R>, R> extends RunnerOptions<S, R> {
  readonly topic: string;
}

export class CoordinatorRuntime<S extends Shard<R>, R> {
  readonly #options: RuntimeOptions<S, R>;
  readonly #runners = new Map<number, ShardRunner<S, R>>();
  #isClosed = false;

  constructor(options: RuntimeOptions<S, R>) {
    this.#options = options;
  }

  /** A partition's state; undefined when this broker has nothing to do with it. */
  state(partition: number): ShardState | undefined {
    return this.#runners.get(partition)?.state;
  }

  /** Loads a partition. Resolves when it is active; rejects when it could not be loaded or was given up meanwhile. */
  elect(partition: number, leaderEpoch: number): Promise<void> {
    if (this.#isClosed) return Promise.reject(notCoordinator(`partition ${partition}`));
    let runner = this.#runners.get(partition);
    if (runner === undefined) {
      runner = new ShardRunner({ topic: this.#options.topic, partition }, this.#options);
      this.#runners.set(partition, runner);
    }
    return runner.elect(leaderEpoch);
  }

  /** Gives a partition up, unless it was elected in an epoch from `leaderEpoch` on; null gives it up anyhow. */
  resign(partition: number, leaderEpoch: number | null): void {
    const runner = this.#runners.get(partition);
    if (runner === undefined || (leaderEpoch !== null && runner.leaderEpoch >= leaderEpoch)) return;
    this.#runners.delete(partition);
    runner.close();
  }

  /** Rejects with a `KafkaError`: what the operation threw, why its records are not committed, or NOT_COORDINATOR. */
  write<T>(name: string, partition: number, operation: WriteOperation<S, R, T>): Promise<T> {
    const runner = this.#runners.get(partition);
    if (runner === undefined) return Promise.reject(this.#absent(partition));
    return runner.write(name, operation);
  }

  read<T>(partition: number, operation: ReadOperation<S, T>): Promise<T> {
    const runner = this.#runners.get(partition);
    if (runner === undefined) return Promise.reject(this.#absent(partition));
    return runner.read(operation);
  }

  /** Runs the operation in every partition that is here, in order of partition. */
  writeAll<T>(name: string, operation: WriteOperation<S, R, T>): Promise<T>[] {
    return this.#inOrder().map((runner) => runner.write(name, operation));
  }

  readAll<T>(operation: ReadOperation<S, T>): Promise<T>[] {
    return this.#inOrder().map((runner) => runner.read(operation));
  }

  /** Before a stop; see `Shard.onStopping`. */
  stopWaiting(): void {
    for (const runner of this.#inOrder()) runner.stopWaiting();
  }

  close(): void {
    this.#isClosed = true;
    const runners = this.#inOrder();
    this.#runners.clear();
    for (const runner of runners) runner.close();
  }

  #inOrder(): ShardRunner<S, R>[] {
    return [...this.#runners.values()].sort((a, b) => a.partition.partition - b.partition.partition);
  }

  #absent(partition: number): KafkaError {
    if (this.#isClosed) return new KafkaError('COORDINATOR_NOT_AVAILABLE', 'the coordinator is shutting down');
    return notCoordinator(`partition ${partition}`);
  }
}
