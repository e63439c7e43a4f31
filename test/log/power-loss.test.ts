import { describe, expect, it } from 'vitest';
import { type Crash, History } from './power-loss.ts';

/** `npm run test:crash` takes every step of several histories. */
const HISTORIES = Number(process.env.POWER_LOSS_HISTORIES ?? 1);
const STRIDE = process.env.POWER_LOSS_HISTORIES === undefined ? 4 : 1;
const FIRST_SEED = Number(process.env.SEED ?? 1);
const STEPS = 60;
const NEVER = Number.MAX_SAFE_INTEGER;

/** The crash comes at the step-th change of the disk; later another one at any. */
async function lives(seed: number, step: number, crash: Crash): Promise<void> {
  const history = new History(seed, step, crash);
  await history.begin();
  history.fs.powerOffAfter(step);
  await history.run(STEPS);
  await history.crashAndCheck();
  history.fs.powerOffAfter(1 + ((step * 37) % 200));
  await history.run(STEPS);
  await history.crashAndCheck();
  await history.stopAndLosePower();
  await history.end();
}

describe('a crash at any step of the disk, with rolls, retention, compaction and truncation going on', () => {
  it.each<[string, Crash]>([
    ['loses nothing acknowledged when the process is killed', { losesPower: false, flushMessages: NEVER }],
    ['loses nothing acknowledged by a power loss with flush.messages=1', { losesPower: true, flushMessages: 1 }],
    ['leaves a state with everything flushed by a power loss', { losesPower: true, flushMessages: NEVER }],
  ])('%s', { timeout: 1_800_000 }, async (_, crash) => {
    for (let seed = FIRST_SEED; seed < FIRST_SEED + HISTORIES; seed++) {
      const whole = new History(seed, 1, crash);
      await whole.begin();
      const from = whole.fs.mutations;
      await whole.run(STEPS);
      const steps = whole.fs.mutations - from;
      await whole.end();
      expect(steps).toBeGreaterThan(100);
      for (let step = 1; step <= steps; step += STRIDE) {
        await lives(seed, step, crash).catch((cause) => {
          throw new Error(`seed ${seed}, step ${step} of ${steps}: ${cause.message}`, { cause });
        });
      }
    }
  });
});
