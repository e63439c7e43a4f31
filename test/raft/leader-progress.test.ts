import { describe, expect, it } from 'vitest';
import { LeaderProgress } from '../../src/raft/leader-progress.ts';
import type { Voters } from '../../src/raft/logged-batch.ts';

const directory = (id: number) => `${'A'.repeat(20)}${id}A`;
const key = (id: number) => ({ id, directoryId: directory(id) });
const voters = (...ids: number[]): Voters =>
  ids.map((id) => ({
    voterId: id,
    voterDirectoryId: directory(id),
    endpoints: [],
    kRaftVersionFeature: { minSupportedVersion: 0, maxSupportedVersion: 1 },
  }));

/** Node 1 leads an epoch that began at offset 10. */
function leader(nowMs = 1000): LeaderProgress {
  return new LeaderProgress({ local: key(1), epochStartOffset: 10, granting: [1, 2], fetchTimeoutMs: 2000, nowMs });
}

describe('the high watermark', () => {
  it('is what a majority has flushed, once that is of this epoch', () => {
    const progress = leader();
    expect(progress.flushed(15, voters(1, 2, 3))).toBe(false);
    // Replicated to a majority, but all of it of earlier epochs.
    expect(progress.fetched(key(2), 10, 15, 1001, voters(1, 2, 3))).toBe(false);
    expect(progress.highWatermark).toBeUndefined();
    expect(progress.fetched(key(2), 11, 15, 1002, voters(1, 2, 3))).toBe(true);
    expect(progress.highWatermark).toBe(11);
    expect(progress.fetched(key(3), 15, 15, 1003, voters(1, 2, 3))).toBe(true);
    expect(progress.highWatermark).toBe(15);
  });

  it('never goes back, whatever a replica says', () => {
    const progress = leader();
    progress.flushed(20, voters(1, 2, 3));
    progress.fetched(key(2), 20, 20, 1001, voters(1, 2, 3));
    progress.fetched(key(2), 12, 20, 1002, voters(1, 2, 3));
    expect(progress.highWatermark).toBe(20);
  });

  it('counts neither observers nor another directory of a voter', () => {
    const progress = leader();
    progress.flushed(20, voters(1, 2, 3));
    progress.fetched(key(4), 20, 20, 1001, voters(1, 2, 3));
    progress.fetched({ id: 2, directoryId: directory(9) }, 20, 20, 1002, voters(1, 2, 3));
    expect(progress.highWatermark).toBeUndefined();
  });

  it('leaves a leader out that is no voter any more', () => {
    const progress = leader();
    progress.flushed(20, voters(2, 3));
    progress.fetched(key(2), 20, 20, 1001, voters(2, 3));
    expect(progress.highWatermark).toBeUndefined();
    progress.fetched(key(3), 18, 20, 1002, voters(2, 3));
    expect(progress.highWatermark).toBe(18);
  });
});

describe('a leader', () => {
  it('has one and a half fetch time-outs to hear from a majority', () => {
    const progress = leader(1000);
    expect(progress.quorumDeadlineMs(voters(1, 2, 3, 4, 5))).toBe(4000);
    progress.fetched(key(2), 10, 15, 2000, voters(1, 2, 3, 4, 5));
    expect(progress.quorumDeadlineMs(voters(1, 2, 3, 4, 5))).toBe(4000);
    progress.fetched(key(3), 10, 15, 2500, voters(1, 2, 3, 4, 5));
    expect(progress.quorumDeadlineMs(voters(1, 2, 3, 4, 5))).toBe(5500);
    expect(progress.quorumDeadlineMs(voters(1))).toBe(Number.POSITIVE_INFINITY);
  });

  it('prefers the most advanced of the others to follow it', () => {
    const progress = leader();
    progress.fetched(key(2), 12, 15, 1001, voters(1, 2, 3));
    progress.fetched(key(3), 14, 15, 1001, voters(1, 2, 3));
    expect(progress.successors(voters(1, 2, 3))).toEqual([key(3), key(2)]);
  });

  it('tells who leads to voters that have not heard, or not fetched for a while', () => {
    const progress = leader();
    const unheard = (nowMs: number) => progress.unheard(voters(1, 2, 3), nowMs, 1000).map(({ voterId }) => voterId);
    expect(unheard(1000)).toEqual([2, 3]);
    progress.fetched(key(2), 10, 15, 1100, voters(1, 2, 3));
    expect(unheard(1200)).toEqual([3]);
    expect(unheard(2100)).toEqual([2, 3]);
  });

  it('knows when a replica was at its end last, as DescribeQuorum says it', () => {
    const progress = leader();
    progress.fetched(key(4), 12, 15, 1100, voters(1));
    progress.fetched(key(4), 15, 18, 1200, voters(1));
    const { observers } = progress.describe(voters(1), 18, 1300);
    // At 1200 it had what was the leader's end at 1100.
    expect(observers).toEqual([{ ...key(4), logEndOffset: 15, lastFetchTimestamp: 1200, lastCaughtUpTimestamp: 1100 }]);
  });
});
