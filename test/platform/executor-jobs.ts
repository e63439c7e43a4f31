/** Jobs for the tests of executors; as a worker, what runs them. */
import { isMainThread } from 'node:worker_threads';
import type { Job } from '../../src/platform/executor.ts';
import { serveJobs } from '../../src/platform/worker-host.ts';
import type { ErrorCodec } from '../../src/platform/worker-messages.ts';

export const double: Job<number, number> = {
  name: 'double',
  *run(input) {
    yield;
    return input * 2;
  },
};

export const fail: Job<string, never> = {
  name: 'fail',
  // biome-ignore lint/correctness/useYield: it fails before it could.
  *run(message) {
    throw new RangeError(message);
  },
};

/** Ends its thread, as a fault in a native library would end it. */
export const die: Job<null, void> = {
  name: 'die',
  // biome-ignore lint/correctness/useYield: it dies before it could.
  *run() {
    process.exit(3);
  },
};

/** Fills the heap. */
export const eat: Job<null, void> = {
  name: 'eat',
  *run() {
    for (const eaten: object[] = []; ; yield) for (let n = 0; n < 10_000; n++) eaten.push({ n, text: `${n}` });
  },
};

/** Writes down that it runs, and waits until it may go on. */
export const hold: Job<Int32Array, string> = {
  name: 'hold',
  *run(gate) {
    Atomics.add(gate, 1, 1);
    Atomics.notify(gate, 1);
    yield {
      promise: async () => Atomics.waitAsync(gate, 0, 0).value,
      block: () => void Atomics.wait(gate, 0, 0),
    };
    return 'went on';
  },
};

export const flip: Job<Uint8Array, Uint8Array> = {
  name: 'flip',
  *run(bytes) {
    return bytes.map((byte) => byte ^ 0xff);
  },
};

interface Plain {
  readonly name: string;
  readonly message: string;
}

export const errors: ErrorCodec<Plain> = {
  encode: (error) =>
    error instanceof Error ? { name: error.name, message: error.message } : { name: 'none', message: String(error) },
  decode: ({ name, message }) => (name === 'RangeError' ? new RangeError(message) : new Error(message)),
};

if (!isMainThread) serveJobs([double, fail, die, eat, hold, flip], errors);
