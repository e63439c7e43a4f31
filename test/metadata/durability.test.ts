import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openRaftLog } from '../../src/raft/open-raft-log.ts';
import { TestNode } from './test-node.ts';

const topics = (count: number, numPartitions: number, prefix = 't') => ({
  topics: Array.from({ length: count }, (_, i) => ({
    name: `${prefix}${i}`,
    numPartitions,
    replicationFactor: 1,
    assignments: [],
    configs: [],
  })),
  validateOnly: false,
});

describe('what was acknowledged', () => {
  let test: TestNode;
  beforeEach(() => {
    test = new TestNode();
  });
  afterEach(() => test.remove());

  it('is there after a kill, from real files', async () => {
    const openLog = openRaftLog;
    const first = await test.startBroker({ openLog });
    await first.controller.createTopics(topics(3, 2));
    await first.controller.deleteTopics([{ name: 't1' }]);
    const before = first.image();
    const second = await test.startBroker({ openLog });
    expect([...second.image().topicsById.keys()]).toEqual([...before.topicsById.keys()]);
    expect(second.controllerEpoch).toBe(2);
    await second.controller.createTopics(topics(1, 1, 'later'));
    await second.controlledShutdown();
    await second.close();
    const third = await test.startBroker({ openLog });
    expect([...third.image().topicsByName.keys()].sort()).toEqual(['later0', 't0', 't2']);
    await third.close();
  });

  it('is there after a restart that changes more partitions than a batch holds', async () => {
    const first = await test.startBroker();
    await first.controller.createTopics(topics(1, 9_000, 'a'));
    await first.controller.createTopics(topics(1, 9_000, 'b'));
    const second = await test.startBroker();
    const partition = second.image().topicsByName.get('b0')?.partitions.get(8_999);
    // Fenced, taken out of the eligible leaders, and led again: as after the kill of a small broker.
    expect(partition).toMatchObject({ leader: 1, leaderEpoch: 2, partitionEpoch: 3, isr: [1], elr: [] });
    const third = await test.start();
    expect(third.image().topicsByName.get('b0')?.partitions.get(8_999)).toEqual(partition);
  });
});
