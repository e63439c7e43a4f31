import { describe, expect, it } from 'vitest';
import { KafkaError } from '../../../protocol/errors.ts';
import { outcome, settled } from '../support/counters.ts';
import { GROUP, GroupFixture, subscription } from '../support/group-fixture.ts';

describe('join-group', () => {
  it('gives a dynamic member its id first, from version 4 on', async () => {
    const fixture = await GroupFixture.elected();
    const first = await fixture.join({ clientId: 'app' });
    expect(first.error).toBe('MEMBER_ID_REQUIRED');
    expect(first.memberId).toMatch(/^app-[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    const joining = fixture.join({ memberId: first.memberId });
    await fixture.clock.advance(0);
    expect(await joining).toMatchObject({
      error: 'NONE',
      generationId: 1,
      protocolType: 'consumer',
      protocolName: 'range',
      leader: first.memberId,
      memberId: first.memberId,
    });
  });

  it('lets an older dynamic member in at once', async () => {
    const fixture = await GroupFixture.elected();
    const joining = fixture.join({ version: 3 });
    await fixture.clock.advance(0);
    expect(await joining).toMatchObject({ error: 'NONE', generationId: 1 });
  });

  it('forgets an id whose owner does not join within its session', async () => {
    const fixture = await GroupFixture.elected();
    const { memberId } = await fixture.join({ sessionTimeoutMs: 6000 });
    await fixture.clock.advance(6000);
    expect((await fixture.join({ memberId })).error).toBe('UNKNOWN_MEMBER_ID');
  });

  it('tells the leader alone who is in the group', async () => {
    const fixture = await GroupFixture.elected();
    const a = fixture.joinWithId();
    const b = fixture.joinWithId();
    await settled();
    await fixture.clock.advance(0);
    const [first, second] = await Promise.all([a, b]);
    expect(first.leader).toBe(first.memberId);
    expect(first.members?.map(({ memberId }) => memberId)).toEqual([first.memberId, second.memberId]);
    expect(first.members?.[0]?.metadata).toEqual(subscription('orders'));
    expect(second).toMatchObject({ leader: first.memberId, members: [], generationId: 1 });
  });

  it('waits with a first rebalance for group.initial.rebalance.delay.ms, again for each who comes', async () => {
    const fixture = await GroupFixture.elected({ initialRebalanceDelayMs: 3000 });
    const first = fixture.joinWithId({ rebalanceTimeoutMs: 7000 });
    await settled();
    await fixture.clock.advance(2000);
    const second = fixture.joinWithId({ rebalanceTimeoutMs: 7000 });
    await settled();
    await settled();
    await fixture.clock.advance(3999);
    expect(await outcome(first)).toBe('pending');
    await fixture.clock.advance(1);
    expect((await Promise.all([first, second])).map(({ generationId }) => generationId)).toEqual([1, 1]);
  });

  it('ends a first rebalance with the rebalance time-out, whoever still comes', async () => {
    const fixture = await GroupFixture.elected({ initialRebalanceDelayMs: 3000 });
    const joining = [];
    for (let second = 0; second < 7; second++) {
      joining.push(fixture.joinWithId({ rebalanceTimeoutMs: 7000 }));
      await settled();
      await settled();
      await fixture.clock.advance(1000);
    }
    expect((await Promise.all(joining)).map(({ generationId }) => generationId)).toEqual(Array(7).fill(1));
  });

  it('refuses bad groups, sessions, protocols and members', async () => {
    const fixture = await GroupFixture.elected();
    expect((await fixture.join({ groupId: '' })).error).toBe('INVALID_GROUP_ID');
    expect((await fixture.join({ sessionTimeoutMs: 5999 })).error).toBe('INVALID_SESSION_TIMEOUT');
    expect((await fixture.join({ sessionTimeoutMs: 1_800_001 })).error).toBe('INVALID_SESSION_TIMEOUT');
    expect((await fixture.join({ memberId: 'stranger' })).error).toBe('UNKNOWN_MEMBER_ID');
    expect((await fixture.join({ protocols: {} })).error).toBe('INCONSISTENT_GROUP_PROTOCOL');
    expect((await fixture.join({ protocolType: '' })).error).toBe('INCONSISTENT_GROUP_PROTOCOL');
    await fixture.stable(1);
    expect((await fixture.join({ memberId: 'stranger' })).error).toBe('UNKNOWN_MEMBER_ID');
    expect((await fixture.join({ protocolType: 'connect' })).error).toBe('INCONSISTENT_GROUP_PROTOCOL');
    expect((await fixture.join({ protocols: { sticky: subscription() } })).error).toBe('INCONSISTENT_GROUP_PROTOCOL');
  });

  it('names no protocol as the version can', async () => {
    const fixture = await GroupFixture.elected();
    expect((await fixture.join({ memberId: 'stranger', version: 6 })).protocolName).toBe('');
    expect((await fixture.join({ memberId: 'stranger', version: 7 })).protocolName).toBeNull();
  });

  it('elects, of the protocols that all offer, the one that most like best', async () => {
    const fixture = await GroupFixture.elected();
    const metadata = subscription('orders');
    const offers = [
      { range: metadata, sticky: metadata, roundrobin: metadata },
      { sticky: metadata, roundrobin: metadata },
      { other: metadata, roundrobin: metadata, sticky: metadata },
      { other: metadata, roundrobin: metadata, sticky: metadata },
    ];
    const joining = offers.map((protocols) => fixture.joinWithId({ protocols }));
    await settled();
    await fixture.clock.advance(0);
    // Both sticky and roundrobin are common; the votes are 2 and 2, and the first cast wins.
    for (const { protocolName } of await Promise.all(joining)) expect(protocolName).toBe('sticky');
  });

  it('turns members away when the group is full', async () => {
    const fixture = await GroupFixture.elected({ maxSize: 2 });
    const { leader, generationId } = await fixture.stable(2);
    expect((await fixture.join()).error).toBe('GROUP_MAX_SIZE_REACHED');
    expect(await fixture.heartbeat(leader, generationId)).toBe('NONE');
  });

  it('of a new member makes the others rejoin, and drops those who do not in time', async () => {
    const fixture = await GroupFixture.elected();
    const { leader, followers, generationId } = await fixture.stable(2, { rebalanceTimeoutMs: 8000 });
    const newcomer = fixture.joinWithId({ rebalanceTimeoutMs: 8000 });
    await settled();
    expect(await fixture.heartbeat(leader, generationId)).toBe('REBALANCE_IN_PROGRESS');
    const rejoining = fixture.join({ memberId: followers[0]!, rebalanceTimeoutMs: 8000 });
    await fixture.clock.advance(7999);
    expect(await outcome(newcomer)).toBe('pending');
    await fixture.clock.advance(1);
    const [one, two] = await Promise.all([newcomer, rejoining]);
    expect([one.generationId, two.generationId]).toEqual([2, 2]);
    expect(two.leader).toBe(two.memberId);
    expect(two.members).toHaveLength(2);
    expect(await fixture.heartbeat(leader, 2)).toBe('UNKNOWN_MEMBER_ID');
  });

  it('of a follower with the same metadata starts nothing, of a leader or with other metadata a rebalance', async () => {
    const fixture = await GroupFixture.elected();
    const { leader, followers } = await fixture.stable(2);
    const same = await fixture.join({ memberId: followers[0]! });
    expect(same).toMatchObject({ error: 'NONE', generationId: 1, leader, members: [] });
    expect(await fixture.state()).toBe('Stable');

    const changed = fixture.join({ memberId: followers[0]!, protocols: { range: subscription('payments') } });
    await settled();
    expect(await fixture.state()).toBe('PreparingRebalance');
    const led = await fixture.join({ memberId: leader });
    expect(led.generationId).toBe(2);
    expect((await changed).generationId).toBe(2);
  });

  it('gives a member that missed its answer the same generation again', async () => {
    const fixture = await GroupFixture.elected();
    const joining = fixture.joinWithId();
    await settled();
    await fixture.clock.advance(0);
    const joined = await joining;
    const again = await fixture.join({ memberId: joined.memberId });
    expect(again).toMatchObject({ error: 'NONE', generationId: 1 });
    expect(again.members).toHaveLength(1);
  });

  it('sends a waiting join back when its member joins again', async () => {
    const fixture = await GroupFixture.elected({ initialRebalanceDelayMs: 1000 });
    const { memberId } = await fixture.join();
    const lost = fixture.join({ memberId });
    await settled();
    const kept = fixture.join({ memberId });
    expect((await lost).error).toBe('REBALANCE_IN_PROGRESS');
    await fixture.clock.advance(1000);
    expect((await kept).error).toBe('NONE');
  });

  it('leaves nothing behind when the group cannot be written', async () => {
    const fixture = await GroupFixture.elected();
    fixture.writer.nextFailure = new KafkaError('NOT_ENOUGH_REPLICAS', 'alone');
    expect((await fixture.join({ version: 3 })).error).toBe('COORDINATOR_NOT_AVAILABLE');
    expect(await fixture.describe()).toMatchObject({ groupState: 'Dead', errorCode: 69 });
    const { generationId } = await fixture.stable(1);
    expect(generationId).toBe(1);
  });

  it('is answered NOT_COORDINATOR when the partition moves away', async () => {
    const fixture = await GroupFixture.elected({ initialRebalanceDelayMs: 1000 });
    const waiting = fixture.joinWithId();
    await settled();
    fixture.coordinator.onResignation(0, 1);
    expect((await waiting).error).toBe('NOT_COORDINATOR');
    expect((await fixture.join({ groupId: GROUP })).error).toBe('NOT_COORDINATOR');
    fixture.coordinator.shutdown();
    expect((await fixture.join()).error).toBe('COORDINATOR_NOT_AVAILABLE');
  });
});
