import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TimerHeap } from '../../src/collections/timer-heap.ts';
import { type Clock, SimulatedClock, SystemClock, type Timer } from '../../src/platform/clock.ts';

/** A clock that says how many of its timers are set. */
class CountedClock extends SimulatedClock {
  set = 0;

  override after(delayMs: number, callback: () => void): Timer {
    this.set++;
    let isSet = true;
    const unset = (): void => {
      if (isSet) this.set--;
      isSet = false;
    };
    const timer = super.after(delayMs, () => {
      unset();
      callback();
    });
    return {
      cancel() {
        unset();
        timer.cancel();
      },
    };
  }
}

describe('timers in a heap', () => {
  it('fire at their time in the order of it, those due together in the order of their making', async () => {
    const clock = new SimulatedClock();
    const timers = new TimerHeap(clock);
    const fired: string[] = [];
    timers.after(20, () => fired.push(`b at ${clock.monotonic()}`));
    timers.after(20, () => fired.push(`c at ${clock.monotonic()}`));
    timers.after(10, () => fired.push(`a at ${clock.monotonic()}`));
    timers.after(-5, () => fired.push(`at once at ${clock.monotonic()}`));
    await clock.advance(19);
    expect(fired).toEqual(['at once at 0', 'a at 10']);
    await clock.advance(1);
    expect(fired.slice(2)).toEqual(['b at 20', 'c at 20']);
  });

  it('take one timer of the clock below, and none when nothing waits', async () => {
    const clock = new CountedClock();
    const timers = new TimerHeap(clock);
    const made = [30, 10, 20].map((ms) => timers.after(ms, () => {}));
    expect(clock.set).toBe(1);
    for (const timer of made) timer.cancel();
    expect([clock.set, timers.size]).toEqual([0, 0]);
    timers.after(10, () => {});
    await clock.advance(10);
    expect([clock.set, timers.size]).toEqual([0, 0]);
  });

  it('fire after any part of a millisecond, in a simulation too', async () => {
    for (const delayMs of [0.1, 0.7, 33.3, 1e-9]) {
      const clock = new SimulatedClock();
      const timers = new TimerHeap(clock);
      await clock.advance(1000);
      let fired = 0;
      timers.after(delayMs, () => fired++);
      await clock.advance(delayMs + 1);
      expect(fired).toBe(1);
    }
  });

  it('of a callback that throws, the others fire', async () => {
    const clock = new SimulatedClock();
    const timers = new TimerHeap(clock);
    let isFired = false;
    timers.after(10, () => {
      throw new Error('on purpose');
    });
    timers.after(10, () => {
      isFired = true;
    });
    await expect(clock.advance(10)).rejects.toThrow('on purpose');
    await clock.advance(0);
    expect(isFired).toBe(true);
  });

  it('set from a callback with no delay wait for the next turn', async () => {
    const clock = new SimulatedClock();
    const timers = new TimerHeap(clock);
    let rounds = 0;
    const again = (): void => {
      rounds++;
      if (rounds < 3) timers.after(0, again);
    };
    timers.after(0, again);
    await clock.advance(0);
    expect(rounds).toBe(3);
  });

  it('over the system’s clock fire no sooner than their time', async () => {
    const timers = new TimerHeap(new SystemClock());
    const startedAt = performance.now();
    const waits = [5, 1, 12, 12, 7];
    const late = await Promise.all(
      waits.map(
        (ms) => new Promise<number>((done) => timers.after(ms, () => done(performance.now() - startedAt - ms))),
      ),
    );
    expect(Math.min(...late)).toBeGreaterThanOrEqual(0);
  });

  it('of any history fire as those of a clock without a heap', async () => {
    const step = fc.oneof(
      fc.record({ set: fc.integer({ min: 0, max: 50 }) }),
      fc.record({ cancel: fc.nat() }),
      fc.record({ advance: fc.integer({ min: 0, max: 30 }) }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        const run = async (clock: SimulatedClock, timers: Clock): Promise<string[]> => {
          const fired: string[] = [];
          const made: Timer[] = [];
          for (const each of steps) {
            if ('set' in each) {
              const name = made.length;
              made.push(timers.after(each.set, () => fired.push(`${name} at ${clock.monotonic()}`)));
            } else if ('cancel' in each) made[each.cancel % made.length]?.cancel();
            else await clock.advance(each.advance);
          }
          await clock.advance(100);
          return fired;
        };
        const [plain, below] = [new SimulatedClock(), new SimulatedClock()];
        expect(await run(below, new TimerHeap(below))).toEqual(await run(plain, plain));
      }),
      { numRuns: 200 },
    );
  });
});
