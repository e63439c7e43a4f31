/** What is done by the clock: each task again and again, one run at a time, until all are stopped. */
import type { Clock, Timer } from '../platform/clock.ts';
import type { Logger } from '../platform/logger.ts';

export class PeriodicTasks {
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #timers = new Map<string, Timer>();
  #isStopped = false;

  constructor(clock: Clock, logger: Logger) {
    this.#clock = clock;
    this.#logger = logger;
  }

  /** A failed run is logged, and the next one tries again. */
  every(name: string, intervalMs: number, run: () => Promise<unknown>): void {
    const again = (): void => {
      if (this.#isStopped) return;
      this.#timers.set(
        name,
        this.#clock.after(intervalMs, () => {
          run()
            .catch((err: unknown) => this.#logger.warn({ err, task: name }, `the periodic task ${name} failed`))
            .finally(again);
        }),
      );
    };
    again();
  }

  stop(): void {
    this.#isStopped = true;
    for (const timer of this.#timers.values()) timer.cancel();
  }
}
