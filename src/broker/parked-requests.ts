import type { Clock, Timer } from '../platform/clock.ts';

/** A request that waits for something to happen to what it watches. */
export interface ParkedRequest {
  /** What it waits on: partitions' names, groups … */
  readonly keys: readonly string[];
  readonly timeoutMs: number;
  /** True once the wait is over. Asked of a key when it stirs, and once of all, without one. Must be cheap. */
  isSatisfied(key?: string): boolean;
  /** Called exactly once: satisfied, timed out, or the broker stops. */
  complete(): void;
}

interface Entry {
  readonly request: ParkedRequest;
  timer: Timer | undefined;
  done: boolean;
}

/**
 * Requests parked until a key they watch stirs or their time is over: Kafka's purgatory. Each completes exactly once.
 */
export class ParkedRequests {
  readonly #clock: Clock;
  readonly #byKey = new Map<string, Set<Entry>>();
  readonly #entries = new Set<Entry>();
  #isClosed = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** Parks `request`, unless it is satisfied by now. Returns a function that gives it up without completing it. */
  park(request: ParkedRequest): () => void {
    const entry: Entry = { request, timer: undefined, done: false };
    this.#entries.add(entry);
    for (const key of request.keys) {
      let watchers = this.#byKey.get(key);
      if (watchers === undefined) {
        watchers = new Set();
        this.#byKey.set(key, watchers);
      }
      watchers.add(entry);
    }
    // Looked at once more after the keys are watched, so that nothing falls in between.
    if (this.#isClosed || request.timeoutMs <= 0 || request.isSatisfied()) this.#finish(entry);
    else entry.timer = this.#clock.after(request.timeoutMs, () => this.#finish(entry));
    return () => this.#remove(entry);
  }

  /** Something happened to `key`. */
  stir(key: string): void {
    const watchers = this.#byKey.get(key);
    if (watchers === undefined) return;
    for (const entry of [...watchers]) if (entry.request.isSatisfied(key)) this.#finish(entry);
  }

  /** Completes everything, now and from now on. */
  close(): void {
    this.#isClosed = true;
    for (const entry of [...this.#entries]) this.#finish(entry);
  }

  #finish(entry: Entry): void {
    if (this.#remove(entry)) entry.request.complete();
  }

  #remove(entry: Entry): boolean {
    if (entry.done) return false;
    entry.done = true;
    entry.timer?.cancel();
    this.#entries.delete(entry);
    for (const key of entry.request.keys) {
      const watchers = this.#byKey.get(key);
      if (watchers?.delete(entry) && watchers.size === 0) this.#byKey.delete(key);
    }
    return true;
  }
}
