import { type Clock, SystemClock, type Timer } from './clock.ts';

interface AdjustableTimer {
  /** Of this clock. */
  readonly dueMs: number;
  readonly order: number;
  readonly callback: () => void;
  inner: Timer;
}

/** The system's time, which a test can move ahead. */
export class AdjustableClock implements Clock {
  readonly #inner: Clock;
  readonly #timers = new Set<AdjustableTimer>();
  #aheadMs = 0;
  #order = 0;

  constructor(inner: Clock = new SystemClock()) {
    this.#inner = inner;
  }

  now(): number {
    return Math.floor(this.#inner.now() + this.#aheadMs);
  }

  monotonic(): number {
    return this.#inner.monotonic() + this.#aheadMs;
  }

  after(delayMs: number, callback: () => void): Timer {
    const dueMs = this.monotonic() + Math.max(delayMs, 0);
    const timer: AdjustableTimer = { dueMs, order: this.#order++, callback, inner: NO_TIMER };
    this.#arm(timer);
    return {
      cancel: () => {
        timer.inner.cancel();
        this.#timers.delete(timer);
      },
    };
  }

  /** Moves time ahead by `ms`, firing in their order the timers that fall due on the way, also those that they set. */
  async advance(ms: number): Promise<void> {
    if (!(ms >= 0)) throw new RangeError(`time goes ahead only, not by ${ms} ms`);
    const aheadMs = this.#aheadMs + ms;
    const targetMs = this.monotonic() + ms;
    for (let next = this.#next(); next !== undefined && next.dueMs <= targetMs; next = this.#next()) {
      this.#aheadMs += Math.max(0, next.dueMs - this.monotonic());
      this.#fire(next);
      await turn();
    }
    this.#aheadMs = Math.max(this.#aheadMs, aheadMs);
    for (const timer of [...this.#timers]) {
      timer.inner.cancel();
      this.#arm(timer);
    }
    await turn();
  }

  #arm(timer: AdjustableTimer): void {
    this.#timers.add(timer);
    timer.inner = this.#inner.after(timer.dueMs - this.monotonic(), () => this.#fire(timer));
  }

  #fire(timer: AdjustableTimer): void {
    timer.inner.cancel();
    if (this.#timers.delete(timer)) timer.callback();
  }

  #next(): AdjustableTimer | undefined {
    let first: AdjustableTimer | undefined;
    for (const timer of this.#timers) {
      const isSooner =
        first === undefined || timer.dueMs < first.dueMs || (timer.dueMs === first.dueMs && timer.order < first.order);
      if (isSooner) first = timer;
    }
    return first;
  }
}

const NO_TIMER: Timer = { cancel: () => {} };

/** Lets what the timers began get on. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
