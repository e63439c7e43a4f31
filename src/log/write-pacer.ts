/**
 * Decides whether a write may hold the event loop: a small one to the page cache takes microseconds, where a trip through
 * the thread pool costs 30 µs and more. A write that took long (a full dirty list, a slow disk) sends those that follow
 * through the thread pool for a while. One for each log dir.
 */
import type { Clock } from '../platform/clock.ts';

/**
 * A batch of 1 MB is written in 0.7 ms, and costs less so: 1.04 CPU s/GB instead of 1.16 and 1,023 MB/s instead of 962
 * (`produce-1mb`, 3 runs of 3 s each, ±3 to 10 %), since one thread does not wake another for it.
 */
const LARGEST_SYNC_BYTES = 2 * 1024 * 1024;
const SLOW_MS = 5;
const ASYNC_FOR_MS = 1000;

export class WritePacer {
  readonly #clock: Clock;
  #asyncUntilMs = Number.NEGATIVE_INFINITY;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  mayBlock(bytes: number): boolean {
    return bytes <= LARGEST_SYNC_BYTES && this.#clock.monotonic() >= this.#asyncUntilMs;
  }

  /** Runs a synchronous write and takes note of its time. */
  timed<T>(write: () => T): T {
    const startMs = this.#clock.monotonic();
    const result = write();
    const endMs = this.#clock.monotonic();
    if (endMs - startMs > SLOW_MS) this.#asyncUntilMs = endMs + ASYNC_FOR_MS;
    return result;
  }
}
