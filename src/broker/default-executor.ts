import { jobErrors } from '../log/jobs.ts';
import type { Clock } from '../platform/clock.ts';
import { type Executor, InlineExecutor, type Job, type RunOptions } from '../platform/executor.ts';
import type { Logger } from '../platform/logger.ts';
import { packageFile } from '../platform/package-file.ts';
import { WorkerExecutor } from '../platform/worker-executor.ts';

/** What the build makes of `src/worker.ts`. */
const WORKER_FILE = 'dist/samsa-worker.js';

/** Worker threads, chosen when there is a first job; the event loop where the worker's file was not installed. */
export class DefaultExecutor implements Executor {
  readonly #clock: Clock;
  readonly #logger: Logger;
  #chosen: Executor | undefined;

  constructor(clock: Clock, logger: Logger) {
    this.#clock = clock;
    this.#logger = logger;
  }

  run<Input, Output>(job: Job<Input, Output>, input: Input, options?: RunOptions): Promise<Output> {
    this.#chosen ??= this.#choose();
    return this.#chosen.run(job, input, options);
  }

  async close(): Promise<void> {
    this.#chosen ??= new InlineExecutor({ clock: this.#clock });
    await this.#chosen.close();
  }

  #choose(): Executor {
    const file = packageFile(WORKER_FILE);
    if (file !== undefined) return new WorkerExecutor({ file, errors: jobErrors });
    this.#logger.warn(
      { file: WORKER_FILE },
      'the worker of the package samsa is not installed beside this program: compaction and recompression take turns with the event loop; install the package with its dist, or build it',
    );
    return new InlineExecutor({ clock: this.#clock });
  }
}
