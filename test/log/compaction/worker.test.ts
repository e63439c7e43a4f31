import { afterAll, describe, expect, it } from 'vitest';
import { CompactionAborted } from '../../../src/log/compaction/compactable-log.ts';
import { jobErrors } from '../../../src/log/jobs.ts';
import type { Log } from '../../../src/log/log.ts';
import { type Executor, ExecutorError, type Job, type RunOptions } from '../../../src/platform/executor.ts';
import { packageFile } from '../../../src/platform/package-file.ts';
import { seededRandom } from '../../../src/platform/random.ts';
import { WorkerExecutor } from '../../../src/platform/worker-executor.ts';
import { DIRECTORY, openLog, readAll } from '../fixture.ts';
import { compact, storedBatches } from './fixture.ts';
import { History } from './history.ts';

const executor = new WorkerExecutor({ file: packageFile('dist/samsa-worker.js')!, errors: jobErrors });
afterAll(() => executor.close());

const CONFIG = {
  cleanupPolicy: new Set(['compact'] as const),
  segmentBytes: 1500,
  indexIntervalBytes: 200,
  fileDeleteDelayMs: 10,
};

/** A log of many segments, the same for a seed. */
async function filled(seed: number) {
  const bench = await openLog(CONFIG);
  const random = seededRandom(seed);
  const history = new History(bench.log, () => random.float());
  for (let write = 0; write < 60; write++) await history.write();
  await history.settle();
  bench.log.updateConfig({ ...bench.log.config, segmentBytes: 4000 });
  return bench;
}

async function bytesOf(log: Log): Promise<string[]> {
  return (await storedBatches(log)).map((batch) => batch.bytes().toString('hex'));
}

/** Its worker dies when it is told to. */
class MortalExecutor implements Executor {
  #kill: () => void = () => {};

  run<Input, Output>(job: Job<Input, Output>, input: Input, options?: RunOptions): Promise<Output> {
    const died = new Promise<never>((_, reject) => {
      this.#kill = () => reject(new ExecutorError('WORKER_DIED', 'the worker thread died'));
    });
    return Promise.race([executor.run(job, input, options), died]);
  }

  kill(): void {
    this.#kill();
  }

  async close(): Promise<void> {}
}

describe('compaction in a worker thread', () => {
  it('leaves what it leaves on the event loop, byte for byte', { timeout: 60_000 }, async () => {
    for (let seed = 1; seed <= 20; seed++) {
      const [here, there] = [await filled(seed), await filled(seed)];
      const mapBytes = seed % 3 === 0 ? 24 * 12 : 1024 ** 2;
      const expected = await compact(here.log, here.clock, { mapBytes });
      const found = await compact(there.log, there.clock, { mapBytes, executor });
      expect(found.endOffset, `seed ${seed}`).toBe(expected.endOffset);
      expect(await bytesOf(there.log), `seed ${seed}`).toEqual(await bytesOf(here.log));
    }
    expect(executor.threadCount).toBe(1);
  });

  const stop = { isAsked: false };
  const mortal = new MortalExecutor();
  it.each<[string, (log: Log) => unknown, object]>([
    ['its worker dies', () => mortal.kill(), { code: 'WORKER_DIED' }],
    [
      'the broker stops',
      () => {
        stop.isAsked = true;
      },
      { code: 'COMPACTION_ABORTED' },
    ],
    ['the log is truncated', (log) => log.truncateTo(log.logEndOffset - 1), { code: 'COMPACTION_ABORTED' }],
    ['the log is deleted', (log) => log.moveAway('/data/orders-0.gone-delete'), { code: 'COMPACTION_ABORTED' }],
    [
      'the topic is compacted no more',
      (log) => log.updateConfig({ ...log.config, cleanupPolicy: new Set(['delete']) }),
      { code: 'COMPACTION_ABORTED' },
    ],
  ])('leaves whole segments, old or new, when %s at any step', { timeout: 120_000 }, async (_, interrupt, error) => {
    const whole = await filled(3);
    const before = await readAll(whole.log);
    let steps = 0;
    await compact(whole.log, whole.clock, {
      executor,
      throttle: async () => {
        steps++;
      },
    });
    const after = await readAll(whole.log);
    expect(after.length).toBeLessThan(before.length / 2);
    expect(steps).toBeGreaterThan(10);

    for (let step = 1; step <= steps; step++) {
      const { log, clock, fs } = await filled(3);
      const end = log.logEndOffset;
      stop.isAsked = false;
      let at = 0;
      const outcome = await compact(log, clock, {
        executor: mortal,
        throttle: async () => {
          if (++at === step) await interrupt(log);
        },
        checkStopped: () => {
          if (stop.isAsked) throw new CompactionAborted('the broker stops');
        },
      }).catch((failure) => failure);
      // What comes after the last step that is checked may still be done.
      if (step < steps - 2) expect(outcome, `step ${step}`).toMatchObject(error);
      await clock.advance(10);
      const directory = (await fs.exists(DIRECTORY)) ? DIRECTORY : '/data/orders-0.gone-delete';
      const names = (await fs.list(directory)).map(({ name }) => name);
      expect(names.filter((name) => /\.(cleaned|swap|deleted)$/.test(name))).toEqual([]);
      const found = await readAll(log);
      const offsets = new Set(found.map(([offset]) => offset));
      for (const [offset] of after) if (offset < end - 1) expect(offsets, `step ${step}`).toContain(offset);
      expect(before).toEqual(expect.arrayContaining(found));
      if (log.isClosed || !log.config.cleanupPolicy.has('compact') || log.logEndOffset < end) continue;
      // Done again it is as if nothing had been.
      await compact(log, clock, { executor });
      expect(await readAll(log), `step ${step}`).toEqual(after);
    }
  });
});
