/** Holds back what goes faster than it may, over all who go, on the average of a few hundred ms. */
import type { Clock } from '../platform/clock.ts';

/** What was not used of so much time may be used at once. As Kafka's `Throttler`. */
const PERIOD_MS = 300;

export class Throttle {
  readonly #clock: Clock;
  /** Until then what went so far was allowed to take. */
  #spentUntilMs: number;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#spentUntilMs = clock.monotonic();
  }

  /** Takes note of bytes; returns how many ms to wait before the next may follow. */
  spend(bytes: number, maxBytesPerSecond: number): number {
    const nowMs = this.#clock.monotonic();
    const fromMs = Math.max(this.#spentUntilMs, nowMs - PERIOD_MS);
    this.#spentUntilMs = fromMs + (bytes / maxBytesPerSecond) * 1000;
    const waitMs = this.#spentUntilMs - nowMs;
    // Less is more than a timer can do, and is not forgotten.
    return waitMs < 1 ? 0 : waitMs;
  }
}
