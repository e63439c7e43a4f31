/**
 * Timers in a heap behind one timer of the clock below. Parked fetches, members' sessions and writes have one each, and
 * nearly all are cancelled: such an entry stays where it is until as many are dead as alive, so that making and cancelling
 * take constant time, where `setTimeout` has a list for each delay (`bench/micro/timers.mjs`).
 */
import type { Clock, Timer } from '../platform/clock.ts';

/** Fewer dead entries are not worth a sweep. */
const FEWEST_SWEPT = 64;

export class TimerHeap implements Clock {
  readonly #clock: Clock;
  /** Each due no later than the two whose parent it is, those at twice its index and one and two more. */
  #entries: Entry[] = [];
  #dead = 0;
  #made = 0;
  #alarm: Timer | undefined;
  /** When the alarm goes off. What it was set for may be dead by then. */
  #alarmMs = Number.POSITIVE_INFINITY;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** How many timers wait. */
  get size(): number {
    return this.#entries.length - this.#dead;
  }

  now(): number {
    return this.#clock.now();
  }

  monotonic(): number {
    return this.#clock.monotonic();
  }

  after(delayMs: number, callback: () => void): Timer {
    const dueMs = this.#clock.monotonic() + Math.max(delayMs, 0);
    const entry: Entry = { dueMs, order: this.#made++, callback };
    rise(this.#entries, entry);
    if (dueMs < this.#alarmMs) this.#setAlarm(dueMs);
    return { cancel: () => this.#cancel(entry) };
  }

  #cancel(entry: Entry): void {
    if (entry.callback === null) return;
    entry.callback = null;
    this.#dead++;
    if (this.size === 0) this.#clear();
    else if (this.#dead > Math.max(this.size, FEWEST_SWEPT)) this.#sweep();
  }

  /** With nothing to wait for, the process may end. */
  #clear(): void {
    this.#entries = [];
    this.#dead = 0;
    this.#alarm?.cancel();
    this.#alarmMs = Number.POSITIVE_INFINITY;
  }

  #sweep(): void {
    this.#entries = this.#entries.filter(({ callback }) => callback !== null);
    this.#dead = 0;
    for (let at = (this.#entries.length >> 1) - 1; at >= 0; at--) sink(this.#entries, this.#entries[at]!, at);
  }

  #setAlarm(dueMs: number): void {
    this.#alarm?.cancel();
    this.#alarmMs = dueMs;
    this.#alarm = this.#clock.after(dueMs - this.#clock.monotonic(), () => this.#ring());
  }

  /** Fires what is due, but for what the callbacks add. */
  #ring(): void {
    this.#alarmMs = Number.POSITIVE_INFINITY;
    const nowMs = this.#clock.monotonic();
    const made = this.#made;
    try {
      for (let first = this.#first(); first !== undefined && isDue(first, nowMs, made); first = this.#first()) {
        removeFirst(this.#entries);
        const { callback } = first;
        // What fired cannot be cancelled.
        first.callback = null;
        callback?.();
      }
    } finally {
      const next = this.#first();
      if (next !== undefined && next.dueMs < this.#alarmMs) this.#setAlarm(next.dueMs);
    }
  }

  /** The living entry that is due first; the dead before it go. */
  #first(): Entry | undefined {
    for (let first = this.#entries[0]; first !== undefined; first = this.#entries[0]) {
      if (first.callback !== null) return first;
      removeFirst(this.#entries);
      this.#dead--;
    }
    return undefined;
  }
}

interface Entry {
  readonly dueMs: number;
  /** How many were made before: of those due together the first made is the first to fire. */
  readonly order: number;
  /** Null once it fired or was cancelled. */
  callback: (() => void) | null;
}

function isBefore(one: Entry, other: Entry): boolean {
  return one.dueMs < other.dueMs || (one.dueMs === other.dueMs && one.order < other.order);
}

function isDue({ dueMs, order }: Entry, nowMs: number, made: number): boolean {
  return dueMs <= nowMs && order < made;
}

/** Adds `entry`, moving down what is due later. */
function rise(entries: Entry[], entry: Entry): void {
  let at = entries.length;
  while (at > 0) {
    const above = (at - 1) >> 1;
    const parent = entries[above]!;
    if (!isBefore(entry, parent)) break;
    entries[at] = parent;
    at = above;
  }
  entries[at] = entry;
}

/** Puts `entry` at `place` or below, moving up what is due sooner. */
function sink(entries: Entry[], entry: Entry, place: number): void {
  const count = entries.length;
  let at = place;
  for (let below = 2 * at + 1; below < count; below = 2 * at + 1) {
    if (below + 1 < count && isBefore(entries[below + 1]!, entries[below]!)) below++;
    const child = entries[below]!;
    if (!isBefore(child, entry)) break;
    entries[at] = child;
    at = below;
  }
  entries[at] = entry;
}

function removeFirst(entries: Entry[]): void {
  const last = entries.pop()!;
  if (entries.length > 0) sink(entries, last, 0);
}
