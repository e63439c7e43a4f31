import { expect, it } from 'vitest';
import { Throttle } from '../../../src/log/compaction/throttle.ts';
import { SimulatedClock } from '../../../src/platform/clock.ts';

it('holds reads and writes back to the rate that is allowed', async () => {
  const clock = new SimulatedClock();
  const startMs = clock.monotonic();
  const throttle = new Throttle(clock, (ms) => clock.advance(ms));
  for (let piece = 0; piece < 100; piece++) await throttle.spend(10_000, 100_000);
  const elapsedMs = clock.monotonic() - startMs;
  expect(elapsedMs).toBeGreaterThan(9_500);
  expect(elapsedMs).toBeLessThan(10_500);
});

it('never holds back what may go as fast as it can', async () => {
  const clock = new SimulatedClock();
  const throttle = new Throttle(clock, () => Promise.reject(new Error('held back')));
  for (let piece = 0; piece < 100; piece++) {
    await throttle.spend(1024 ** 3, Number.MAX_VALUE);
    await clock.advance(piece);
  }
});
