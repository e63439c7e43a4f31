/** What is done beside the requests, once or from time to time; a failure is logged, and the next time comes all the same. */
import type { Clock, Timer } from '../platform/clock.ts';
import type { Logger } from '../platform/logger.ts';

export class BackgroundTasks {
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #timers = new Set<Timer>();
  readonly #running = new Set<Promise<void>>();
  #isStopped = false;

  constructor(clock: Clock, logger: Logger) {
    this.#clock = clock;
    this.#logger = logger;
  }

  start(what: string, run: () => Promise<void>): void {
    const task = run()
      .catch((error) => this.#logger.error({ err: error }, `${what} failed`))
      .finally(() => void this.#running.delete(task));
    this.#running.add(task);
  }

  /** The interval begins anew when a run is over. */
  every(intervalMs: number, what: string, run: () => Promise<void>, firstDelayMs = intervalMs): void {
    const arm = (delayMs: number): void => {
      const timer = this.#clock.after(delayMs, () => {
        this.#timers.delete(timer);
        if (this.#isStopped) return;
        this.start(what, async () => {
          try {
            await run();
          } finally {
            if (!this.#isStopped) arm(intervalMs);
          }
        });
      });
      this.#timers.add(timer);
    };
    arm(Math.min(firstDelayMs, intervalMs));
  }

  /** Nothing begins any more from time to time. */
  stop(): void {
    this.#isStopped = true;
    for (const timer of this.#timers) timer.cancel();
    this.#timers.clear();
  }

  /** Resolves when nothing runs that was started by now. */
  async settled(): Promise<void> {
    await Promise.all(this.#running);
  }
}
