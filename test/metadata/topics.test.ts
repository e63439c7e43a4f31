import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CreatableTopic, CreatedTopic } from '../../src/metadata/controller-requests.ts';
import { ConfigResource, ZERO_UUID } from '../../src/metadata/image.ts';
import { broker, TestNode } from './test-node.ts';

let test: TestNode;
beforeEach(() => {
  test = new TestNode();
});
afterEach(async () => {
  await test.node.close();
  test.remove();
});

function topic(name: string, rest: Partial<CreatableTopic> = {}): CreatableTopic {
  return { name, numPartitions: 1, replicationFactor: 1, assignments: [], configs: [], ...rest };
}

async function create(...topics: CreatableTopic[]): Promise<CreatedTopic[]> {
  return test.node.controller.createTopics({ topics, validateOnly: false });
}

/** The one topic's error as Kafka's name and message. */
async function refusal(wanted: CreatableTopic): Promise<[string | undefined, string | undefined]> {
  const [result] = await create(wanted);
  expect(result?.topicId).toBe(ZERO_UUID);
  return [result?.error?.error, result?.error?.message];
}

describe('createTopics', () => {
  beforeEach(() => test.startBroker());

  it('answers when the listeners have seen the topic', async () => {
    const seen: string[] = [];
    await test.node.addListener(async (_image, delta) => {
      await new Promise((resolve) => setImmediate(resolve));
      for (const change of delta.topics.values()) seen.push(change.after?.name ?? '');
    });
    const [result] = await create(topic('orders', { numPartitions: 3 }));
    expect(seen).toEqual(['orders']);
    expect(result).toMatchObject({ error: null, numPartitions: 3, replicationFactor: 1 });
    const made = test.node.image().topicsByName.get('orders');
    expect(made?.id).toBe(result?.topicId);
    expect(made?.partitions.get(2)).toEqual({
      partition: 2,
      replicas: [1],
      isr: [1],
      removingReplicas: [],
      addingReplicas: [],
      leader: 1,
      leaderEpoch: 0,
      partitionEpoch: 0,
      directories: [test.node.directoryIds.get(test.logDir)],
      leaderRecoveryState: 0,
      elr: [],
      lastKnownElr: [],
    });
  });

  it('takes defaults for −1, and never more replicas than there are live brokers', async () => {
    const [result] = await create(topic('defaults', { numPartitions: -1, replicationFactor: -1 }));
    expect(result).toMatchObject({ error: null, numPartitions: 1, replicationFactor: 1 });
  });

  // Messages of Apache Kafka 4.3.1's ReplicationControlManager, ControllerApis and Topic.
  it.each([
    ['', 'INVALID_TOPIC_EXCEPTION', 'Topic name is invalid: the empty string is not allowed'],
    ['.', 'INVALID_TOPIC_EXCEPTION', "Topic name is invalid: '.' is not allowed"],
    ['..', 'INVALID_TOPIC_EXCEPTION', "Topic name is invalid: '..' is not allowed"],
    [
      'a b',
      'INVALID_TOPIC_EXCEPTION',
      "Topic name is invalid: 'a b' contains one or more characters other than ASCII alphanumerics, '.', '_' and '-'",
    ],
    [
      'x'.repeat(250),
      'INVALID_TOPIC_EXCEPTION',
      `Topic name is invalid: the length of '${'x'.repeat(250)}' is longer than the max allowed length 249`,
    ],
    ['__cluster_metadata', 'INVALID_REQUEST', 'Creation of internal topic __cluster_metadata is prohibited.'],
    ['a.b', 'INVALID_TOPIC_EXCEPTION', "Topic 'a.b' collides with existing topic: a_b"],
    ['a_b', 'TOPIC_ALREADY_EXISTS', "Topic 'a_b' already exists."],
  ])('refuses the name %j', async (name, error, message) => {
    await create(topic('a_b'));
    expect(await refusal(topic(name))).toEqual([error, message]);
  });

  it('takes a name of 249 characters', async () => {
    const [result] = await create(topic('x'.repeat(249)));
    expect(result?.error).toBeNull();
  });

  it.each<[string, Partial<CreatableTopic>, string, string]>([
    [
      'no partitions',
      { numPartitions: 0 },
      'INVALID_PARTITIONS',
      'Number of partitions was set to an invalid non-positive value.',
    ],
    [
      'no replicas',
      { replicationFactor: 0 },
      'INVALID_REPLICATION_FACTOR',
      'Replication factor must be larger than 0, or -1 to use the default value.',
    ],
    [
      'more replicas than brokers',
      { replicationFactor: 2 },
      'INVALID_REPLICATION_FACTOR',
      'Unable to replicate the partition 2 time(s): The target replication factor of 2 cannot be reached because only 1 broker(s) are registered or some brokers have all their log directories cordoned.',
    ],
    [
      'a broker that is not there',
      { numPartitions: -1, replicationFactor: -1, assignments: [{ partitionIndex: 0, brokerIds: [7] }] },
      'INVALID_REPLICA_ASSIGNMENT',
      'The manual partition assignment includes broker 7, but no such broker is registered.',
    ],
    [
      'a broker twice',
      { numPartitions: -1, replicationFactor: -1, assignments: [{ partitionIndex: 0, brokerIds: [1, 1] }] },
      'INVALID_REPLICA_ASSIGNMENT',
      'The manual partition assignment includes the broker 1 more than once.',
    ],
    [
      'a gap in the partitions',
      { numPartitions: -1, replicationFactor: -1, assignments: [{ partitionIndex: 1, brokerIds: [1] }] },
      'INVALID_REPLICA_ASSIGNMENT',
      'partitions should be a consecutive 0-based integer sequence',
    ],
    [
      'assignments beside a count',
      { replicationFactor: -1, assignments: [{ partitionIndex: 0, brokerIds: [1] }] },
      'INVALID_REQUEST',
      'A manual partition assignment was specified, but numPartitions was not set to -1.',
    ],
    [
      'a config without value',
      { configs: [{ name: 'retention.ms', value: null }] },
      'INVALID_CONFIG',
      'Null value not supported for topic configs: retention.ms',
    ],
    [
      'an unknown config',
      { configs: [{ name: 'no.such', value: '1' }] },
      'INVALID_CONFIG',
      'Unknown topic config name: no.such',
    ],
    [
      'more partitions than a batch holds',
      { numPartitions: 10_001 },
      'POLICY_VIOLATION',
      'Excessively large number of partitions per request.',
    ],
  ])('refuses %s', async (_what, rest, error, message) => {
    expect(await refusal(topic('refused', rest))).toEqual([error, message]);
    expect(test.node.image().topicsByName.has('refused')).toBe(false);
  });

  it('makes what it can of a request, and refuses what is named twice', async () => {
    const results = await create(topic('a'), topic('b'), topic('c', { numPartitions: 0 }), topic('b'));
    expect(results.map(({ name, error }) => [name, error?.error ?? null])).toEqual([
      ['a', null],
      ['c', 'INVALID_PARTITIONS'],
      ['b', 'INVALID_REQUEST'],
    ]);
    expect([...test.node.image().topicsByName.keys()]).toEqual(['a']);
  });

  it('writes nothing when it only validates', async () => {
    const { offset } = test.node.image();
    const [result] = await test.node.controller.createTopics({
      topics: [topic('v', { numPartitions: 4 })],
      validateOnly: true,
    });
    expect(result).toMatchObject({ error: null, topicId: ZERO_UUID, numPartitions: 4 });
    expect(test.node.image().offset).toBe(offset);
  });

  it('sees what was decided before, committed or not', async () => {
    const [first, second] = await Promise.all([create(topic('race')), create(topic('race'))]);
    expect(first[0]?.error).toBeNull();
    expect(second[0]?.error?.error).toBe('TOPIC_ALREADY_EXISTS');
  });

  it('needs one flush for requests that come together', async () => {
    const before = test.log.flushes;
    await Promise.all(Array.from({ length: 20 }, (_, i) => create(topic(`t${i}`))));
    expect(test.log.flushes - before).toBe(1);
  });
});

describe('several log directories', () => {
  it('get new partitions where there are fewest', async () => {
    const logDirs = ['a', 'b'].map((name) => `${test.directory}/${name}`);
    const node = await test.start({ logDirs, metadataLogDir: logDirs[0]! });
    await node.registerAndUnfence(broker);
    await create(topic('first', { numPartitions: 3 }));
    await create(topic('second', { numPartitions: 3 }));
    const counts = new Map<string, number>();
    for (const { partitions } of node.image().topicsById.values()) {
      for (const { directories } of partitions.values()) {
        counts.set(directories[0]!, (counts.get(directories[0]!) ?? 0) + 1);
      }
    }
    expect(counts).toEqual(new Map(logDirs.map((path) => [node.directoryIds.get(path)!, 3])));
  });
});

describe('deleteTopics', () => {
  beforeEach(() => test.startBroker());

  it('deletes by name and by id, with the configs', async () => {
    await create(topic('a', { configs: [{ name: 'retention.ms', value: '1' }] }), topic('b'));
    const id = test.node.image().topicsByName.get('b')!.id;
    const results = await test.node.controller.deleteTopics([{ name: 'a' }, { topicId: id }]);
    expect(results.map(({ name, error }) => [name, error])).toEqual([
      ['a', null],
      ['b', null],
    ]);
    expect(test.node.image().topicsByName.size).toBe(0);
    expect(test.node.image().topicsById.size).toBe(0);
    expect(test.node.image().configs(ConfigResource.TOPIC, 'a').size).toBe(0);
  });

  it('refuses what is unknown, named twice, or named by both', async () => {
    await create(topic('a'), topic('b'));
    const id = test.node.image().topicsByName.get('b')!.id;
    const results = await test.node.controller.deleteTopics([
      { name: 'gone' },
      { topicId: 'abcdefghijklmnopqrstuA' },
      { name: 'a' },
      { name: 'a' },
      { topicId: id },
      { name: 'b' },
    ]);
    expect(results.map(({ error }) => error?.error)).toEqual([
      'UNKNOWN_TOPIC_OR_PARTITION',
      'UNKNOWN_TOPIC_ID',
      'INVALID_REQUEST',
      'INVALID_REQUEST',
      'INVALID_REQUEST',
      'INVALID_REQUEST',
    ]);
    expect(test.node.image().topicsByName.size).toBe(2);
  });

  it('lets the name be used again, under another id', async () => {
    const [before] = await create(topic('again'));
    await test.node.controller.deleteTopics([{ name: 'again' }]);
    const [after] = await create(topic('again'));
    expect(after?.error).toBeNull();
    expect(after?.topicId).not.toBe(before?.topicId);
  });
});

describe('createPartitions', () => {
  beforeEach(() => test.startBroker());

  const more = async (name: string, count: number, brokerIds: number[][] | null = null) => {
    const assignments = brokerIds?.map((ids) => ({ brokerIds: ids })) ?? null;
    const [result] = await test.node.controller.createPartitions({
      topics: [{ name, count, assignments }],
      validateOnly: false,
    });
    return [result?.error?.error, result?.error?.message];
  };

  it('adds to what is there', async () => {
    await create(topic('grows'));
    expect(await more('grows', 3)).toEqual([undefined, undefined]);
    expect([...test.node.image().topicsByName.get('grows')!.partitions.keys()]).toEqual([0, 1, 2]);
  });

  it.each<[number, number[][] | null, string, string]>([
    [2, null, 'INVALID_PARTITIONS', 'Topic already has 2 partition(s).'],
    [1, null, 'INVALID_PARTITIONS', 'The topic grows currently has 2 partition(s); 1 would not be an increase.'],
    [
      4,
      [[1]],
      'INVALID_REPLICA_ASSIGNMENT',
      'Attempted to add 2 additional partition(s), but only 1 assignment(s) were specified.',
    ],
  ])('refuses a total of %i with assignments %j', async (count, assignments, error, message) => {
    await create(topic('grows', { numPartitions: 2 }));
    expect(await more('grows', count, assignments)).toEqual([error, message]);
  });

  it('refuses a topic that is not there', async () => {
    expect((await more('none', 2))[0]).toBe('UNKNOWN_TOPIC_OR_PARTITION');
  });
});
