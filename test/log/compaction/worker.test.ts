import { afterAll, describe, expect, it } from 'vitest';
import { jobErrors } from '../../../src/log/jobs.ts';
import { packageFile } from '../../../src/platform/package-file.ts';
import { seededRandom } from '../../../src/platform/random.ts';
import { WorkerExecutor } from '../../../src/platform/worker-executor.ts';
import { openLog } from '../fixture.ts';
import { compact, storedBatches } from './fixture.ts';
import { History } from './history.ts';

const executor = new WorkerExecutor({ file: packageFile('dist/samsa-worker.js')!, errors: jobErrors });
afterAll(() => executor.close());

const CONFIG = { cleanupPolicy: new Set(['compact'] as const), segmentBytes: 1500, indexIntervalBytes: 200 };

async function filled(seed: number) {
  const bench = await openLog(CONFIG);
  const random = seededRandom(seed);
  const history = new History(bench.log, () => random.float());
  for (let write = 0; write < 60; write++) await history.write();
  await history.settle();
  return bench;
}

describe('compaction in a worker thread', () => {
  it('leaves what it leaves on the event loop, byte for byte', { timeout: 60_000 }, async () => {
    for (let seed = 1; seed <= 20; seed++) {
      const [here, there] = [await filled(seed), await filled(seed)];
      const mapBytes = seed % 3 === 0 ? 24 * 12 : 1024 ** 2;
      const results = [
        await compact(here.log, here.clock, { mapBytes }),
        await compact(there.log, there.clock, { mapBytes, executor }),
      ];
      expect(results[1]!.endOffset, `seed ${seed}`).toEqual(results[0]!.endOffset);
      const [expected, found] = [await storedBatches(here.log), await storedBatches(there.log)];
      expect(
        found.map((batch) => batch.bytes().toString('hex')),
        `seed ${seed}`,
      ).toEqual(expected.map((batch) => batch.bytes().toString('hex')));
    }
    expect(executor.threadCount).toBe(1);
  });
});
