import { describe, expect, it } from 'vitest';
import { MemoryFileSystem } from '../../../src/platform/memory-file-system.ts';
import { seededRandom } from '../../../src/platform/random.ts';
import { DIRECTORY, NOW, openLog, readAll } from '../fixture.ts';
import { compact } from './fixture.ts';
import { History } from './history.ts';

const CONFIG = {
  cleanupPolicy: new Set(['compact'] as const),
  segmentBytes: 1500,
  indexIntervalBytes: 200,
  fileDeleteDelayMs: 10,
};

/** A flushed log of many small segments with keys, tombstones and transactions; the same for every call. */
async function flushedLog(tracksDurability: boolean, crashSeed: number) {
  const fs = new MemoryFileSystem({ tracksDurability, random: seededRandom(crashSeed), now: () => NOW });
  const bench = await openLog(CONFIG, { fs });
  const random = seededRandom(11);
  const history = new History(bench.log, () => random.float());
  for (let write = 0; write < 45; write++) await history.write();
  await history.settle();
  // So that the segments are small, and neighbours become one.
  bench.log.updateConfig({ ...bench.log.config, segmentBytes: 4000 });
  await bench.log.flush();
  await bench.log.compactable.begin();
  await fs.syncDirectory(DIRECTORY);
  return { ...bench, history };
}

type Rows = readonly (readonly [number, string])[];

describe('a compaction that is cut short leaves the old segments or the new ones', () => {
  it.each([
    ['by kill -9', false, 1],
    ['by a power cut', true, 2],
  ])('%s, at any step', { timeout: 60_000 }, async (_, tracksDurability, crashSeeds) => {
    const whole = await flushedLog(false, 1);
    const before: Rows = await readAll(whole.log);
    const logEndOffset = whole.log.logEndOffset;
    const stepsBefore = whole.fs.mutations;
    await compact(whole.log, whole.clock);
    await whole.clock.advance(10);
    const steps = whole.fs.mutations - stepsBefore;
    const after: Rows = await readAll(whole.log);
    expect(after.length).toBeLessThan(before.length / 2);
    expect(steps).toBeGreaterThan(30);

    const outcomes = new Set<string>();
    for (let step = 1; step <= steps; step++) {
      for (let crashSeed = 1; crashSeed <= crashSeeds; crashSeed++) {
        const { log, fs, clock, reopen } = await flushedLog(tracksDurability, crashSeed);
        fs.powerOffAfter(step);
        await compact(log, clock).catch(() => {});
        await clock.advance(10);
        fs.crash();
        await log.abandon();
        const recovered = await reopen({ recoveryPoint: crashSeed % 2 === 0 ? logEndOffset : 0 });
        try {
          expect(recovered.logEndOffset).toBe(logEndOffset);
          const left = (await fs.list(DIRECTORY)).map(({ name }) => name);
          expect(left.filter((name) => /\.(cleaned|swap|deleted)$/.test(name))).toEqual([]);
          const found: Rows = await readAll(recovered);
          const offsets = new Set(found.map(([offset]) => offset));
          for (const [offset] of after) expect(offsets).toContain(offset);
          expect(before).toEqual(expect.arrayContaining([...found]));
          outcomes.add(found.length === before.length ? 'old' : found.length === after.length ? 'new' : 'between');
          // Done again it is as if nothing had been.
          recovered.updateHighWatermark(logEndOffset);
          await compact(recovered, clock);
          expect(await readAll(recovered)).toEqual(after);
        } catch (error) {
          throw new Error(`step ${step}, crash seed ${crashSeed}`, { cause: error });
        }
      }
    }
    expect(outcomes).toEqual(new Set(['old', 'between', 'new']));
  });
});
