import { describe, expect, it } from 'vitest';
import { ParkedRequests } from '../../src/broker/parked-requests.ts';
import { SimulatedClock } from '../../src/platform/clock.ts';

function parked(clock = new SimulatedClock()) {
  const requests = new ParkedRequests(clock);
  const completed: string[] = [];
  const park = (name: string, keys: string[], timeoutMs: number, isSatisfied: () => boolean) =>
    requests.park({ keys, timeoutMs, isSatisfied, complete: () => completed.push(name) });
  return { clock, requests, completed, park };
}

describe('parked requests', () => {
  it('complete once when a watched key stirs and the wait is over', async () => {
    const { clock, requests, completed, park } = parked();
    let isThere = false;
    park('fetch', ['a-0', 'a-1'], 500, () => isThere);
    requests.stir('a-0');
    expect(completed).toEqual([]);
    isThere = true;
    requests.stir('b-0');
    expect(completed).toEqual([]);
    requests.stir('a-1');
    requests.stir('a-0');
    await clock.advance(1000);
    expect(completed).toEqual(['fetch']);
    expect(requests.size).toBe(0);
  });

  it('complete at their time-out and not before', async () => {
    const { clock, completed, park } = parked();
    park('fetch', ['a-0'], 500, () => false);
    await clock.advance(499);
    expect(completed).toEqual([]);
    await clock.advance(1);
    expect(completed).toEqual(['fetch']);
  });

  it('complete at once when satisfied while being parked', () => {
    const { completed, park } = parked();
    park('fetch', ['a-0'], 500, () => true);
    expect(completed).toEqual(['fetch']);
  });

  it('are forgotten without completing when given up', async () => {
    const { clock, requests, completed, park } = parked();
    const giveUp = park('fetch', ['a-0'], 500, () => true && completed.length > 99);
    giveUp();
    giveUp();
    requests.stir('a-0');
    await clock.advance(1000);
    expect(completed).toEqual([]);
    expect(requests.size).toBe(0);
  });

  it('complete when the broker stops, and from then on at once', () => {
    const { requests, completed, park } = parked();
    park('first', ['a-0'], 500, () => false);
    requests.close();
    park('second', ['a-0'], 500, () => false);
    expect(completed).toEqual(['first', 'second']);
  });

  it('stirred while one completes do not complete twice', () => {
    const clock = new SimulatedClock();
    const requests = new ParkedRequests(clock);
    let completions = 0;
    let isThere = false;
    requests.park({
      keys: ['a-0'],
      timeoutMs: 500,
      isSatisfied: () => isThere,
      complete: () => {
        completions++;
        requests.stir('a-0');
      },
    });
    isThere = true;
    requests.stir('a-0');
    expect(completions).toBe(1);
  });
});
