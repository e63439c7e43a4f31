import type { KafkaError } from '../../../protocol/errors.ts';
import type { Decision } from './decision.ts';
import type { Completion } from './deferred-queue.ts';
import type { WriteOperation } from './shard.ts';

/** One operation from its being asked for to its answer, which is given once. */
export class PendingWrite<S, R, T> implements Completion {
  readonly name: string;
  readonly #operation: WriteOperation<S, R, T>;
  readonly #resolve: (response: T) => void;
  readonly #reject: (error: KafkaError) => void;
  readonly #onCallbackFailure: (failure: unknown) => void;
  #decision: Decision<R, T> | null = null;
  #isDone = false;

  constructor(options: {
    readonly name: string;
    readonly operation: WriteOperation<S, R, T>;
    readonly resolve: (response: T) => void;
    readonly reject: (error: KafkaError) => void;
    /** Told of a decision's own completion callback that threw. */
    readonly onCallbackFailure: (failure: unknown) => void;
  }) {
    this.name = options.name;
    this.#operation = options.operation;
    this.#resolve = options.resolve;
    this.#reject = options.reject;
    this.#onCallbackFailure = options.onCallbackFailure;
  }

  get isDone(): boolean {
    return this.#isDone;
  }

  /** Runs the operation; throws what it throws. */
  decide(shard: S): Decision<R, T> {
    this.#decision = this.#operation(shard);
    return this.#decision;
  }

  complete(error: KafkaError | null): void {
    if (this.#isDone) return;
    this.#isDone = true;
    const decision = this.#decision;
    try {
      decision?.onCompleted?.(error);
    } catch (failure) {
      this.#onCallbackFailure(failure);
    }
    if (error !== null) this.#reject(error);
    else if (decision !== null) this.#resolve(decision.response);
  }
}
