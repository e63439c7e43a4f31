/** Timers of one partition, named by keys. What they start is an operation in the partition's queue like any other. */
import type { Clock, Timer } from '../../platform/clock.ts';
import type { Decision } from './decision.ts';

export type TimerOperation<R> = () => Decision<R, void>;

/** Puts an operation into the partition's queue; rejects with why its records were not committed. */
export type TimerExecutor<R> = (name: string, operation: TimerOperation<R>) => Promise<void>;

const NOTHING = { records: [], response: undefined } as const;

export class ShardTimers<R> {
  readonly #clock: Clock;
  readonly #execute: TimerExecutor<R>;
  readonly #timers = new Map<string, Timer>();

  constructor(clock: Clock, execute: TimerExecutor<R>) {
    this.#clock = clock;
    this.#execute = execute;
  }

  get size(): number {
    return this.#timers.size;
  }

  has(key: string): boolean {
    return this.#timers.has(key);
  }

  /**
   * Runs `operation` in `delayMs`; replaces the timer that the key has. Without `retryMs` a failure is final, with it
   * the operation is tried again that much later.
   */
  schedule(key: string, delayMs: number, operation: TimerOperation<R>, retryMs?: number): void {
    this.cancel(key);
    const timer = this.#clock.after(delayMs, () => {
      const run = (): Decision<R, void> => {
        // Between falling due and its turn in the queue the timer may have been cancelled or replaced.
        if (this.#timers.get(key) !== timer) return NOTHING;
        this.#timers.delete(key);
        return operation();
      };
      this.#execute(key, run).catch(() => {
        if (retryMs !== undefined && !this.#timers.has(key)) this.schedule(key, retryMs, operation, retryMs);
      });
    });
    this.#timers.set(key, timer);
  }

  cancel(key: string): void {
    this.#timers.get(key)?.cancel();
    this.#timers.delete(key);
  }

  cancelAll(): void {
    for (const timer of this.#timers.values()) timer.cancel();
    this.#timers.clear();
  }
}
