import { describe, expect, it } from 'vitest';
import { type Crash, History, lives, STEPS } from './power-loss.ts';

/** `npm run test:crash` takes every step of several histories. */
const HISTORIES = Number(process.env.POWER_LOSS_HISTORIES ?? 1);
const STRIDE = process.env.POWER_LOSS_HISTORIES === undefined ? 4 : 1;
const FIRST_SEED = Number(process.env.SEED ?? 1);
const NEVER = Number.MAX_SAFE_INTEGER;
const DURABLE: Crash = { losesPower: true, flushMessages: 1 };
const UNFLUSHED: Crash = { losesPower: true, flushMessages: NEVER };

describe('a crash at any step of the disk, with rolls, retention, compaction and truncation going on', () => {
  it.each<[string, Crash]>([
    ['loses nothing acknowledged when the process is killed', { losesPower: false, flushMessages: NEVER }],
    ['loses nothing acknowledged by a power loss with flush.messages=1', DURABLE],
    ['leaves a state with everything flushed by a power loss', UNFLUSHED],
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

describe('histories in which something was lost once', () => {
  it.each<[string, number, number, Crash]>([
    ['a sealed segment trusted with the indexes it had before it was sealed', 2000, 68, DURABLE],
    ['a topic made again with records of the one before', 2006, 246, UNFLUSHED],
  ])('%s', (_, seed, step, crash) => lives(seed, step, crash));
});
