/** Holds back what goes faster than it may, on the average of a few hundred ms. Kafka's `Throttler`. */
import type { Clock } from '../../platform/clock.ts';

const PERIOD_MS = 300;

export class Throttle {
  readonly #clock: Clock;
  readonly #sleep: (ms: number) => Promise<void>;
  #periodStartMs: number;
  #spentBytes = 0;

  constructor(clock: Clock, sleep: (ms: number) => Promise<void>) {
    this.#clock = clock;
    this.#sleep = sleep;
    this.#periodStartMs = clock.monotonic();
  }

  /** Takes note of bytes, and resolves when the next may follow. */
  async spend(bytes: number, maxBytesPerSecond: number): Promise<void> {
    this.#spentBytes += bytes;
    const elapsedMs = this.#clock.monotonic() - this.#periodStartMs;
    if (elapsedMs <= PERIOD_MS && this.#spentBytes <= (maxBytesPerSecond * PERIOD_MS) / 1000) return;
    const owedMs = (this.#spentBytes / maxBytesPerSecond) * 1000 - elapsedMs;
    this.#spentBytes = 0;
    if (owedMs > 0) await this.#sleep(owedMs);
    this.#periodStartMs = this.#clock.monotonic();
  }
}
