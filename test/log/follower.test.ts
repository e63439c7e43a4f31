import { describe, expect, it } from 'vitest';
import { append, batch, openLog, produced, readAll, values } from './fixture.ts';

describe('a follower', () => {
  it('keeps offsets and epochs, and takes gaps', async () => {
    const { log } = await openLog();
    const records = Buffer.concat([
      batch(['a', 'b'], { baseOffset: 5, partitionLeaderEpoch: 1 }),
      batch(['c'], { baseOffset: 10, partitionLeaderEpoch: 3 }),
    ]);
    const cut = batch(['d'], { baseOffset: 11, partitionLeaderEpoch: 3 }).subarray(0, 40);
    await log.appendAsFollower(Buffer.concat([records, cut]));
    expect(log.logEndOffset).toBe(11);
    expect(await readAll(log)).toEqual([
      [5, 'a'],
      [6, 'b'],
      [10, 'c'],
    ]);
    expect((await readAll(log, 7)).length).toBe(1);
    expect(log.endOffsetForEpoch(1)).toEqual({ leaderEpoch: 1, endOffset: 10 });
    expect(log.endOffsetForEpoch(2)).toEqual({ leaderEpoch: 1, endOffset: 10 });
    expect(log.endOffsetForEpoch(3)).toEqual({ leaderEpoch: 3, endOffset: 11 });
    expect(log.endOffsetForEpoch(4)).toBeNull();
  });

  it('refuses offsets that it has, and batches out of order', async () => {
    const { log } = await openLog();
    await log.appendAsFollower(batch(['a', 'b']));
    await expect(log.appendAsFollower(batch(['b'], { baseOffset: 1 }))).rejects.toThrow('next offset is 2');
    const disordered = Buffer.concat([batch(['x'], { baseOffset: 4 }), batch(['y'], { baseOffset: 3 })]);
    await expect(log.appendAsFollower(disordered)).rejects.toMatchObject({ error: 'CORRUPT_MESSAGE' });
    expect(log.logEndOffset).toBe(2);
  });

  it.each([true, false])('truncates to any offset as a log that never had more (flushed: %s)', async (isFlushed) => {
    for (let offset = 0; offset <= 12; offset++) {
      const { log, reopen } = await openLog({ segmentBytes: 400, indexIntervalBytes: 0 });
      for (let at = 0; at < 6; at++) await append(log, produced(4, at * 2, values(`v${at}.`, 2)), 'client', at);
      if (isFlushed) await log.flush();
      log.updateHighWatermark(12);
      await log.truncateTo(offset);
      const whole = Math.floor(offset / 2) * 2;
      expect([log.logEndOffset, log.highWatermark]).toEqual([offset, offset]);
      expect(log.recoveryPoint).toBeLessThanOrEqual(offset);
      expect((await readAll(log)).length).toBe(whole);
      const next = produced(4, whole, ['new'], { baseOffset: offset, partitionLeaderEpoch: 9 });
      await log.appendAsFollower(next);
      expect((await readAll(log)).at(-1)).toEqual([offset, 'new']);
      expect(log.latestEpoch()).toBe(9);
      await log.abandon();
      const again = await reopen({ recoveryPoint: log.recoveryPoint });
      expect((await readAll(again)).length).toBe(whole + 1);
      expect(again.logEndOffset).toBe(offset + 1);
    }
  });

  it('truncates fully and starts at an offset', async () => {
    const { log, reopen } = await openLog();
    for (const value of values('v', 3)) await append(log, batch([value]));
    await log.truncateFullyAndStartAt(100);
    expect([log.logStartOffset, log.logEndOffset, log.highWatermark, log.latestEpoch()]).toEqual([
      100,
      100,
      100,
      undefined,
    ]);
    expect(await readAll(log)).toEqual([]);
    await append(log, batch(['w']));
    await log.close();
    expect(await readAll(await reopen({ wasCleanlyClosed: true }))).toEqual([[100, 'w']]);
  });

  it('whose log starts in the middle of a batch takes that batch whole', async () => {
    const { log } = await openLog();
    await log.truncateFullyAndStartAt(3);
    await log.appendAsFollower(batch(['a', 'b', 'c'], { baseOffset: 2 }));
    expect([log.logStartOffset, log.logEndOffset]).toEqual([3, 5]);
    expect(await readAll(log)).toEqual([
      [3, 'b'],
      [4, 'c'],
    ]);
  });
});
