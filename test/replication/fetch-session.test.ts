import { describe, expect, it } from 'vitest';
import { ErrorCode } from '../../protocol/errors.ts';
import { SimulatedClock } from '../../src/platform/clock.ts';
import { seededRandom } from '../../src/platform/random.ts';
import {
  type FetchPartition,
  type FetchPartitionOutcome,
  FetchSessionCache,
  ZERO_UUID,
} from '../../src/replication/fetch-session.ts';

const QUIET: FetchPartitionOutcome = {
  errorCode: 0,
  highWatermark: 10,
  logStartOffset: 0,
  recordsBytes: 0,
  mustTell: false,
};

function partition(index: number, fetchOffset = 0): FetchPartition {
  return {
    topic: 'orders',
    topicId: ZERO_UUID,
    partition: index,
    fetchOffset,
    maxBytes: 1000,
    currentLeaderEpoch: -1,
    lastFetchedEpoch: -1,
    logStartOffset: -1,
  };
}

function cache(slots = 10) {
  const clock = new SimulatedClock();
  const sessions = new FetchSessionCache({ slots, clock, random: seededRandom(7) });
  const context = (
    sessionId: number,
    sessionEpoch: number,
    partitions: FetchPartition[],
    forgotten: FetchPartition[] = [],
  ) => sessions.context({ sessionId, sessionEpoch, usesTopicIds: false, isFollower: false, partitions, forgotten });
  const open = (count: number, outcome = QUIET): number => {
    const partitions = Array.from({ length: count }, (_, i) => partition(i));
    return context(0, 0, partitions).settle(partitions.map(() => outcome)).sessionId;
  };
  return { clock, sessions, context, open };
}

describe('fetch sessions (KIP-227)', () => {
  it('start at epoch 0, send everything, and hand out an id', () => {
    const { context } = cache();
    const first = context(0, 0, [partition(0), partition(1)]);
    expect(first.partitions.map((p) => p.partition)).toEqual([0, 1]);
    const { sessionId, send } = first.settle([QUIET, QUIET]);
    expect(sessionId).toBeGreaterThan(0);
    expect(send).toEqual([true, true]);
  });

  it('then leave out partitions of which there is nothing new', () => {
    const { context, open } = cache();
    const id = open(3);
    const next = context(id, 1, []);
    expect(next.partitions).toHaveLength(3);
    const outcomes = [QUIET, { ...QUIET, recordsBytes: 5 }, { ...QUIET, highWatermark: 11 }];
    expect(next.settle(outcomes).send).toEqual([false, true, true]);
    expect(context(id, 2, []).settle([QUIET, { ...QUIET, highWatermark: 11 }, QUIET]).send).toEqual([
      false,
      false,
      false,
    ]);
  });

  it('put a partition that brought records behind the others', () => {
    const { context, open } = cache();
    const id = open(3);
    context(id, 1, []).settle([{ ...QUIET, recordsBytes: 5 }, QUIET, QUIET]);
    expect(context(id, 2, []).partitions.map((p) => p.partition)).toEqual([1, 2, 0]);
  });

  it('take new positions, add and forget partitions', () => {
    const { context, open } = cache();
    const id = open(2);
    const next = context(id, 1, [partition(0, 42), partition(7)], [partition(1)]);
    expect(next.partitions.map((p) => [p.partition, p.fetchOffset])).toEqual([
      [0, 42],
      [7, 0],
    ]);
  });

  it('send a partition again after its error is gone', () => {
    const { context, open } = cache();
    const id = open(1);
    const bad = { ...QUIET, errorCode: ErrorCode.NOT_LEADER_OR_FOLLOWER };
    expect(context(id, 1, []).settle([bad]).send).toEqual([true]);
    expect(context(id, 2, []).settle([QUIET]).send).toEqual([true]);
    expect(context(id, 3, []).settle([QUIET]).send).toEqual([false]);
  });

  it('refuse unknown ids, wrong epochs, and a change to topic ids', () => {
    const { sessions, context, open } = cache();
    const id = open(1);
    expect(context(id + 1, 1, []).errorCode).toBe(ErrorCode.FETCH_SESSION_ID_NOT_FOUND);
    expect(context(id, 5, []).errorCode).toBe(ErrorCode.INVALID_FETCH_SESSION_EPOCH);
    const withIds = sessions.context({
      sessionId: id,
      sessionEpoch: 1,
      usesTopicIds: true,
      isFollower: false,
      partitions: [],
      forgotten: [],
    });
    expect(withIds.errorCode).toBe(ErrorCode.FETCH_SESSION_TOPIC_ID_ERROR);
  });

  it('end with epoch −1, and when nothing is left in them', () => {
    const { sessions, context, open } = cache();
    const id = open(1);
    expect(context(id, -1, [partition(0)]).settle([QUIET]).sessionId).toBe(0);
    expect(sessions.size).toBe(0);
    const other = open(1);
    expect(context(other, 1, [], [partition(0)]).partitions).toEqual([]);
    expect(sessions.size).toBe(0);
  });

  it('are bounded: a full cache gives no session until one is stale', async () => {
    const { clock, sessions, open } = cache(2);
    open(2);
    open(2);
    expect(open(5)).toBe(0);
    await clock.advance(120_001);
    expect(open(5)).toBeGreaterThan(0);
    expect(sessions.size).toBe(2);
  });
});
