import { describe, expect, it } from 'vitest';
import { KafkaError } from '../../../protocol/errors.ts';
import { settled } from '../support/counters.ts';
import { GroupFixture, subscription } from '../support/group-fixture.ts';

/** A stable group of one static member and `dynamic` others; the static one leads. */
async function stableWithInstance(fixture: GroupFixture, dynamic = 0) {
  const joining = [fixture.join({ instanceId: 'i1' })];
  for (let i = 0; i < dynamic; i++) joining.push(fixture.joinWithId());
  await settled();
  await fixture.clock.advance(0);
  const [leader, ...others] = await Promise.all(joining);
  const assignments = Object.fromEntries([leader!, ...others].map(({ memberId }, i) => [memberId, `part ${i}`]));
  const syncs = others.map(({ memberId }) => fixture.sync(memberId, 1));
  await fixture.sync(leader!.memberId, 1, assignments, { instanceId: 'i1' });
  await Promise.all(syncs);
  return { leader: leader!.memberId, others: others.map(({ memberId }) => memberId) };
}

describe('static members', () => {
  it('join without asking for an id first', async () => {
    const fixture = await GroupFixture.elected();
    const joining = fixture.join({ instanceId: 'i1' });
    await fixture.clock.advance(0);
    const { error, memberId, generationId } = await joining;
    expect({ error, generationId }).toEqual({ error: 'NONE', generationId: 1 });
    expect(memberId).toMatch(/^i1-/);
  });

  it('come back under a new id with their assignment, and nobody rebalances', async () => {
    const fixture = await GroupFixture.elected();
    const { leader, others } = await stableWithInstance(fixture, 1);
    const back = await fixture.join({ instanceId: 'i1' });
    expect(back).toMatchObject({ error: 'NONE', generationId: 1, leader: back.memberId, skipAssignment: true });
    expect(back.memberId).not.toBe(leader);
    expect(back.members).toHaveLength(2);
    expect((await fixture.sync(back.memberId, 1, {}, { instanceId: 'i1' })).text).toBe('part 0');
    expect(await fixture.heartbeat(others[0]!, 1)).toBe('NONE');
    expect(await fixture.heartbeat(leader, 1, 'i1')).toBe('FENCED_INSTANCE_ID');
    expect(await fixture.heartbeat(leader, 1)).toBe('UNKNOWN_MEMBER_ID');
  });

  it('are not told that they lead when their version would make them assign', async () => {
    const fixture = await GroupFixture.elected();
    const { leader } = await stableWithInstance(fixture);
    const back = await fixture.join({ instanceId: 'i1', version: 8 });
    expect(back).toMatchObject({ error: 'NONE', leader, members: [] });
    expect(back.skipAssignment ?? false).toBe(false);
  });

  it('rebalance the group when they come back with other protocols', async () => {
    const fixture = await GroupFixture.elected();
    const joining = fixture.join({ instanceId: 'i1', protocols: { range: subscription(), sticky: subscription() } });
    await fixture.clock.advance(0);
    const { memberId } = await joining;
    await fixture.sync(memberId, 1, {}, { instanceId: 'i1' });
    const back = await fixture.join({ instanceId: 'i1', protocols: { sticky: subscription(), range: subscription() } });
    expect(back).toMatchObject({ error: 'NONE', generationId: 2, protocolName: 'sticky' });
  });

  it('start a new round when they come back while the leader assigns', async () => {
    const fixture = await GroupFixture.elected();
    const joining = [fixture.join({ instanceId: 'i1' }), fixture.join({ instanceId: 'i2' })];
    await fixture.clock.advance(0);
    const [first, second] = await Promise.all(joining);
    const waiting = fixture.sync(second!.memberId, 1, {}, { instanceId: 'i2' });
    const back = fixture.join({ instanceId: 'i1' });
    await settled();
    expect((await waiting).error).toBe('REBALANCE_IN_PROGRESS');
    const rejoined = fixture.join({ instanceId: 'i2', memberId: second!.memberId });
    expect((await Promise.all([back, rejoined])).map(({ generationId }) => generationId)).toEqual([2, 2]);
    expect((await fixture.sync(first!.memberId, 2, {}, { instanceId: 'i1' })).error).toBe('FENCED_INSTANCE_ID');
  });

  it('fence a waiting join of the same instance', async () => {
    const fixture = await GroupFixture.elected({ initialRebalanceDelayMs: 1000 });
    const first = fixture.join({ instanceId: 'i1' });
    await settled();
    const second = fixture.join({ instanceId: 'i1' });
    expect((await first).error).toBe('FENCED_INSTANCE_ID');
    await fixture.clock.advance(1000);
    expect((await second).error).toBe('NONE');
  });

  it('stay under their old id when the new one cannot be written', async () => {
    const fixture = await GroupFixture.elected();
    const { leader } = await stableWithInstance(fixture);
    fixture.writer.nextFailure = new KafkaError('NOT_ENOUGH_REPLICAS', 'alone');
    expect((await fixture.join({ instanceId: 'i1' })).error).toBe('COORDINATOR_NOT_AVAILABLE');
    expect(await fixture.heartbeat(leader, 1, 'i1')).toBe('NONE');
    expect((await fixture.describe()).members).toMatchObject([{ memberId: leader, groupInstanceId: 'i1' }]);
  });

  it('keep their place through a rebalance that they miss, until their session ends', async () => {
    const fixture = await GroupFixture.elected();
    const { others } = await stableWithInstance(fixture, 1);
    const rejoining = fixture.join({
      memberId: others[0]!,
      rebalanceTimeoutMs: 8000,
      protocols: { range: subscription('x') },
      sessionTimeoutMs: 100_000,
    });
    await settled();
    expect(await fixture.state()).toBe('PreparingRebalance');
    await fixture.clock.advance(10_000);
    const joined = await rejoining;
    expect(joined).toMatchObject({ generationId: 2, leader: others[0] });
    expect(joined.members).toHaveLength(1);
  });

  it('can be removed by their instance id alone', async () => {
    const fixture = await GroupFixture.elected();
    await stableWithInstance(fixture, 1);
    expect(await fixture.leave({ instanceId: 'i1' }, { instanceId: 'i9' }, { memberId: 'no one' })).toEqual([
      'NONE',
      'UNKNOWN_MEMBER_ID',
      'UNKNOWN_MEMBER_ID',
    ]);
    expect(await fixture.state()).toBe('PreparingRebalance');
  });

  it('are there after loading, under the id that was written last', async () => {
    const fixture = await GroupFixture.elected();
    await stableWithInstance(fixture);
    const { memberId } = await fixture.join({ instanceId: 'i1' });
    fixture.coordinator.onResignation(0, null);
    await fixture.coordinator.onElection(0, 1);
    expect(await fixture.heartbeat(memberId, 1, 'i1')).toBe('NONE');
    expect((await fixture.sync(memberId, 1, {}, { instanceId: 'i1' })).text).toBe('part 0');
  });
});
