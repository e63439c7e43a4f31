/** What the controller decides when there is more than the broker of its own node. Expected values: Kafka's controller. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { supportedFeatures } from '../../src/metadata/features.ts';
import type { MetadataNode } from '../../src/metadata/metadata-node.ts';
import { config, TestNode } from './test-node.ts';

const SECOND = 2;
const DIRECTORY = 'AAAAAAAAAAAAAAAAAAAAyQ';
const UNCLEAN = 1;
const PREFERRED = 0;

let test: TestNode;
let node: MetadataNode;
beforeEach(async () => {
  test = new TestNode();
  node = await test.startBroker();
  await node.controller.createTopics({
    topics: [{ name: 'orders', numPartitions: 1, replicationFactor: 1, assignments: [], configs: [] }],
    validateOnly: false,
  });
});
afterEach(async () => {
  await node.close();
  test.remove();
});

/** What the controller does by the clock is done, and answered, when this resolves. */
async function pass(ms: number): Promise<void> {
  await test.clock.advance(ms);
  await node.controller.createTopics({ topics: [], validateOnly: true });
}

const partition = () => node.image().topicsByName.get('orders')!.partitions.get(0)!;

async function register(incarnationId = 'AAAAAAAAAAAAAAAAAAAAyA') {
  const { brokerEpoch } = await node.controller.registerBroker({
    brokerId: SECOND,
    clusterId: node.clusterId,
    incarnationId,
    endpoints: [],
    rack: null,
    directories: [DIRECTORY],
    features: supportedFeatures,
    previousBrokerEpoch: -1,
  });
  return brokerEpoch;
}

function heartbeat(brokerEpoch: number) {
  return node.controller.brokerHeartbeat({
    brokerId: SECOND,
    brokerEpoch,
    currentMetadataOffset: 1_000_000,
    wantFence: false,
    wantShutDown: false,
    offlineLogDirs: [],
    cordonedDirectories: null,
  });
}

async function reassign(replicas: readonly number[] | null, allowReplicationFactorChange = true) {
  const [answer] = await node.controller.alterReassignments({
    topics: [{ name: 'orders', partitions: [{ partitionIndex: 0, replicas }] }],
    allowReplicationFactorChange,
  });
  return answer?.partitions[0]?.error?.error ?? null;
}

async function alterIsr(
  newIsr: readonly number[],
  change: Partial<Record<'leaderEpoch' | 'partitionEpoch', number>> = {},
) {
  const { leaderEpoch, partitionEpoch, leader } = partition();
  const [topic] = await node.controller.alterPartitions({
    brokerId: leader,
    brokerEpoch: node.image().brokers.get(leader)!.epoch,
    topics: [
      {
        topicId: node.image().topicsByName.get('orders')!.id,
        partitions: [
          {
            partitionIndex: 0,
            leaderEpoch,
            partitionEpoch,
            leaderRecoveryState: 0,
            newIsr: newIsr.map((brokerId) => ({ brokerId, brokerEpoch: -1 })),
            ...change,
          },
        ],
      },
    ],
  });
  return topic?.partitions[0]?.error;
}

async function elect(electionType: number) {
  const [topic] = await node.controller.electLeaders({ electionType, topics: [{ topic: 'orders', partitions: [0] }] });
  return topic?.partitions[0]?.error?.error ?? null;
}

describe('a reassignment', () => {
  it('adds the new replica first, and completes when the leader says it is in sync', async () => {
    expect(await reassign([1, SECOND])).toBe('INVALID_REPLICA_ASSIGNMENT');
    await heartbeat(await register());
    const { leaderEpoch } = partition();
    expect(await reassign([SECOND])).toBeNull();
    expect(partition()).toMatchObject({
      replicas: [SECOND, 1],
      addingReplicas: [SECOND],
      removingReplicas: [1],
      isr: [1],
      leader: 1,
      leaderEpoch,
    });
    expect(await alterIsr([1, SECOND])).toBe('NEW_LEADER_ELECTED');
    expect(partition()).toMatchObject({
      replicas: [SECOND],
      addingReplicas: [],
      removingReplicas: [],
      isr: [SECOND],
      leader: SECOND,
      leaderEpoch: leaderEpoch + 1,
    });
  });

  it('that is called off leaves the partition as it was', async () => {
    await heartbeat(await register());
    const before = partition();
    expect(await reassign(null)).toBe('NO_REASSIGNMENT_IN_PROGRESS');
    await reassign([SECOND]);
    expect(await reassign(null)).toBeNull();
    const { replicas, isr, leader, directories } = before;
    expect(partition()).toMatchObject({ replicas, isr, leader, directories, addingReplicas: [], removingReplicas: [] });
  });

  it('that only puts replicas in another order needs nobody in sync', async () => {
    await heartbeat(await register());
    await reassign([1, SECOND]);
    expect(await alterIsr([1, SECOND])).toBe('NONE');
    expect(await reassign([SECOND, 1])).toBeNull();
    expect(partition()).toMatchObject({ replicas: [SECOND, 1], addingReplicas: [], leader: 1 });
  });

  it('may be kept from changing the replication factor', async () => {
    await heartbeat(await register());
    expect(await reassign([1, SECOND], false)).toBe('INVALID_REPLICATION_FACTOR');
    expect(await reassign([SECOND], false)).toBeNull();
  });
});

describe('the leader of a partition', () => {
  beforeEach(async () => {
    await heartbeat(await register());
    await reassign([SECOND, 1]);
    await alterIsr([1, SECOND]);
  });

  it('becomes the first replica again when the preferred one is asked for', async () => {
    expect(partition()).toMatchObject({ leader: 1, replicas: [SECOND, 1] });
    expect(await elect(PREFERRED)).toBeNull();
    expect(partition().leader).toBe(SECOND);
    expect(await elect(PREFERRED)).toBe('ELECTION_NOT_NEEDED');
    expect(await elect(UNCLEAN)).toBe('ELECTION_NOT_NEEDED');
  });

  it('stays who it is while the preferred one is fenced', async () => {
    await pass(config.brokerSessionTimeoutMs * 2);
    expect(node.image().brokers.get(SECOND)?.fenced).toBe(true);
    expect(await elect(PREFERRED)).toBe('PREFERRED_LEADER_NOT_AVAILABLE');
  });

  it.each<[string, Parameters<typeof alterIsr>]>([
    ['NOT_CONTROLLER', [[1], { leaderEpoch: 99 }]],
    ['NOT_CONTROLLER', [[1], { partitionEpoch: 99 }]],
    ['FENCED_LEADER_EPOCH', [[1], { leaderEpoch: -1 }]],
    ['INVALID_UPDATE_VERSION', [[1], { partitionEpoch: 0 }]],
    ['INVALID_REQUEST', [[SECOND]]],
    ['INVALID_REQUEST', [[1, 3]]],
    ['INVALID_REQUEST', [[1, 1]]],
  ])('is answered %s for an ISR of %j', async (error, args) => {
    expect(await alterIsr(...args)).toBe(error);
    expect(partition().isr).toEqual([1, SECOND]);
  });
});

describe('a broker that is silent', () => {
  it('is fenced when its session is over, and may then begin a new life', async () => {
    const brokerEpoch = await register();
    await heartbeat(brokerEpoch);
    await expect(register('AAAAAAAAAAAAAAAAAAAA0A')).rejects.toMatchObject({ error: 'DUPLICATE_BROKER_REGISTRATION' });
    for (let i = 0; i < 3; i++) {
      await pass(config.brokerSessionTimeoutMs / 2);
      await heartbeat(brokerEpoch);
    }
    expect(node.image().brokers.get(SECOND)?.fenced).toBe(false);
    await pass(config.brokerSessionTimeoutMs * 2);
    expect(node.image().brokers.get(SECOND)?.fenced).toBe(true);
    expect(node.image().brokers.get(1)?.fenced).toBe(false);
    expect(await register('AAAAAAAAAAAAAAAAAAAA0A')).toBeGreaterThan(brokerEpoch);
  });
});

describe('while nothing else is written', () => {
  it('a NoOpRecord is, every metadata.max.idle.interval.ms, and none by default', async () => {
    const idle = node.image().offset;
    await pass(60_000);
    expect(node.image().offset).toBe(idle);
    await test.stopBroker();
    node = await test.startBroker({ config: { ...config, metadataMaxIdleIntervalMs: 500 } });
    const before = node.image().offset;
    await pass(4000);
    expect(node.image().offset).toBeGreaterThanOrEqual(before + 2);
  });
});
