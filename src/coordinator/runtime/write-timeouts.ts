/** Answers operations that have not been written and committed in time. One timer for all, as they have equally long. */
import { KafkaError } from '../../../protocol/errors.ts';
import type { Clock, Timer } from '../../platform/clock.ts';
import type { Completion } from './deferred-queue.ts';

interface Deadline {
  readonly deadlineMs: number;
  readonly completion: Completion;
}

/** From here on the answered ones at the front are let go. */
const COMPACT_FROM = 256;

export class WriteTimeouts {
  readonly #clock: Clock;
  readonly #timeoutMs: number;
  readonly #enqueue: (work: () => void) => void;
  /** In ascending order of deadline; those before `#first` are done. */
  #deadlines: Deadline[] = [];
  #first = 0;
  #timer: Timer | null = null;

  constructor(clock: Clock, timeoutMs: number, enqueue: (work: () => void) => void) {
    this.#clock = clock;
    this.#timeoutMs = timeoutMs;
    this.#enqueue = enqueue;
  }

  add(completion: Completion): void {
    this.#skipDone();
    this.#deadlines.push({ deadlineMs: this.#clock.monotonic() + this.#timeoutMs, completion });
    this.#arm();
  }

  close(): void {
    this.#timer?.cancel();
    this.#timer = null;
    this.#deadlines = [];
    this.#first = 0;
  }

  #skipDone(): void {
    while (this.#deadlines[this.#first]?.completion.isDone === true) this.#first += 1;
    if (this.#first >= COMPACT_FROM && this.#first * 2 >= this.#deadlines.length) {
      this.#deadlines = this.#deadlines.slice(this.#first);
      this.#first = 0;
    }
  }

  #arm(): void {
    const first = this.#deadlines[this.#first];
    if (this.#timer !== null || first === undefined) return;
    this.#timer = this.#clock.after(first.deadlineMs - this.#clock.monotonic(), () => {
      this.#timer = null;
      this.#enqueue(() => this.#expire());
    });
  }

  #expire(): void {
    const nowMs = this.#clock.monotonic();
    for (let next = this.#deadlines[this.#first]; next !== undefined; next = this.#deadlines[this.#first]) {
      if (next.deadlineMs > nowMs && !next.completion.isDone) break;
      this.#first += 1;
      next.completion.complete(new KafkaError('REQUEST_TIMED_OUT', `not committed within ${this.#timeoutMs} ms`));
    }
    this.#skipDone();
    this.#arm();
  }
}
