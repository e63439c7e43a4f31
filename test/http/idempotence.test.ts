import { describe, expect, test } from 'vitest';
import { Idempotence } from '../../src/http/idempotence.ts';
import { SimulatedClock } from '../../src/platform/clock.ts';

const answer = (text: string) => async () => ({ status: 200, text });

describe('idempotence keys', () => {
  test('are forgotten when their time is over', async () => {
    const clock = new SimulatedClock();
    const kept = new Idempotence({ maxBytes: 100_000, keepMs: 1000 }, clock);
    await kept.once('k', {}, answer('first'));
    await clock.advance(999);
    expect((await kept.once('k', {}, answer('second'))).text).toBe('first');
    await clock.advance(1);
    expect((await kept.once('k', {}, answer('third'))).text).toBe('third');
  });

  test('take no more memory than they may: the oldest go', async () => {
    const kept = new Idempotence({ maxBytes: 100_000, keepMs: 1000 }, new SimulatedClock());
    for (let i = 0; i < 1000; i++) {
      await kept.once(`k${i}`, {}, answer('x'.repeat(1000)));
      expect(kept.bytes).toBeLessThanOrEqual(100_000);
    }
    expect((await kept.once('k999', {}, answer('again'))).isRepeat).toBe(true);
    expect((await kept.once('k0', {}, answer('again'))).isRepeat).toBe(false);
  });

  test('of requests under way are kept, whatever their number; those of failed ones are not', async () => {
    const kept = new Idempotence({ maxBytes: 0, keepMs: 1000 }, new SimulatedClock());
    let resolve!: (answer: { status: number; text: string }) => void;
    const promise = new Promise<{ status: number; text: string }>((fulfil) => {
      resolve = fulfil;
    });
    const first = kept.once('k', {}, () => promise);
    const second = kept.once('k', {}, answer('another'));
    resolve({ status: 207, text: 'one' });
    expect(await first).toEqual({ status: 207, text: 'one', isRepeat: false });
    expect(await second).toEqual({ status: 207, text: 'one', isRepeat: true });
    expect(kept.bytes).toBe(0);
    await expect(kept.once('bad', {}, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(kept.bytes).toBe(0);
  });
});
