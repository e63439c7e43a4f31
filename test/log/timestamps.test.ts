import { describe, expect, it } from 'vitest';
import { append, batch, NOW, openLog, values } from './fixture.ts';

/** Batches of one record each, three a segment, with these times. */
async function withTimes(times: readonly number[]) {
  const size = batch(['x']).length;
  const bench = await openLog({ segmentBytes: size * 3, indexIntervalBytes: 0 });
  for (const time of times) await append(bench.log, batch(['x'], { timestamp: NOW + time }));
  bench.log.updateHighWatermark(bench.log.logEndOffset);
  return bench;
}

/** The naive answer. */
function first(times: readonly number[], from: number, time: number): number | undefined {
  const found = times.findIndex((each, offset) => offset >= from && each >= time);
  return found < 0 ? undefined : found;
}

describe('offsetForTimestamp', () => {
  it.each([
    ['rising times', values('', 12).map((each) => Number(each) * 10)],
    ['equal times across segments', [0, 5, 5, 5, 5, 5, 5, 9, 9, 9, 9]],
    ['times out of order', [50, 10, 20, 5, 90, 30, 80, 85, 95, 1, 2, 3]],
  ])('finds the first record at or after a time, at every edge: %s', async (_, times) => {
    for (const from of [0, 2, 3, 4]) {
      for (const isReopened of [false, true]) {
        const { log: written, reopen } = await withTimes(times);
        written.incrementLogStartOffset(from);
        let log = written;
        if (isReopened) {
          await written.close();
          log = await reopen({ wasCleanlyClosed: true, logStartOffset: from });
        }
        for (let time = -1; time <= 100; time++) {
          const found = await log.offsetForTimestamp(NOW + time);
          expect(found?.offset, `time ${time} from ${from}`).toBe(first(times, from, time));
        }
      }
    }
  });

  it('looks into batches, and gives the record’s time and epoch', async () => {
    const { log } = await openLog();
    await append(log, batch(['a', 'b', 'c']), 'client', 6);
    expect(await log.offsetForTimestamp(NOW + 1)).toEqual({ offset: 1, timestamp: NOW + 1, leaderEpoch: 6 });
    expect(await log.offsetForTimestamp(NOW + 3)).toBeNull();
  });
});

describe('offsetOfMaxTimestamp', () => {
  it('is the first record with the highest time', async () => {
    const { log } = await withTimes([50, 10, 20, 5, 90, 30, 90, 85]);
    expect(await log.offsetOfMaxTimestamp()).toMatchObject({ offset: 4, timestamp: NOW + 90 });
  });

  it('is nothing in an empty log', async () => {
    const { log } = await openLog();
    expect(await log.offsetOfMaxTimestamp()).toBeNull();
  });
});
