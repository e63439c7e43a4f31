import { describe, expect, it } from 'vitest';
import { KafkaError } from '../../../protocol/errors.ts';
import { outcome, settled } from '../support/counters.ts';
import { GROUP, GroupFixture } from '../support/group-fixture.ts';

/** Two members that have joined and not synced. */
async function joinedPair(fixture: GroupFixture) {
  const joining = [fixture.joinWithId(), fixture.joinWithId()];
  await settled();
  await fixture.clock.advance(0);
  const [leader, follower] = await Promise.all(joining);
  return { leader: leader!.memberId, follower: follower!.memberId };
}

describe('sync-group', () => {
  it('gives everyone the assignment once it is committed', async () => {
    const fixture = await GroupFixture.elected();
    const { leader, follower } = await joinedPair(fixture);
    fixture.writer.commitsAtOnce = false;
    const waiting = fixture.sync(follower, 1);
    const leading = fixture.sync(leader, 1, { [leader]: 'mine', [follower]: 'yours', stranger: 'nobody' });
    await settled();
    expect([await outcome(waiting), await fixture.state()]).toEqual(['pending', 'CompletingRebalance']);
    fixture.writer.commit(0);
    expect((await leading).text).toBe('mine');
    expect(await waiting).toMatchObject({ text: 'yours', protocolType: 'consumer', protocolName: 'range' });
    expect(await fixture.state()).toBe('Stable');
    expect((await fixture.sync(follower, 1)).text).toBe('yours');
  });

  it('refuses strangers, other generations and other protocols', async () => {
    const fixture = await GroupFixture.elected();
    expect((await fixture.sync('anyone', 1)).error).toBe('UNKNOWN_MEMBER_ID');
    const { leader } = await joinedPair(fixture);
    expect((await fixture.sync('stranger', 1)).error).toBe('UNKNOWN_MEMBER_ID');
    expect((await fixture.sync(leader, 2)).error).toBe('ILLEGAL_GENERATION');
    expect((await fixture.sync(leader, 1, {}, { protocolType: 'connect' })).error).toBe('INCONSISTENT_GROUP_PROTOCOL');
    expect((await fixture.sync(leader, 1, {}, { protocolName: 'other' })).error).toBe('INCONSISTENT_GROUP_PROTOCOL');
  });

  it('sends everyone back to joining when the assignment cannot be written', async () => {
    const fixture = await GroupFixture.elected();
    const { leader, follower } = await joinedPair(fixture);
    const waiting = fixture.sync(follower, 1);
    fixture.writer.nextFailure = new KafkaError('NOT_ENOUGH_REPLICAS', 'alone');
    expect((await fixture.sync(leader, 1, { [leader]: 'mine' })).error).toBe('COORDINATOR_NOT_AVAILABLE');
    expect((await waiting).error).toBe('COORDINATOR_NOT_AVAILABLE');
    expect(await fixture.state()).toBe('PreparingRebalance');
    const rejoined = await Promise.all([fixture.join({ memberId: leader }), fixture.join({ memberId: follower })]);
    expect(rejoined.map(({ generationId }) => generationId)).toEqual([2, 2]);
  });

  it('is told of a rebalance that began while its assignment was being written', async () => {
    const fixture = await GroupFixture.elected();
    const { leader, follower } = await joinedPair(fixture);
    fixture.writer.holdsAppends = true;
    const leading = fixture.sync(leader, 1, { [leader]: 'mine' });
    await settled();
    const leaving = fixture.leave({ memberId: follower });
    await settled();
    fixture.writer.releaseNext();
    expect(await leaving).toEqual(['NONE']);
    expect((await leading).error).toBe('REBALANCE_IN_PROGRESS');
    expect(await fixture.state()).toBe('PreparingRebalance');
  });

  it('must come from every member within the rebalance time-out', async () => {
    const fixture = await GroupFixture.elected();
    const joining = [1, 2].map(() => fixture.joinWithId({ sessionTimeoutMs: 100_000, rebalanceTimeoutMs: 20_000 }));
    await settled();
    await fixture.clock.advance(0);
    const [leader, follower] = await Promise.all(joining);
    expect((await fixture.sync(leader!.memberId, 1, {})).error).toBe('NONE');
    await fixture.clock.advance(20_000);
    expect(await fixture.heartbeat(leader!.memberId, 1)).toBe('REBALANCE_IN_PROGRESS');
    expect(await fixture.heartbeat(follower!.memberId, 1)).toBe('UNKNOWN_MEMBER_ID');
  });
});

describe('heartbeat', () => {
  it('keeps a member alive; without it the member is dropped and the others rebalance', async () => {
    const fixture = await GroupFixture.elected();
    const { leader, followers, generationId } = await fixture.stable(2);
    for (let i = 0; i < 3; i++) {
      await fixture.clock.advance(9_000);
      expect(await fixture.heartbeat(leader, generationId)).toBe(i === 0 ? 'NONE' : 'REBALANCE_IN_PROGRESS');
    }
    expect(await fixture.heartbeat(followers[0]!, generationId)).toBe('UNKNOWN_MEMBER_ID');
    const rejoined = await fixture.join({ memberId: leader });
    expect([rejoined.generationId, rejoined.members?.length]).toEqual([2, 1]);
  });

  it('is refused for another generation, group or member', async () => {
    const fixture = await GroupFixture.elected();
    expect(await fixture.heartbeat('anyone', 0)).toBe('UNKNOWN_MEMBER_ID');
    const { leader, generationId } = await fixture.stable(1);
    expect(await fixture.heartbeat(leader, generationId - 1)).toBe('ILLEGAL_GENERATION');
    expect(await fixture.heartbeat('stranger', generationId)).toBe('UNKNOWN_MEMBER_ID');
  });

  it('is fine while the partition loads', async () => {
    const fixture = new GroupFixture();
    fixture.writer.log(0).logEndOffset = 1;
    const loaded = fixture.coordinator.onElection(0, 0);
    expect(await fixture.heartbeat('anyone', 1)).toBe('NONE');
    await loaded;
  });
});

describe('leave-group', () => {
  it('empties a group, whose record says so', async () => {
    const fixture = await GroupFixture.elected();
    const { leader, generationId } = await fixture.stable(1);
    expect(await fixture.leave({ memberId: leader })).toEqual(['NONE']);
    expect(await fixture.describe()).toMatchObject({ groupState: 'Empty', protocolType: 'consumer', members: [] });
    fixture.coordinator.onResignation(0, null);
    await fixture.coordinator.onElection(0, 1);
    expect(await fixture.state()).toBe('Empty');
    const joining = fixture.joinWithId();
    await settled();
    await fixture.clock.advance(0);
    expect((await joining).generationId).toBe(generationId + 2);
  });

  it('has one error for one member before version 3', async () => {
    const fixture = await GroupFixture.elected();
    const { leader } = await fixture.stable(1);
    const leave = (memberId: string, groupId = GROUP) =>
      fixture.coordinator.leaveGroup(fixture.context(2), { groupId, memberId, members: [] });
    expect(await leave('stranger')).toEqual({ errorCode: 25 });
    expect(await leave(leader)).toEqual({ errorCode: 0 });
    expect(await leave(leader, 'no group')).toEqual({ errorCode: 25 });
  });

  it('answers the waiting requests of who leaves', async () => {
    const fixture = await GroupFixture.elected();
    const { follower } = await joinedPair(fixture);
    const waiting = fixture.sync(follower, 1);
    await settled();
    await fixture.leave({ memberId: follower });
    expect((await waiting).error).toBe('UNKNOWN_MEMBER_ID');
  });

  it('of the last one who has not rejoined lets the rebalance end', async () => {
    const fixture = await GroupFixture.elected();
    const { leader, followers } = await fixture.stable(2);
    const rejoining = fixture.join({ memberId: leader });
    await settled();
    expect(await outcome(rejoining)).toBe('pending');
    await fixture.leave({ memberId: followers[0]! });
    expect((await rejoining).generationId).toBe(2);
  });

  it('takes an id back that was given out', async () => {
    const fixture = await GroupFixture.elected();
    const { memberId } = await fixture.join();
    expect(await fixture.leave({ memberId })).toEqual(['NONE']);
    expect((await fixture.join({ memberId })).error).toBe('UNKNOWN_MEMBER_ID');
  });
});

describe('a classic group', () => {
  it('is the same after loading: members, assignments, generation', async () => {
    const fixture = await GroupFixture.elected();
    const { leader, followers, generationId, assignments } = await fixture.stable(3);
    const before = await fixture.describe();
    fixture.coordinator.onResignation(0, null);
    await fixture.coordinator.onElection(0, 1);
    expect(await fixture.describe()).toEqual(before);
    for (const memberId of [leader, ...followers]) {
      expect(await fixture.heartbeat(memberId, generationId)).toBe('NONE');
      expect((await fixture.sync(memberId, generationId)).text).toBe(assignments[memberId]);
    }
  });

  it('shows metadata and assignments when it is stable', async () => {
    const fixture = await GroupFixture.elected();
    const { leader } = await fixture.stable(1, { clientId: 'app' });
    expect(await fixture.describe()).toMatchObject({
      groupState: 'Stable',
      protocolType: 'consumer',
      protocolData: 'range',
      members: [{ memberId: leader, clientId: 'app', clientHost: '/127.0.0.1' }],
    });
    expect(String((await fixture.describe()).members![0]!.memberAssignment)).toBe('assignment 0');
  });

  it('is listed by state and type, in any case', async () => {
    const fixture = await GroupFixture.elected();
    await fixture.stable(1);
    await fixture.commit({ 'orders-0': 1 }, { groupId: 'simple' });
    const ids = async (filters: { states?: string[]; types?: string[] }) =>
      (await fixture.list(filters)).map(({ groupId }) => groupId);
    expect(await ids({})).toEqual([GROUP, 'simple']);
    expect(await ids({ states: ['stable'] })).toEqual([GROUP]);
    expect(await ids({ states: [' Empty ', 'Dead'] })).toEqual(['simple']);
    expect(await ids({ types: ['Classic'] })).toEqual([GROUP, 'simple']);
    expect(await ids({ types: ['consumer'] })).toEqual([]);
  });

  it('that is not committed yet is not listed or described', async () => {
    const fixture = await GroupFixture.elected();
    fixture.writer.commitsAtOnce = false;
    await fixture.join();
    expect(await fixture.list()).toEqual([]);
    expect(await fixture.state()).toBe('Dead');
    fixture.writer.commit(0);
    await settled();
    expect(await fixture.list()).toHaveLength(1);
  });

  it('can be deleted when it is empty, with its offsets', async () => {
    const fixture = await GroupFixture.elected();
    const { leader, generationId } = await fixture.stable(1);
    await fixture.commit({ 'orders-0': 7 }, { memberId: leader, generationId });
    const remove = () => fixture.coordinator.deleteGroups(fixture.context(2), { groupsNames: [GROUP] });
    expect((await remove()).results).toEqual([{ groupId: GROUP, errorCode: 68 }]);
    await fixture.leave({ memberId: leader });
    expect((await remove()).results).toEqual([{ groupId: GROUP, errorCode: 0 }]);
    expect(await fixture.committed()).toEqual({});
    expect((await remove()).results).toEqual([{ groupId: GROUP, errorCode: 69 }]);
  });

  it('is there again when its deletion cannot be written', async () => {
    const fixture = await GroupFixture.elected();
    const { leader } = await fixture.stable(1);
    await fixture.leave({ memberId: leader });
    fixture.writer.nextFailure = new KafkaError('KAFKA_STORAGE_ERROR', 'disk');
    const response = await fixture.coordinator.deleteGroups(fixture.context(2), { groupsNames: [GROUP] });
    expect(response.results).toEqual([{ groupId: GROUP, errorCode: 16 }]);
    expect(await fixture.state()).toBe('Empty');
  });

  it('that is larger than group.max.size after loading rebalances', async () => {
    const fixture = await GroupFixture.elected();
    await fixture.stable(3);
    const smaller = new GroupFixture({ maxSize: 2 }, fixture.writer);
    await smaller.coordinator.onElection(0, 1);
    expect(await smaller.state()).toBe('PreparingRebalance');
  });

  it('keeps waiting members through the loss and return of the partition: they are told to look again', async () => {
    const fixture = await GroupFixture.elected();
    const { follower } = await joinedPair(fixture);
    const waiting = fixture.sync(follower, 1);
    await settled();
    fixture.coordinator.onResignation(0, null);
    expect((await waiting).error).toBe('NOT_COORDINATOR');
  });
});
