/**
 * A log's one queue of work. Appends that wait are handed over together, in order; everything else that changes the log
 * (truncation, retention, closing) runs alone, in its turn.
 */
import { Ring } from '../collections/ring.ts';

interface Task {
  readonly run: () => Promise<void>;
}

export class WorkQueue<A> {
  readonly #items = new Ring<{ readonly append: A } | Task>();
  readonly #appendAll: (appends: A[]) => Promise<void> | undefined;
  readonly #schedule: (run: () => void) => void;
  #isBusy = false;

  /**
   * @param appendAll takes the appends that wait; it never fails. `undefined` when all was done without waiting
   * @param schedule when to look at the queue after something came: late enough for others of this tick to join
   */
  constructor(appendAll: (appends: A[]) => Promise<void> | undefined, schedule: (run: () => void) => void) {
    this.#appendAll = appendAll;
    this.#schedule = schedule;
  }

  append(append: A): void {
    this.#items.push({ append });
    this.#start();
  }

  /** Runs `run` when everything before it is done. */
  alone<T>(run: () => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#items.push({ run: () => run().then(resolve, reject) });
      this.#start();
    });
  }

  #start(): void {
    if (this.#isBusy) return;
    this.#isBusy = true;
    this.#schedule(this.#drain);
  }

  readonly #drain = (): void => {
    while (this.#items.length > 0) {
      const pending = this.#next();
      if (pending !== undefined) {
        // What runs here never rejects: appends and tasks carry their failures to their callers.
        void pending.then(this.#drain);
        return;
      }
    }
    this.#isBusy = false;
  };

  #next(): Promise<void> | undefined {
    const appends: A[] = [];
    for (let item = this.#items.at(0); item !== undefined; item = this.#items.at(0)) {
      if ('run' in item) {
        if (appends.length > 0) break;
        this.#items.shift();
        return item.run();
      }
      appends.push(item.append);
      this.#items.shift();
    }
    return this.#appendAll(appends);
  }
}
