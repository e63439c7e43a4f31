/** What is counted of requests while they are served: two additions a request, and a clock only once somebody looks. */
import type { ErrorName } from '../../../protocol/errors.ts';
import type { Clock } from '../../platform/clock.ts';

/** Upper bounds in milliseconds; one more bucket holds what is above. */
export const TIME_BUCKETS_MS = [
  0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000,
] as const;

/** One API's requests. */
export class ApiStats {
  readonly name: string;
  /** By version. */
  readonly requests: number[];
  /** Requests that failed as a whole. Errors of single topics or partitions are in their answers. */
  readonly errors = new Map<ErrorName, number>();
  /** One for each of `TIME_BUCKETS_MS`, and one for the rest; not cumulative. */
  readonly times = new Array<number>(TIME_BUCKETS_MS.length + 1).fill(0);
  totalMs = 0;

  constructor(name: string, lastVersion: number) {
    this.name = name;
    this.requests = new Array<number>(lastVersion + 1).fill(0);
  }

  took(ms: number): void {
    let at = 0;
    while (at < TIME_BUCKETS_MS.length && ms > TIME_BUCKETS_MS[at]!) at++;
    this.times[at]!++;
    this.totalMs += ms;
  }

  failed(error: ErrorName): void {
    this.errors.set(error, (this.errors.get(error) ?? 0) + 1);
  }
}

/** All APIs' requests, of all listeners. */
export class RequestStats {
  readonly #clock: Clock;
  readonly #byName = new Map<string, ApiStats>();
  #isTimed = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** From now on requests are timed. */
  beginTiming(): void {
    this.#isTimed = true;
  }

  /** A moment in milliseconds, for `ApiStats.took`; NaN while nobody looks at times. */
  now(): number {
    return this.#isTimed ? this.#clock.monotonic() : Number.NaN;
  }

  of(name: string, lastVersion: number): ApiStats {
    let stats = this.#byName.get(name);
    if (stats === undefined) {
      stats = new ApiStats(name, lastVersion);
      this.#byName.set(name, stats);
    }
    return stats;
  }

  all(): Iterable<ApiStats> {
    return this.#byName.values();
  }
}
