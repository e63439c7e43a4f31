/**
 * Long computations as a port: in worker threads in production (`worker-executor.ts`), in slices on the event loop in
 * tests, simulation and memory mode. A job is the same code in both: it knows its input only, and says where it may be
 * left off or has to wait.
 */
import type { Clock } from './clock.ts';

/** What a job waits for, in either way. */
export interface Wait {
  promise(): Promise<unknown>;
  /** Blocks the thread. */
  block(): void;
}

export interface Job<Input, Output> {
  /** By which a worker finds it. */
  readonly name: string;
  /**
   * Yields nothing every ms or so, where other work may go on; or what has to happen before it goes on. Input and output
   * cross threads as structured clones; it changes nothing of its input.
   */
  readonly run: (input: Input) => Generator<Wait | undefined, Output>;
}

export interface RunOptions {
  /** Gives up a job that has not begun, and the answer of one that has. */
  readonly signal?: AbortSignal | undefined;
  /** Of the input: memory that the caller has no more use for. */
  readonly transfer?: readonly ArrayBuffer[];
  /** For a job of seconds and more: it has a thread of its own, so that no other waits for it. */
  readonly isLong?: boolean;
}

export interface Executor {
  /**
   * Runs a job. Rejects with what it throws; with an `ExecutorError` when it was not run or not to its end; with the
   * signal's reason.
   */
  run<Input, Output>(job: Job<Input, Output>, input: Input, options?: RunOptions): Promise<Output>;
  /** Ends every job, and takes no more. */
  close(): Promise<void>;
}

export type ExecutorErrorCode = 'EXECUTOR_FULL' | 'EXECUTOR_CLOSED' | 'WORKER_DIED';

export class ExecutorError extends Error {
  override readonly name = 'ExecutorError';
  readonly code: ExecutorErrorCode;

  constructor(code: ExecutorErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** How long the event loop is held at a time, in ms. */
const SLICE_MS = 2;

export interface InlineExecutorOptions {
  readonly clock: Clock;
  /** Lets other work of the event loop go on. */
  readonly pause?: () => Promise<void>;
}

export class InlineExecutor implements Executor {
  readonly #clock: Clock;
  readonly #pause: () => Promise<void>;
  #sliceEndMs = 0;
  #isClosed = false;

  constructor({ clock, pause = nextTurn }: InlineExecutorOptions) {
    this.#clock = clock;
    this.#pause = pause;
  }

  async run<Input, Output>(job: Job<Input, Output>, input: Input, { signal }: RunOptions = {}): Promise<Output> {
    const steps = job.run(input);
    for (;;) {
      signal?.throwIfAborted();
      if (this.#isClosed) throw closed(job.name);
      const step = steps.next();
      if (step.done === true) return step.value;
      if (step.value !== undefined) await step.value.promise();
      else if (this.#clock.monotonic() >= this.#sliceEndMs) {
        await this.#pause();
        this.#sliceEndMs = this.#clock.monotonic() + SLICE_MS;
      }
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true;
  }
}

export function closed(job: string): ExecutorError {
  return new ExecutorError('EXECUTOR_CLOSED', `${job} was not run to its end: the executor was closed`);
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve));
}
