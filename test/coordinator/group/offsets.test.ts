import { describe, expect, it } from 'vitest';
import { errorName, KafkaError } from '../../../protocol/errors.ts';
import { BatchView, records } from '../../../protocol/records/batch.ts';
import { buildBatch } from '../../../protocol/records/builder.ts';
import { buildEndTxnMarker } from '../../../protocol/records/control.ts';
import { groupRecordSerde, newOffsetCommitValue } from '../../../src/coordinator/group/group-records.ts';
import { outcome, settled } from '../support/counters.ts';
import { GROUP, GroupFixture, ORDERS_ID } from '../support/group-fixture.ts';

/** A batch that commits `offset` for orders-0, as a transaction of `producerId` or outside of any. */
function commitBatch(offset: number, baseOffset: number, producerId = -1): Buffer {
  const { key, value } = groupRecordSerde.encode({
    kind: 'offsetCommit',
    key: { group: GROUP, topic: 'orders', partition: 0 },
    value: newOffsetCommitValue({ offset, metadata: '', commitTimestamp: 0 }),
  });
  const transactional = producerId < 0 ? {} : { producerId, producerEpoch: 0, isTransactional: true };
  return buildBatch([{ timestamp: 0, key, value }], { baseOffset, baseSequence: 0, ...transactional });
}

function marker(type: 'commit' | 'abort', baseOffset: number, producerId: number): Buffer {
  const bytes = buildEndTxnMarker({ type, coordinatorEpoch: 0, producerId, producerEpoch: 0, timestamp: 0 });
  new BatchView(bytes).setBaseOffset(baseOffset);
  return bytes;
}

describe('offset-commit', () => {
  it('makes a group of a consumer that has none, and keeps metadata and leader epoch', async () => {
    const fixture = await GroupFixture.elected();
    expect(await fixture.commit({ 'orders-0': 12 }, { metadata: 'why' })).toEqual({ 'orders-0': 'NONE' });
    const request = { groupId: GROUP, topics: [{ name: 'orders', partitionIndexes: [0, 1] }], groups: [] };
    expect(
      await fixture.coordinator.offsetFetch(fixture.context(7), { ...request, requireStable: false }),
    ).toMatchObject({
      topics: [
        {
          name: 'orders',
          partitions: [
            { partitionIndex: 0, committedOffset: 12, committedLeaderEpoch: 3, metadata: 'why', errorCode: 0 },
            { partitionIndex: 1, committedOffset: -1, committedLeaderEpoch: -1, metadata: '', errorCode: 0 },
          ],
        },
      ],
    });
    expect(await fixture.describe()).toMatchObject({ groupState: 'Empty', protocolType: '' });
  });

  it('is written in the codec of offsets.topic.compression.codec, and loaded from it', async () => {
    const fixture = await GroupFixture.elected({ compression: 'zstd' });
    await fixture.commit({ 'orders-0': 7 });
    const { batches } = fixture.writer.log(0);
    expect(batches.map((batch) => new BatchView(batch).compression)).toEqual(['zstd']);
    const restarted = new GroupFixture({}, fixture.writer);
    await restarted.coordinator.onElection(0, 1);
    expect(await restarted.committed()).toEqual({ 'orders-0': 7 });
  });

  it('is not seen before it is committed', async () => {
    const fixture = await GroupFixture.elected();
    await fixture.commit({ 'orders-0': 1 });
    fixture.writer.commitsAtOnce = false;
    const committing = fixture.commit({ 'orders-0': 2 });
    await settled();
    expect(await fixture.committed()).toEqual({ 'orders-0': 1 });
    const stable = fixture.committed(GROUP, true);
    expect(await outcome(stable)).toBe('pending');
    fixture.writer.commit(0);
    expect(await committing).toEqual({ 'orders-0': 'NONE' });
    expect(await stable).toEqual({ 'orders-0': 2 });
  });

  it('is for members of the present generation, when there are members', async () => {
    const fixture = await GroupFixture.elected();
    const unknown = await fixture.commit({ 'orders-0': 1 }, { memberId: 'm', generationId: 1, version: 9 });
    expect(unknown).toEqual({ 'orders-0': 'GROUP_ID_NOT_FOUND' });
    const older = await fixture.commit({ 'orders-0': 1 }, { memberId: 'm', generationId: 1, version: 8 });
    expect(older).toEqual({ 'orders-0': 'ILLEGAL_GENERATION' });

    const { leader, generationId } = await fixture.stable(1);
    expect(await fixture.commit({ 'orders-0': 1 })).toEqual({ 'orders-0': 'UNKNOWN_MEMBER_ID' });
    expect(await fixture.commit({ 'orders-0': 1 }, { memberId: 'stranger', generationId })).toEqual({
      'orders-0': 'UNKNOWN_MEMBER_ID',
    });
    expect(await fixture.commit({ 'orders-0': 1 }, { memberId: leader, generationId: 7 })).toEqual({
      'orders-0': 'ILLEGAL_GENERATION',
    });
    expect(await fixture.commit({ 'orders-0': 1 }, { memberId: leader, generationId })).toEqual({ 'orders-0': 'NONE' });
  });

  it('keeps its member alive', async () => {
    const fixture = await GroupFixture.elected();
    const { leader, generationId } = await fixture.stable(1);
    for (let i = 0; i < 3; i++) {
      await fixture.clock.advance(9_000);
      await fixture.commit({ 'orders-0': i }, { memberId: leader, generationId });
    }
    expect(await fixture.heartbeat(leader, generationId)).toBe('NONE');
  });

  it('is told to wait while the leader assigns', async () => {
    const fixture = await GroupFixture.elected();
    const joining = fixture.joinWithId();
    await settled();
    await fixture.clock.advance(0);
    const { memberId } = await joining;
    expect(await fixture.commit({ 'orders-0': 1 }, { memberId, generationId: 1 })).toEqual({
      'orders-0': 'REBALANCE_IN_PROGRESS',
    });
  });

  it('refuses too much metadata and topics that are not there, partition by partition', async () => {
    const fixture = await GroupFixture.elected();
    expect(await fixture.commit({ 'gone-0': 1, 'orders-0': 2 })).toEqual({
      'gone-0': 'UNKNOWN_TOPIC_OR_PARTITION',
      'orders-0': 'NONE',
    });
    expect(await fixture.commit({ 'orders-0': 3 }, { metadata: 'x'.repeat(4097) })).toEqual({
      'orders-0': 'OFFSET_METADATA_TOO_LARGE',
    });
    expect(await fixture.commit({ 'orders-0': 4 }, { metadata: 'x'.repeat(4096) })).toEqual({ 'orders-0': 'NONE' });
    expect(await fixture.committed()).toEqual({ 'orders-0': 4 });
  });

  it('names topics by id from version 10 on', async () => {
    const fixture = await GroupFixture.elected();
    const missing = 'bWlzc2luZ21pc3NpbmdtaQ';
    expect(await fixture.commit({ 'orders-0': 5 }, { version: 10 })).toEqual({ 'orders-0': 'NONE' });
    expect(await fixture.commit({ [`${missing}-0`]: 5 }, { version: 10 })).toEqual({
      [`${missing}-0`]: 'UNKNOWN_TOPIC_ID',
    });
    const fetch = (topics: { name: string; topicId: string; partitionIndexes: number[] }[] | null) =>
      fixture.coordinator.offsetFetch(fixture.context(10), {
        groupId: '',
        topics: [],
        groups: [{ groupId: GROUP, memberId: null, memberEpoch: -1, topics }],
        requireStable: false,
      });
    const { groups } = await fetch([
      { name: '', topicId: missing, partitionIndexes: [0] },
      { name: '', topicId: ORDERS_ID, partitionIndexes: [0] },
    ]);
    expect(groups?.[0]?.topics?.map((topic) => topic.partitions?.[0])).toMatchObject([
      { committedOffset: -1, errorCode: 100 },
      { committedOffset: 5, errorCode: 0 },
    ]);
    expect((await fetch(null)).groups?.[0]?.topics).toMatchObject([{ topicId: ORDERS_ID, partitions: [{}] }]);

    // The same name is another topic now.
    fixture.topicIds.set('orders', 'b3RoZXJvdGhlcm90aGVybw');
    const { groups: after } = await fetch([{ name: '', topicId: 'b3RoZXJvdGhlcm90aGVybw', partitionIndexes: [0] }]);
    expect(after?.[0]?.topics?.[0]?.partitions).toMatchObject([{ committedOffset: -1, errorCode: 0 }]);
  });

  it('is answered for what the log says, and forgotten', async () => {
    const fixture = await GroupFixture.elected();
    await fixture.commit({ 'orders-0': 1 });
    const told = async (failure: KafkaError) => {
      fixture.writer.nextFailure = failure;
      return (await fixture.commit({ 'orders-0': 2 }))['orders-0'];
    };
    expect(await told(new KafkaError('NOT_ENOUGH_REPLICAS', ''))).toBe('COORDINATOR_NOT_AVAILABLE');
    expect(await told(new KafkaError('NOT_LEADER_OR_FOLLOWER', ''))).toBe('NOT_COORDINATOR');
    expect(await told(new KafkaError('KAFKA_STORAGE_ERROR', ''))).toBe('NOT_COORDINATOR');
    expect(await told(new KafkaError('MESSAGE_TOO_LARGE', ''))).toBe('UNKNOWN_SERVER_ERROR');
    expect(await fixture.committed()).toEqual({ 'orders-0': 1 });
    fixture.writer.commitsAtOnce = false;
    const late = fixture.commit({ 'orders-0': 3 });
    await settled();
    await fixture.clock.advance(5000);
    expect(await late).toEqual({ 'orders-0': 'COORDINATOR_NOT_AVAILABLE' });
  });
});

describe('offset-fetch', () => {
  it('answers several groups, those that it does not coordinate with an error', async () => {
    const fixture = new GroupFixture({}, undefined, 50);
    const [a, b] = ['a', 'orders'];
    await fixture.coordinator.onElection(fixture.coordinator.partitionFor(a), 0);
    await fixture.commit({ 'orders-3': 33 }, { groupId: a });
    const { groups } = await fixture.coordinator.offsetFetch(fixture.context(9), {
      groupId: '',
      topics: [],
      groups: [a, b].map((groupId) => ({ groupId, memberId: null, memberEpoch: -1, topics: null })),
      requireStable: false,
    });
    expect(groups?.map(({ groupId, errorCode }) => [groupId, errorName(errorCode ?? 0)])).toEqual([
      ['a', 'NONE'],
      ['orders', 'NOT_COORDINATOR'],
    ]);
    expect(groups?.[0]?.topics).toMatchObject([
      { name: 'orders', partitions: [{ partitionIndex: 3, committedOffset: 33 }] },
    ]);
  });

  it('puts a group error where each version has a place for it', async () => {
    const fixture = new GroupFixture();
    const fetch = (version: number) =>
      fixture.coordinator.offsetFetch(fixture.context(version), {
        groupId: GROUP,
        topics: [{ name: 'orders', partitionIndexes: [4] }],
        groups: [],
        requireStable: false,
      });
    expect(await fetch(1)).toEqual({
      topics: [
        { name: 'orders', partitions: [{ partitionIndex: 4, committedOffset: -1, metadata: '', errorCode: 16 }] },
      ],
    });
    expect(await fetch(2)).toEqual({ topics: [], errorCode: 16 });
  });

  it('of stable offsets refuses those that a transaction may change', async () => {
    const fixture = new GroupFixture();
    fixture.writer.fill(0, Buffer.concat([commitBatch(1, 0), commitBatch(2, 1, 77)]));
    await fixture.coordinator.onElection(0, 0);
    const fetch = async (requireStable: boolean) => {
      const request = { groupId: GROUP, topics: [{ name: 'orders', partitionIndexes: [0] }], groups: [] };
      const { topics } = await fixture.coordinator.offsetFetch(fixture.context(7), { ...request, requireStable });
      const { committedOffset, errorCode } = topics![0]!.partitions![0]!;
      return [committedOffset, errorName(errorCode ?? 0)];
    };
    expect(await fetch(false)).toEqual([1, 'NONE']);
    expect(await fetch(true)).toEqual([-1, 'UNSTABLE_OFFSET_COMMIT']);
  });
});

describe('offsets of transactions', () => {
  const loaded = async (...batches: Buffer[]): Promise<GroupFixture> => {
    const fixture = new GroupFixture();
    fixture.writer.fill(0, Buffer.concat(batches));
    await fixture.coordinator.onElection(0, 0);
    return fixture;
  };

  it('count when their transaction is committed, and not when it is aborted', async () => {
    const committed = await loaded(commitBatch(1, 0), commitBatch(2, 1, 77), marker('commit', 2, 77));
    expect(await committed.committed(GROUP, true)).toEqual({ 'orders-0': 2 });
    const aborted = await loaded(commitBatch(1, 0), commitBatch(2, 1, 77), marker('abort', 2, 77));
    expect(await aborted.committed(GROUP, true)).toEqual({ 'orders-0': 1 });
  });

  it('do not count over what was committed after them', async () => {
    const fixture = await loaded(commitBatch(2, 0, 77), commitBatch(3, 1), marker('commit', 2, 77));
    expect(await fixture.committed(GROUP, true)).toEqual({ 'orders-0': 3 });
  });
});

describe('offset-delete', () => {
  const remove = async (fixture: GroupFixture, topic: string, partition: number) => {
    const response = await fixture.coordinator.offsetDelete(fixture.context(0), {
      groupId: GROUP,
      topics: [{ name: topic, partitions: [{ partitionIndex: partition }] }],
    });
    const partitionError = response.topics?.[0]?.partitions?.[0]?.errorCode;
    return [errorName(response.errorCode ?? 0), partitionError === undefined ? null : errorName(partitionError)];
  };

  it('drops offsets that no member reads', async () => {
    const fixture = await GroupFixture.elected();
    fixture.topicIds.set('payments', 'cGF5bWVudHNwYXltZW50cw');
    expect(await remove(fixture, 'orders', 0)).toEqual(['GROUP_ID_NOT_FOUND', null]);
    const { leader, generationId } = await fixture.stable(1);
    await fixture.commit({ 'orders-0': 1, 'payments-0': 2 }, { memberId: leader, generationId });
    expect(await remove(fixture, 'orders', 0)).toEqual(['NONE', 'GROUP_SUBSCRIBED_TO_TOPIC']);
    expect(await remove(fixture, 'payments', 0)).toEqual(['NONE', 'NONE']);
    expect(await remove(fixture, 'payments', 9)).toEqual(['NONE', 'NONE']);
    expect(await fixture.committed()).toEqual({ 'orders-0': 1 });
    await fixture.leave({ memberId: leader });
    expect(await remove(fixture, 'orders', 0)).toEqual(['NONE', 'NONE']);
    expect(await fixture.committed()).toEqual({});
  });

  it('is refused where it is not known what members read', async () => {
    const fixture = await GroupFixture.elected();
    await fixture.stable(1, { protocolType: 'connect' });
    expect(await remove(fixture, 'orders', 0)).toEqual(['NON_EMPTY_GROUP', null]);
  });
});

describe('deleted topics', () => {
  it('take their offsets with them, but not those of a new topic of the name', async () => {
    const fixture = await GroupFixture.elected();
    await fixture.commit({ 'orders-0': 1 }, { version: 10, groupId: 'by-id' });
    await fixture.commit({ 'orders-0': 1 }, { groupId: 'by-name' });
    await fixture.coordinator.onTopicsDeleted([{ name: 'orders', id: 'b2xkb2xkb2xkb2xkb2xkbw' }]);
    expect(await fixture.committed('by-name')).toEqual({});
    expect(await fixture.committed('by-id')).toEqual({ 'orders-0': 1 });
    await fixture.coordinator.onTopicsDeleted([{ name: 'orders', id: ORDERS_ID }]);
    expect(await fixture.committed('by-id')).toEqual({});
  });
});

describe('expiry', () => {
  const DAY_MS = 24 * 60 * 60 * 1000;
  const retention = { offsetsRetentionMs: 7 * DAY_MS };

  it('drops the offsets of a simple group after its last commit, and the group', async () => {
    const fixture = await GroupFixture.elected(retention);
    await fixture.commit({ 'orders-0': 1 });
    await fixture.clock.advance(6 * DAY_MS);
    await fixture.commit({ 'orders-1': 1 });
    await fixture.clock.advance(1 * DAY_MS);
    expect(await fixture.committed()).toEqual({ 'orders-1': 1 });
    await fixture.clock.advance(6 * DAY_MS);
    expect(await fixture.list()).toEqual([]);
  });

  it('drops the offsets of a group after it has been empty for long, whenever they were committed', async () => {
    const fixture = await GroupFixture.elected(retention);
    const { leader, generationId } = await fixture.stable(1, { sessionTimeoutMs: 1_800_000 });
    await fixture.commit({ 'orders-0': 1 }, { memberId: leader, generationId });
    for (let i = 0; i < 8 * 96; i++) {
      await fixture.clock.advance(DAY_MS / 96);
      await fixture.heartbeat(leader, generationId);
    }
    expect(await fixture.committed()).toEqual({ 'orders-0': 1 });
    await fixture.leave({ memberId: leader });
    await fixture.clock.advance(7 * DAY_MS - 1_000_000);
    expect(await fixture.committed()).toEqual({ 'orders-0': 1 });
    await fixture.clock.advance(2_000_000);
    expect(await fixture.list()).toEqual([]);
  });

  it('heeds a retention that the commit asked for, and writes it as Kafka does', async () => {
    const fixture = await GroupFixture.elected(retention);
    await fixture.commit({ 'orders-0': 1 }, { version: 4, retentionTimeMs: DAY_MS });
    const [record] = [...records(new BatchView(fixture.writer.log(0).batches[0]!))];
    expect(record!.value!.readInt16BE(0)).toBe(1);
    await fixture.clock.advance(DAY_MS);
    expect(await fixture.list()).toEqual([]);
  });

  it('is the same for a group that was loaded meanwhile', async () => {
    const fixture = await GroupFixture.elected(retention);
    await fixture.commit({ 'orders-0': 1 });
    await fixture.clock.advance(5 * DAY_MS);
    fixture.coordinator.onResignation(0, null);
    await fixture.coordinator.onElection(0, 1);
    await fixture.clock.advance(1 * DAY_MS);
    expect(await fixture.committed()).toEqual({ 'orders-0': 1 });
    await fixture.clock.advance(1 * DAY_MS);
    expect(await fixture.list()).toEqual([]);
  });
});
