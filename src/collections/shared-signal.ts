/**
 * How a thread sleeps until another has changed something in memory that both share. The event loop sleeps without being
 * held; any other thread may block. One sleeper a signal. An event count: no wake-up is lost, and none costs more than a
 * load while nobody sleeps.
 */

/** Words of the shared array that one signal takes. */
export const SIGNAL_WORDS = 2;

export class SharedSignal {
  readonly #words: Int32Array;
  readonly #count: number;
  readonly #sleeper: number;

  /** @param at the first of the signal's words in `words`, which is over a SharedArrayBuffer */
  constructor(words: Int32Array, at: number) {
    this.#words = words;
    this.#count = at;
    this.#sleeper = at + 1;
  }

  /** Wakes the sleeper, if there is one. To be called after the change. */
  raise(): void {
    if (Atomics.load(this.#words, this.#sleeper) === 0) return;
    Atomics.add(this.#words, this.#count, 1);
    Atomics.notify(this.#words, this.#count);
  }

  /** Resolves when `holds` does. A promise that waits keeps no process alive. */
  async wait(holds: () => boolean): Promise<void> {
    while (!holds()) {
      const seen = this.#announce();
      if (!holds()) await Atomics.waitAsync(this.#words, this.#count, seen).value;
      this.#leave();
    }
  }

  /** Blocks the thread until `holds` does. */
  waitSync(holds: () => boolean): void {
    while (!holds()) {
      const seen = this.#announce();
      if (!holds()) Atomics.wait(this.#words, this.#count, seen);
      this.#leave();
    }
  }

  /** From here on every change raises the count above what is returned, so that a sleep on it ends, or never begins. */
  #announce(): number {
    const seen = Atomics.load(this.#words, this.#count);
    Atomics.store(this.#words, this.#sleeper, 1);
    return seen;
  }

  #leave(): void {
    Atomics.store(this.#words, this.#sleeper, 0);
  }
}
