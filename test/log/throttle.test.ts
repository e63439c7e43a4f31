import { expect, it } from 'vitest';
import { Throttle } from '../../src/log/throttle.ts';
import { SimulatedClock } from '../../src/platform/clock.ts';

/** Sends pieces one after the other, waiting as it is told. */
async function send(throttle: Throttle, clock: SimulatedClock, pieces: number): Promise<void> {
  for (let piece = 0; piece < pieces; piece++) {
    const waitMs = throttle.spend(10_000, 100_000);
    if (waitMs > 0) await new Promise<void>((resolve) => void clock.after(waitMs, resolve));
  }
}

it.each([1, 4])('holds %i that go at the same time back to the rate that is allowed', async (count) => {
  const clock = new SimulatedClock();
  const startMs = clock.monotonic();
  const throttle = new Throttle(clock);
  let isDone = false;
  const sent = Promise.all(Array.from({ length: count }, () => send(throttle, clock, 100 / count))).then(() => {
    isDone = true;
  });
  while (!isDone) await clock.advance(10);
  await sent;
  const elapsedMs = clock.monotonic() - startMs;
  expect(elapsedMs).toBeGreaterThan(9_500);
  expect(elapsedMs).toBeLessThan(10_500);
});

it('lets what waited for long go at once for no more than a moment', async () => {
  const clock = new SimulatedClock();
  const throttle = new Throttle(clock);
  await clock.advance(60_000);
  expect(throttle.spend(30_000, 100_000)).toBe(0);
  expect(throttle.spend(10_000, 100_000)).toBeCloseTo(100);
});

it('never holds back what may go as fast as it can', async () => {
  const clock = new SimulatedClock();
  const throttle = new Throttle(clock);
  for (let piece = 0; piece < 100; piece++) {
    expect(throttle.spend(1024 ** 3, Number.MAX_VALUE)).toBe(0);
    await clock.advance(piece);
  }
});
