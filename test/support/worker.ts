import { join } from 'node:path';
import { Worker, type WorkerOptions } from 'node:worker_threads';
import { type BuildOptions, build } from 'esbuild';

const root = join(import.meta.dirname, '..', '..');

/** A module of the tests as one file that Node runs. */
export function bundle(entry: string, options: BuildOptions) {
  return build({
    absWorkingDir: root,
    entryPoints: [entry],
    bundle: true,
    format: 'cjs',
    platform: 'node',
    target: 'node20.19',
    logLevel: 'warning',
    ...options,
  });
}

/** The module, ready to be run in worker threads. Returns what starts one. */
export async function workerOf(entry: string): Promise<(workerData: unknown, options?: WorkerOptions) => Worker> {
  const { outputFiles } = await bundle(entry, { write: false });
  const code = outputFiles![0]!.text;
  return (workerData, options = {}) => new Worker(code, { execArgv: [], ...options, workerData, eval: true });
}

/** Resolves when the worker has ended well, rejects with its failure. */
export function ended(worker: Worker): Promise<void> {
  return new Promise((resolve, reject) => {
    worker.once('error', reject);
    worker.once('exit', (code) => (code === 0 ? resolve() : reject(new Error(`the worker ended with ${code}`))));
  });
}
