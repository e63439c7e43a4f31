/**
 * A log's one queue of work. Appends that wait are handed over together, in order; everything else that changes the log
 * (truncation, retention, closing) runs alone, in its turn. An append that is still prepared elsewhere has its place, and
 * what comes behind it waits.
 */
import { Ring } from '../collections/ring.ts';

interface Task {
  readonly kind: 'task';
  readonly run: () => Promise<void>;
}

interface Append<A> {
  readonly kind: 'append';
  readonly append: A;
  /** `undefined` when nothing has to be waited for. */
  preparation: Promise<void> | undefined;
}

export class WorkQueue<A> {
  readonly #items = new Ring<Append<A> | Task>();
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

  /** @param preparation has to be over before the append is handed on; it never rejects */
  append(append: A, preparation?: Promise<void>): void {
    const item: Append<A> = { kind: 'append', append, preparation };
    if (preparation !== undefined) {
      void preparation.then(() => {
        item.preparation = undefined;
      });
    }
    this.#items.push(item);
    this.#start();
  }

  /** Runs `run` when everything before it is done. */
  alone<T>(run: () => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#items.push({ kind: 'task', run: () => run().then(resolve, reject) });
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
      if (item.kind === 'task') {
        if (appends.length > 0) break;
        this.#items.shift();
        return item.run();
      }
      if (item.preparation !== undefined) {
        if (appends.length > 0) break;
        return item.preparation;
      }
      appends.push(item.append);
      this.#items.shift();
    }
    return this.#appendAll(appends);
  }
}
