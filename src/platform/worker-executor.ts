/**
 * Jobs in worker threads. A thread is started when there is a job and none is free, does not keep the process alive while
 * it has nothing to do, and is ended when that lasts: a broker that never compacts and never recompresses has none.
 */
import { availableParallelism } from 'node:os';
import { closed, type Executor, ExecutorError, type Job, type RunOptions } from './executor.ts';
import type { ErrorCodec } from './worker-messages.ts';
import { WorkerThread } from './worker-thread.ts';

export interface WorkerExecutorOptions {
  /** The worker's entry, a path: a module that calls `serveJobs`. */
  readonly file: string;
  readonly errors: ErrorCodec;
  /** Threads for short jobs; a long one has its own beside them. One core is the event loop's by default. */
  readonly threads?: number;
  /** Short jobs that wait for a thread at most. */
  readonly queueLimit?: number;
  /** How long a thread without a job is kept. */
  readonly idleMs?: number;
  /** For the objects of a job. */
  readonly maxHeapMb?: number;
}

const MAX_THREADS = 4;
const QUEUE_LIMIT = 256;
const IDLE_MS = 10_000;
/** A batch may hold 256 MiB, which are a buffer; its records are objects. */
const MAX_HEAP_MB = 1024;

interface Waiting {
  readonly start: (thread: WorkerThread) => void;
  readonly reject: (error: unknown) => void;
}

export class WorkerExecutor implements Executor {
  readonly #options: WorkerExecutorOptions;
  readonly #threads: number;
  readonly #queueLimit: number;
  /** All there are, ended ones left out. */
  readonly #all = new Set<WorkerThread>();
  /** Without a job, each with the timer that ends it; the one that had a job last is the last. */
  readonly #idle = new Map<WorkerThread, NodeJS.Timeout>();
  readonly #waiting = new Set<Waiting>();
  #running = 0;
  #isClosed = false;

  constructor(options: WorkerExecutorOptions) {
    this.#options = options;
    this.#threads = options.threads ?? Math.min(Math.max(availableParallelism() - 1, 1), MAX_THREADS);
    this.#queueLimit = options.queueLimit ?? QUEUE_LIMIT;
  }

  /** How many threads there are. */
  get threadCount(): number {
    return this.#all.size;
  }

  async run<Input, Output>(job: Job<Input, Output>, input: Input, options: RunOptions = {}): Promise<Output> {
    const { signal, transfer = [], isLong = false } = options;
    signal?.throwIfAborted();
    if (this.#isClosed) throw closed(job.name);
    const thread = isLong ? this.#take() : await this.#turn(job.name, signal);
    if (this.#isClosed) throw closed(job.name);
    const running = thread
      .run<Output>({ job: job.name, input }, transfer)
      .finally(() => (isLong ? this.#free(thread) : this.#next(thread)));
    return abandonable(running, signal);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    for (const { reject } of this.#waiting) reject(closed('a job'));
    this.#waiting.clear();
    for (const timer of this.#idle.values()) clearTimeout(timer);
    this.#idle.clear();
    await Promise.all([...this.#all].map((thread) => thread.end(closed('a job'))));
  }

  /** A thread for a short job, when it is its turn. */
  #turn(job: string, signal: AbortSignal | undefined): Promise<WorkerThread> {
    return new Promise((resolve, reject) => {
      if (this.#running < this.#threads) {
        resolve(this.#take());
        this.#running++;
        return;
      }
      if (this.#waiting.size >= this.#queueLimit) {
        reject(new ExecutorError('EXECUTOR_FULL', `${this.#queueLimit} jobs wait for a worker thread before ${job}`));
        return;
      }
      const abort = (): void => {
        if (this.#waiting.delete(waiting)) reject(signal?.reason);
      };
      const waiting: Waiting = {
        start: (thread) => {
          signal?.removeEventListener('abort', abort);
          resolve(thread);
        },
        reject,
      };
      signal?.addEventListener('abort', abort, { once: true });
      this.#waiting.add(waiting);
    });
  }

  /** A short job has ended: the next one's turn. */
  #next(thread: WorkerThread): void {
    this.#free(thread);
    const [waiting] = this.#waiting;
    if (waiting === undefined) {
      this.#running--;
      return;
    }
    this.#waiting.delete(waiting);
    try {
      waiting.start(this.#take());
    } catch (error) {
      this.#running--;
      waiting.reject(error);
    }
  }

  /** The thread that had a job last, or a new one. */
  #take(): WorkerThread {
    const free = [...this.#idle].at(-1);
    if (free !== undefined) {
      const [thread, timer] = free;
      clearTimeout(timer);
      this.#idle.delete(thread);
      return thread;
    }
    const { file, errors, maxHeapMb = MAX_HEAP_MB } = this.#options;
    const thread = new WorkerThread({ file, errors, maxHeapMb, onGone: (gone) => this.#forget(gone) });
    this.#all.add(thread);
    return thread;
  }

  #free(thread: WorkerThread): void {
    if (this.#isClosed || !this.#all.has(thread)) return;
    const timer = setTimeout(() => {
      this.#idle.delete(thread);
      void thread.end(closed('a job'));
    }, this.#options.idleMs ?? IDLE_MS);
    timer.unref();
    this.#idle.set(thread, timer);
  }

  #forget(thread: WorkerThread): void {
    this.#all.delete(thread);
    clearTimeout(this.#idle.get(thread));
    this.#idle.delete(thread);
  }
}

/** The promise, or the signal's reason when that is sooner. */
function abandonable<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return promise;
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason);
    signal.addEventListener('abort', abort, { once: true });
    const settled = (): void => signal.removeEventListener('abort', abort);
    void promise.then(resolve, reject).then(settled);
  });
}
