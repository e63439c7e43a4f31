import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DirectoryId, isReplicaOffline } from '../../src/metadata/image.ts';
import { TestNode } from './test-node.ts';

describe('directories of a broker', () => {
  let test: TestNode;
  let first: string;
  let second: string;
  beforeEach(async () => {
    test = new TestNode();
    const logDirs = [test.logDir, join(test.directory, 'more')];
    const node = await test.startBroker({ logDirs });
    [first, second] = logDirs.map((path) => node.directoryIds.get(path)!) as [string, string];
    await node.controller.createTopics({
      topics: [{ name: 'orders', numPartitions: 2, replicationFactor: 1, assignments: [], configs: [] }],
      validateOnly: false,
    });
  });
  afterEach(async () => {
    await test.node.close();
    test.remove();
  });

  const partition = (index: number) => test.node.image().topicsByName.get('orders')!.partitions.get(index)!;
  const topicId = () => test.node.image().topicsByName.get('orders')!.id;
  const assign = (assignments: { topicId: string; partition: number; directoryId: string }[], brokerEpoch?: number) =>
    test.node.controller.assignReplicasToDirs({
      brokerId: 1,
      brokerEpoch: brokerEpoch ?? test.node.brokerEpoch,
      assignments,
    });

  it('are told where a replica is', async () => {
    const epochs = partition(0);
    expect(await assign([{ topicId: topicId(), partition: 0, directoryId: second }])).toMatchObject([{ error: null }]);
    expect(partition(0).directories).toEqual([second]);
    const offset = test.node.image().offset;
    await assign([{ topicId: topicId(), partition: 0, directoryId: second }]);
    expect(test.node.image().offset).toBe(offset);
    await assign([{ topicId: topicId(), partition: 0, directoryId: first }]);
    // The leader stays, and so does its epoch.
    expect(partition(0)).toMatchObject({ directories: [first], leader: 1, leaderEpoch: epochs.leaderEpoch });
  });

  it('are refused for what is not there', async () => {
    const unknown = 'AAAAAAAAAAAAAAAAAAAABQ';
    const answers = await assign([
      { topicId: unknown, partition: 0, directoryId: first },
      { topicId: topicId(), partition: 7, directoryId: first },
    ]);
    expect(answers.map(({ error }) => error?.error)).toEqual(['UNKNOWN_TOPIC_ID', 'UNKNOWN_TOPIC_OR_PARTITION']);
    await expect(assign([], 99)).rejects.toMatchObject({ error: 'STALE_BROKER_EPOCH' });
  });

  it('that fail leave their partitions without a leader, until the replica is in one that serves', async () => {
    await assign([
      { topicId: topicId(), partition: 0, directoryId: first },
      { topicId: topicId(), partition: 1, directoryId: second },
    ]);
    const before = partition(1);
    await test.node.reportOfflineDirectories([join(test.directory, 'more')]);
    expect(test.node.image().brokers.get(1)?.directories).toEqual([first]);
    expect(partition(0)).toMatchObject({ leader: 1 });
    expect(partition(1)).toMatchObject({ leader: -1, leaderEpoch: before.leaderEpoch + 1 });
    const isOffline = (index: number): boolean => isReplicaOffline(test.node.image(), partition(index), 1);
    expect([isOffline(0), isOffline(1)]).toEqual([false, true]);
    // Said once more, nothing is left to write.
    const { offset } = test.node.image();
    await test.node.reportOfflineDirectories([join(test.directory, 'more')]);
    expect(test.node.image().offset).toBe(offset);

    await assign([{ topicId: topicId(), partition: 1, directoryId: first }]);
    expect(partition(1)).toMatchObject({ leader: 1, leaderEpoch: before.leaderEpoch + 2, directories: [first] });
    await assign([{ topicId: topicId(), partition: 0, directoryId: DirectoryId.LOST }]);
    expect(partition(0)).toMatchObject({ leader: -1, directories: [DirectoryId.LOST] });
  });
});
