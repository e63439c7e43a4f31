/** Virtual time: events in the order of their time, then of their making, each with all that follows from it at once. */
import type { Clock, Timer } from '../../../src/platform/clock.ts';
import type { Random } from '../../../src/platform/random.ts';

interface Event {
  readonly atMs: number;
  readonly order: number;
  run: (() => void) | null;
}

const MICROTASK_TURNS = 16;
const START_MS = 1_700_000_000_000;

export class Scheduler implements Clock {
  readonly random: Random;
  #nowMs = START_MS;
  #order = 0;
  readonly #heap: Event[] = [];
  events = 0;

  constructor(random: Random) {
    this.random = random;
  }

  now(): number {
    return this.#nowMs;
  }

  monotonic(): number {
    return this.#nowMs - START_MS;
  }

  after(delayMs: number, run: () => void): Timer {
    const event: Event = { atMs: this.#nowMs + Math.max(delayMs, 0), order: this.#order++, run };
    this.#push(event);
    return {
      cancel: () => {
        event.run = null;
      },
    };
  }

  /** Between `min` and `max`, both whole milliseconds. */
  between(min: number, max: number): number {
    return min + Math.floor(this.random.float() * (max - min + 1));
  }

  chance(probability: number): boolean {
    return this.random.float() < probability;
  }

  pick<T>(items: readonly T[]): T | undefined {
    return items[Math.floor(this.random.float() * items.length)];
  }

  /** Runs events until `untilMs` of virtual time has passed; `afterEach` looks at what each has made. */
  async run(untilMs: number, afterEach: () => void): Promise<void> {
    const endMs = START_MS + untilMs;
    for (let next = this.#heap[0]; next !== undefined && next.atMs <= endMs; next = this.#heap[0]) {
      this.#pop();
      if (next.run === null) continue;
      this.#nowMs = next.atMs;
      this.events++;
      next.run();
      // What falls into the same millisecond happens together.
      if (this.#heap[0]?.atMs === next.atMs) continue;
      await settle();
      afterEach();
    }
    this.#nowMs = endMs;
  }

  #push(event: Event): void {
    const heap = this.#heap;
    let at = heap.push(event) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!isBefore(event, heap[parent]!)) break;
      heap[at] = heap[parent]!;
      at = parent;
    }
    heap[at] = event;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop()!;
    if (heap.length === 0) return;
    let at = 0;
    for (let child = 1; child < heap.length; child = 2 * at + 1) {
      if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!)) child++;
      if (!isBefore(heap[child]!, last)) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = last;
  }
}

function isBefore(a: Event, b: Event): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);
}

/**
 * Long enough for the promise reactions that an event sets off. What should take longer goes on beside the next events,
 * in the same order for the same seed; a turn of the event loop, which would be sure, takes several times as long.
 */
async function settle(): Promise<void> {
  for (let turn = 0; turn < MICROTASK_TURNS; turn++) await undefined;
}
