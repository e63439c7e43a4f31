import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { batches, records } from '../../../protocol/records/batch.ts';
import { groupRecordSerde } from '../../../src/coordinator/group/group-records.ts';
import { FakePartitionWriter } from '../support/fake-partition-writer.ts';
import { GroupFixture } from '../support/group-fixture.ts';

/** See the README there. */
function segment(partition: number): Buffer {
  return readFileSync(new URL(`../../golden/consumer-offsets/${partition}.log`, import.meta.url));
}

async function onKafkasDirectory(): Promise<GroupFixture> {
  const writer = new FakePartitionWriter();
  writer.fill(2, segment(2));
  writer.fill(4, segment(4));
  const fixture = new GroupFixture({}, writer, 5);
  for (let partition = 0; partition < 5; partition++) await fixture.coordinator.onElection(partition, 1);
  return fixture;
}

describe('groups on a directory of Apache Kafka', () => {
  it('are there, with their types and offsets', async () => {
    const fixture = await onKafkasDirectory();
    expect(await fixture.list()).toEqual([
      { groupId: 'modern-group', groupType: 'consumer', groupState: 'Empty', protocolType: 'consumer' },
      { groupId: 'classic-group', groupType: 'classic', groupState: 'Empty', protocolType: 'consumer' },
    ]);
    expect(await fixture.committed('classic-group')).toEqual({ 'plain-0': 273, 'plain-1': 127, 'plain-2': 0 });
    expect(await fixture.committed('modern-group')).toEqual({ 'codecs-0': 150, 'txn-0': 0, 'txn-1': 0 });
  });

  it('are written as they were read, byte for byte', () => {
    for (const partition of [2, 4]) {
      for (const batch of batches(segment(partition))) {
        for (const { key, value } of records(batch)) {
          const record = groupRecordSerde.decode(key, value)!;
          expect(groupRecordSerde.encode(record)).toEqual({ key, value });
        }
      }
    }
  });

  it('of a type that is not served are refused to classic members, and kept', async () => {
    const fixture = await onKafkasDirectory();
    const { error } = await fixture.join({ groupId: 'modern-group' });
    expect(error).toBe('INCONSISTENT_GROUP_PROTOCOL');
    expect(await fixture.describe('modern-group')).toMatchObject({
      errorCode: 69,
      groupState: 'Dead',
      errorMessage: 'Group modern-group is not a classic group.',
    });
    expect(await fixture.commit({ 'orders-0': 5 }, { groupId: 'modern-group' })).toEqual({ 'orders-0': 'NONE' });
    expect(await fixture.list({ types: ['Consumer'] })).toHaveLength(1);
  });

  it('can be deleted when they are empty, records of every kind included', async () => {
    const fixture = await onKafkasDirectory();
    const request = { groupsNames: ['modern-group', 'classic-group', 'no-group', 'no-group'] };
    expect(await fixture.coordinator.deleteGroups(fixture.context(2), request)).toEqual({
      results: [
        { groupId: 'modern-group', errorCode: 0 },
        { groupId: 'classic-group', errorCode: 0 },
        { groupId: 'no-group', errorCode: 69 },
      ],
    });
    expect(await fixture.list()).toEqual([]);
    expect(await fixture.committed('modern-group')).toEqual({});
    for (const partition of [2, 4]) {
      fixture.coordinator.onResignation(partition, null);
      await fixture.coordinator.onElection(partition, 2);
    }
    expect(await fixture.list()).toEqual([]);
  });

  it('with members keep them: the classic group of an earlier moment is stable again until its session ends', async () => {
    const writer = new FakePartitionWriter();
    const beforeLeaving = [...batches(segment(4))].slice(0, -1).map((batch) => batch.bytes());
    writer.fill(4, Buffer.concat(beforeLeaving));
    const fixture = new GroupFixture({}, writer, 5);
    await fixture.coordinator.onElection(4, 1);
    const { groupState, members } = await fixture.describe('classic-group');
    expect(groupState).toBe('Stable');
    expect(members).toMatchObject([
      {
        memberId: 'consumer-classic-group-1-c928e619-0f0e-42df-be7f-35263bc1ea21',
        clientId: 'consumer-classic-group-1',
        clientHost: '/127.0.0.1',
      },
    ]);
    // Its session is 45 s, its rebalance time-out 300 s.
    await fixture.clock.advance(45_000);
    expect(await fixture.state('classic-group')).toBe('Empty');
  });
});
