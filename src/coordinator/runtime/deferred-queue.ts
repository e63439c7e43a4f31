/** Operations whose records are appended and that wait for the high watermark, each for a limited time. */
import { KafkaError } from '../../../protocol/errors.ts';
import type { Clock, Timer } from '../../platform/clock.ts';
import type { Offset } from './timeline.ts';

/** An operation that is answered once. */
export interface Completion {
  readonly name: string;
  complete(error: KafkaError | null): void;
}

interface Deferred {
  /** Committed when the high watermark has reached it. */
  readonly offset: Offset;
  readonly deadlineMs: number;
  readonly completion: Completion;
}

export class DeferredQueue {
  readonly #clock: Clock;
  readonly #timeoutMs: number;
  /** In ascending order of offset, and, as time-outs are alike, of deadline. */
  #waiting: Deferred[] = [];
  #timer: Timer | null = null;

  constructor(clock: Clock, timeoutMs: number) {
    this.#clock = clock;
    this.#timeoutMs = timeoutMs;
  }

  get size(): number {
    return this.#waiting.length;
  }

  add(offset: Offset, completion: Completion): void {
    this.#waiting.push({ offset, deadlineMs: this.#clock.monotonic() + this.#timeoutMs, completion });
    this.#arm();
  }

  /** Answers what `highWatermark` commits. */
  completeUpTo(highWatermark: Offset): void {
    this.#take((deferred) => deferred.offset <= highWatermark, null);
  }

  failAll(error: KafkaError): void {
    this.#take(() => true, error);
    this.#timer?.cancel();
    this.#timer = null;
  }

  #take(isDue: (deferred: Deferred) => boolean, error: KafkaError | null): void {
    const end = this.#waiting.findIndex((deferred) => !isDue(deferred));
    const due = this.#waiting.splice(0, end < 0 ? this.#waiting.length : end);
    for (const { completion } of due) completion.complete(error);
  }

  #arm(): void {
    const first = this.#waiting[0];
    if (this.#timer !== null || first === undefined) return;
    this.#timer = this.#clock.after(first.deadlineMs - this.#clock.monotonic(), () => {
      this.#timer = null;
      const nowMs = this.#clock.monotonic();
      const error = new KafkaError('REQUEST_TIMED_OUT', `not committed within ${this.#timeoutMs} ms`);
      this.#take((deferred) => deferred.deadlineMs <= nowMs, error);
      this.#arm();
    });
  }
}
