/** One worker thread, which does one job at a time. While it has one it keeps the process alive, and else not. */
import { Worker } from 'node:worker_threads';
import { ExecutorError } from './executor.ts';
import type { ErrorCodec, JobMessage, OutcomeMessage } from './worker-messages.ts';

export interface WorkerThreadOptions {
  /** The worker's entry, a path. */
  readonly file: string;
  readonly errors: ErrorCodec;
  /** A job whose objects take more ends its thread, not the process. Buffers and typed arrays are not in it. */
  readonly maxHeapMb: number;
  /** The thread is gone, for whatever reason; its job was failed. */
  readonly onGone: (thread: WorkerThread) => void;
}

export class WorkerThread {
  readonly #worker: Worker;
  readonly #errors: ErrorCodec;
  #job:
    | { readonly name: string; readonly resolve: (output: never) => void; readonly reject: (error: Error) => void }
    | undefined;
  #isGone = false;

  constructor({ file, errors, maxHeapMb, onGone }: WorkerThreadOptions) {
    this.#errors = errors;
    // The process's own flags may be of a loader or a debugger that is none of the worker's.
    this.#worker = new Worker(file, {
      name: 'samsa-worker',
      execArgv: [],
      resourceLimits: { maxOldGenerationSizeMb: maxHeapMb },
    });
    this.#worker.unref();
    let failure: unknown;
    this.#worker.on('message', (outcome: OutcomeMessage) => this.#settle(outcome));
    this.#worker.on('messageerror', (error) => this.#fail(error));
    this.#worker.on('error', (error) => {
      failure = error;
    });
    this.#worker.on('exit', (code) => {
      this.#isGone = true;
      this.#fail(failure ?? new Error(`it ended with ${code}`));
      onGone(this);
    });
  }

  /** Rejects with what the job throws, or WORKER_DIED. */
  run<Output>(message: JobMessage, transfer: readonly ArrayBuffer[]): Promise<Output> {
    if (this.#job !== undefined) throw new Error(`the worker is busy with ${this.#job.name}`);
    return new Promise((resolve, reject) => {
      this.#job = { name: message.job, resolve, reject };
      if (this.#isGone) {
        this.#fail(new Error('it had ended before'));
        return;
      }
      this.#worker.ref();
      try {
        this.#worker.postMessage(message, [...transfer]);
      } catch (error) {
        this.#take()?.reject(new Error(`the input of ${message.job} cannot be sent to a worker`, { cause: error }));
      }
    });
  }

  /** Ends the thread, wherever it is; its job fails with `reason`. */
  async end(reason: Error): Promise<void> {
    this.#take()?.reject(reason);
    await this.#worker.terminate();
  }

  #settle(outcome: OutcomeMessage): void {
    const job = this.#take();
    if ('error' in outcome) job?.reject(this.#errors.decode(outcome.error));
    else job?.resolve(outcome.output as never);
  }

  #fail(cause: unknown): void {
    const job = this.#take();
    job?.reject(
      new ExecutorError('WORKER_DIED', `the worker thread died with the job ${job.name}: ${String(cause)}`, { cause }),
    );
  }

  #take() {
    const job = this.#job;
    this.#job = undefined;
    this.#worker.unref();
    return job;
  }
}
