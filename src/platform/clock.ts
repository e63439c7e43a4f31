/** Time as a port: the system's in production, a hand-moved one in tests and simulation. */

export interface Timer {
  /** Idempotent; a timer that fired is cancelled already. */
  cancel(): void;
}

export interface Clock {
  /** Wall-clock time, milliseconds since the epoch. */
  now(): number;
  /** Milliseconds since some fixed moment; never goes back. */
  monotonic(): number;
  /** Calls `callback` once after `delayMs` (any size; below zero counts as zero), unless cancelled. */
  after(delayMs: number, callback: () => void): Timer;
}

/** Node's timers overflow above this many milliseconds. */
const LONGEST_DELAY_MS = 2 ** 31 - 1;

export class SystemClock implements Clock {
  now(): number {
    return Date.now();
  }

  monotonic(): number {
    return performance.now();
  }

  after(delayMs: number, callback: () => void): Timer {
    let handle: NodeJS.Timeout;
    const arm = (remainingMs: number): void => {
      const step = Math.min(Math.max(remainingMs, 0), LONGEST_DELAY_MS);
      handle = setTimeout(() => {
        if (remainingMs > step) arm(remainingMs - step);
        else callback();
      }, step);
    };
    arm(delayMs);
    return { cancel: () => clearTimeout(handle) };
  }
}

interface SimulatedTimer {
  readonly dueMs: number;
  readonly order: number;
  readonly callback: () => void;
}

/** A clock that stands still until `advance` moves it; timers fire in order of their time, then of their making. */
export class SimulatedClock implements Clock {
  readonly #startMs: number;
  /**
   * Since the start, and what timers are due by: to a double of 2^40 ms an added nanosecond is nothing, and who sets a
   * timer for the little that is left would have it fire for ever.
   */
  #elapsedMs = 0;
  #order = 0;
  readonly #timers = new Set<SimulatedTimer>();

  constructor(startMs = 1_700_000_000_000) {
    this.#startMs = startMs;
  }

  now(): number {
    return this.#startMs + this.#elapsedMs;
  }

  monotonic(): number {
    return this.#elapsedMs;
  }

  after(delayMs: number, callback: () => void): Timer {
    const timer = { dueMs: this.#elapsedMs + Math.max(delayMs, 0), order: this.#order++, callback };
    this.#timers.add(timer);
    return { cancel: () => void this.#timers.delete(timer) };
  }

  /** Moves time by `ms`, firing what falls due on the way, and lets promises settle after each timer. */
  async advance(ms: number): Promise<void> {
    const targetMs = this.#elapsedMs + ms;
    for (let next = this.#next(); next !== undefined && next.dueMs <= targetMs; next = this.#next()) {
      this.#timers.delete(next);
      this.#elapsedMs = Math.max(this.#elapsedMs, next.dueMs);
      next.callback();
      await settle();
    }
    this.#elapsedMs = targetMs;
    await settle();
  }

  #next(): SimulatedTimer | undefined {
    let first: SimulatedTimer | undefined;
    for (const timer of this.#timers) {
      if (
        first === undefined ||
        timer.dueMs < first.dueMs ||
        (timer.dueMs === first.dueMs && timer.order < first.order)
      ) {
        first = timer;
      }
    }
    return first;
  }
}

/** Resolves once promise reactions that are due have run. */
function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
