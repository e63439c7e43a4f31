import { spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { SystemClock } from '../../src/platform/clock.ts';
import { type Executor, InlineExecutor } from '../../src/platform/executor.ts';
import { WorkerExecutor, type WorkerExecutorOptions } from '../../src/platform/worker-executor.ts';
import { bundle } from '../support/worker.ts';
import { die, double, eat, errors, fail, flip, hold } from './executor-jobs.ts';

let directory: string;
let file: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'executor-'));
  file = join(directory, 'worker.cjs');
  await bundle('test/platform/executor-jobs.ts', { outfile: file });
});
afterAll(() => rm(directory, { recursive: true }));

function workers(options: Partial<WorkerExecutorOptions> = {}): WorkerExecutor {
  const executor = new WorkerExecutor({ file, errors, ...options });
  onTestFinished(() => executor.close());
  return executor;
}

function gate() {
  const words = new Int32Array(new SharedArrayBuffer(8));
  return {
    words,
    open: () => {
      Atomics.store(words, 0, 1);
      Atomics.notify(words, 0);
    },
    /** Resolves when so many jobs hold before the gate. */
    holding: async (count: number) => {
      for (let seen = Atomics.load(words, 1); seen < count; seen = Atomics.load(words, 1)) {
        await Atomics.waitAsync(words, 1, seen).value;
      }
    },
  };
}

describe.each<[string, () => Executor]>([
  ['worker threads', () => workers()],
  ['the event loop', () => new InlineExecutor({ clock: new SystemClock() })],
])('an executor of %s', (_, open) => {
  it('runs jobs and answers each with its own', async () => {
    const executor = open();
    const answers = await Promise.all(Array.from({ length: 50 }, (_each, n) => executor.run(double, n)));
    expect(answers).toEqual(Array.from({ length: 50 }, (_each, n) => 2 * n));
    const flipped = await executor.run(flip, Uint8Array.of(0, 1, 255));
    expect([...flipped]).toEqual([255, 254, 0]);
  });

  it('rejects with what the job throws, and goes on', async () => {
    const executor = open();
    await expect(executor.run(fail, 'too much')).rejects.toThrow(new RangeError('too much'));
    expect(await executor.run(double, 4)).toBe(8);
  });

  it('lets a job wait without holding the event loop', async () => {
    const executor = open();
    const { words, open: openGate, holding } = gate();
    const held = executor.run(hold, words);
    await holding(1);
    openGate();
    expect(await held).toBe('went on');
  });

  it('does not begin a job whose signal is aborted, and takes none after it was closed', async () => {
    const executor = open();
    await expect(executor.run(double, 1, { signal: AbortSignal.abort(new Error('in vain')) })).rejects.toThrow(
      'in vain',
    );
    await executor.close();
    await expect(executor.run(double, 1)).rejects.toMatchObject({ code: 'EXECUTOR_CLOSED' });
  });
});

describe('an executor of worker threads', () => {
  it('has no thread before the first job, one for jobs one after the other, and none when they have been idle', async () => {
    const executor = workers({ idleMs: 50 });
    expect(executor.threadCount).toBe(0);
    for (let n = 0; n < 20; n++) await executor.run(double, n);
    expect(executor.threadCount).toBe(1);
    const deadline = performance.now() + 10_000;
    while (executor.threadCount > 0 && performance.now() < deadline)
      await new Promise((resolve) => setTimeout(resolve, 5));
    expect(executor.threadCount).toBe(0);
    expect(await executor.run(double, 21)).toBe(42);
  });

  it('runs so many short jobs at a time, and long ones beside them', async () => {
    const executor = workers({ threads: 2 });
    const short = gate();
    const long = gate();
    const held = [1, 2, 3].map(() => executor.run(hold, short.words));
    const heldLong = [1, 2].map(() => executor.run(hold, long.words, { isLong: true }));
    await Promise.all([short.holding(2), long.holding(2)]);
    expect(executor.threadCount).toBe(4);
    expect(short.words[1]).toBe(2);
    short.open();
    long.open();
    await Promise.all([...held, ...heldLong]);
    expect(short.words[1]).toBe(3);
  });

  it('refuses what exceeds its queue, and runs what waits in order', async () => {
    const executor = workers({ threads: 1, queueLimit: 3 });
    const { words, open, holding } = gate();
    const order: number[] = [];
    const held = executor.run(hold, words);
    await holding(1);
    const waiting = [1, 2, 3].map((n) => executor.run(double, n).then((answer) => order.push(answer)));
    await expect(executor.run(double, 4)).rejects.toMatchObject({ code: 'EXECUTOR_FULL' });
    open();
    await Promise.all([held, ...waiting]);
    expect(order).toEqual([2, 4, 6]);
  });

  it('gives up a waiting job, and the answer of a running one, when its signal says so', async () => {
    const executor = workers({ threads: 1 });
    const { words, open, holding } = gate();
    const controller = new AbortController();
    const { signal } = controller;
    const running = executor.run(hold, words, { signal });
    await holding(1);
    const waiting = executor.run(double, 1, { signal });
    const other = executor.run(double, 2);
    controller.abort(new Error('in vain'));
    await expect(running).rejects.toThrow('in vain');
    await expect(waiting).rejects.toThrow('in vain');
    open();
    expect(await other).toBe(4);
  });

  it.each([
    ['ends', die],
    ['runs out of memory', eat],
  ])('fails the job whose worker %s, and no other', { timeout: 60_000 }, async (_, job) => {
    const executor = workers({ threads: 1, maxHeapMb: 32 });
    const outcomes = await Promise.allSettled([
      executor.run(double, 1),
      executor.run(job, null),
      executor.run(double, 2),
      executor.run(double, 3),
    ]);
    expect(outcomes.map((outcome) => (outcome.status === 'fulfilled' ? outcome.value : outcome.reason.code))).toEqual([
      2,
      'WORKER_DIED',
      4,
      6,
    ]);
  });

  it('fails everything when it is closed, at once and also what blocks its thread', async () => {
    const executor = workers({ threads: 1 });
    const { words, holding } = gate();
    const outcomes = Promise.allSettled([executor.run(hold, words), executor.run(double, 1)]);
    await holding(1);
    await executor.close();
    expect((await outcomes).map((outcome) => (outcome.status === 'rejected' ? outcome.reason.code : outcome))).toEqual([
      'EXECUTOR_CLOSED',
      'EXECUTOR_CLOSED',
    ]);
    expect(executor.threadCount).toBe(0);
  });

  it('keeps the process alive for a job, and not for an idle thread', async () => {
    const script = join(directory, 'main.cjs');
    await bundle('test/platform/executor-main.ts', { outfile: script });
    const startMs = performance.now();
    const { stdout, status } = spawnSync(process.execPath, [script, file], { encoding: 'utf8', timeout: 20_000 });
    expect([stdout, status]).toEqual(['42\n', 0]);
    // An idle thread lives for 10 s.
    expect(performance.now() - startMs).toBeLessThan(8000);
  });
});
