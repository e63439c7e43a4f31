import { describe, expect, it } from 'vitest';
import { buildBatch } from '../../protocol/records/builder.ts';
import { inVersions, type Message, versionRange } from '../../protocol/schema/table.ts';
import type { Handler } from '../../src/handlers/handler.ts';
import { brokerHandlers, controllerHandlers } from '../../src/handlers/table.ts';
import type { RawClient } from '../support/raw-client.ts';
import { startTestBroker, type TestBroker, WITH_CONTROLLER } from '../support/test-broker.ts';

type Body = Record<string, unknown>;

let groups = 0;

/** A request about the metadata log's partition. */
function ofQuorum(partition: Body): Body {
  const name = '__cluster_metadata';
  return { topics: [{ topicName: name, name, partitions: [partition] }] };
}

/** A request that succeeds and one that fails, for each API; what a version does not have is taken out. */
const bodies: Record<number, (topicId: string) => Body[]> = {
  0: (topicId) =>
    ['orders', 'missing'].map((name) => ({
      acks: -1,
      timeoutMs: 1000,
      transactionalId: null,
      topicData: [
        {
          name,
          topicId: name === 'orders' ? topicId : 'AAAAAAAAAAAAAAAAAAAAZg',
          partitionData: [
            { index: 0, records: buildBatch([{ timestamp: 1, key: null, value: Buffer.from('v') }]) },
            { index: 0, records: Buffer.from('not a batch') },
            { index: 9, records: null },
          ],
        },
      ],
    })),
  1: (topicId) =>
    [0, 99].map((fetchOffset) => ({
      maxWaitMs: 0,
      minBytes: 1,
      topics: [
        { topic: 'orders', topicId, partitions: [{ partition: 0, fetchOffset, partitionMaxBytes: 1000 }] },
        {
          topic: 'missing',
          topicId: 'AAAAAAAAAAAAAAAAAAAAZg',
          partitions: [{ partition: 0, partitionMaxBytes: 1000 }],
        },
      ],
    })),
  2: () => [
    {
      replicaId: -1,
      topics: [
        { name: 'orders', partitions: [-1, -2, 0].map((timestamp) => ({ partitionIndex: 0, timestamp })) },
        { name: 'orders', partitions: [{ partitionIndex: 7, timestamp: -1 }] },
        { name: 'missing', partitions: [{ partitionIndex: 0, timestamp: -1 }] },
      ],
    },
    { replicaId: -1, topics: [{ name: 'orders', partitions: [{ partitionIndex: 0, timestamp: -2 }] }] },
  ],
  3: () => [{ topics: [{ name: 'orders' }, { name: 'bad name' }] }, { topics: [] }],
  8: (topicId) => [
    {
      groupId: 'g',
      topics: [
        { name: 'orders', topicId, partitions: [{ partitionIndex: 0, committedOffset: 1, committedMetadata: 'm' }] },
      ],
    },
    {
      groupId: 'g',
      generationIdOrMemberEpoch: 9,
      memberId: 'x',
      topics: [{ name: 'orders', topicId, partitions: [{ partitionIndex: 0 }] }],
    },
  ],
  9: (topicId) => [
    {
      groupId: 'g',
      topics: [{ name: 'orders', partitionIndexes: [0, 5] }],
      groups: [{ groupId: 'g', topics: [{ name: 'orders', topicId, partitionIndexes: [0, 5] }] }],
    },
    { groupId: 'g', topics: [], groups: [{ groupId: 'g', topics: null }] },
  ],
  10: () => [
    { key: 'g', keyType: 0, coordinatorKeys: ['g'] },
    { key: 't', keyType: 1, coordinatorKeys: ['t'] },
  ],
  11: () => [
    {
      // A group of its own each time: a second member would wait for the first.
      groupId: `joined-${groups++}`,
      sessionTimeoutMs: 10_000,
      rebalanceTimeoutMs: 10_000,
      protocolType: 'consumer',
      protocols: [{ name: 'range', metadata: Buffer.alloc(1) }],
    },
    { groupId: 'joined', sessionTimeoutMs: 1, protocolType: 'consumer', protocols: [] },
  ],
  12: () => [{ groupId: 'g', memberId: 'x', generationId: 1 }],
  13: () => [{ groupId: 'g', memberId: 'x', members: [{ memberId: 'x' }] }],
  14: () => [{ groupId: 'g', memberId: 'x', generationId: 1, protocolType: 'consumer', protocolName: 'range' }],
  15: () => [{ groups: ['g', 'missing'], includeAuthorizedOperations: false }],
  16: () => [{}],
  18: () => [{ clientSoftwareName: 'raw', clientSoftwareVersion: '1' }, {}],
  19: () => [
    { topics: [{ name: 'fresh', numPartitions: 1, replicationFactor: 1 }, { name: 'bad name' }], timeoutMs: 1000 },
    { topics: [{ name: 'twice' }, { name: 'twice' }] },
  ],
  20: () => [{ topicNames: ['missing'], topics: [{ name: 'missing' }], timeoutMs: 1000 }],
  21: () => [
    {
      topics: [
        { name: 'orders', partitions: [{ partitionIndex: 0, offset: 0 }] },
        { name: 'missing', partitions: [{ partitionIndex: 0 }] },
      ],
    },
  ],
  22: () => [{ transactionalId: null }, { transactionalId: 'tx', transactionTimeoutMs: 1000 }],
  23: () => [
    { replicaId: -1, topics: [{ topic: 'orders', partitions: [{ partition: 0, leaderEpoch: 0 }, { partition: 5 }] }] },
  ],
  29: () => [{ resourceTypeFilter: 1, patternTypeFilter: 1, operation: 1, permissionType: 1 }],
  30: () => [
    {
      creations: [
        { resourceType: 2, resourceName: 't', principal: 'User:a', host: '*', operation: 3, permissionType: 3 },
      ],
    },
  ],
  31: () => [{ filters: [{ resourceTypeFilter: 1, patternTypeFilter: 1, operation: 1, permissionType: 1 }] }],
  32: () => [
    {
      includeSynonyms: true,
      includeDocumentation: true,
      resources: [
        { resourceType: 2, resourceName: 'orders', configurationKeys: null },
        { resourceType: 4, resourceName: '1', configurationKeys: null },
        { resourceType: 4, resourceName: '', configurationKeys: null },
        { resourceType: 2, resourceName: 'missing', configurationKeys: null },
        { resourceType: 8, resourceName: '1', configurationKeys: null },
        { resourceType: 16, resourceName: 'subscription', configurationKeys: null },
        { resourceType: 32, resourceName: 'group', configurationKeys: null },
      ],
    },
  ],
  33: () => [
    {
      resources: [{ resourceType: 2, resourceName: 'orders', configs: [{ name: 'retention.ms', value: '1' }] }],
      validateOnly: true,
    },
  ],
  34: () => [{ dirs: [{ path: '/nowhere', topics: [{ name: 'orders', partitions: [0] }] }] }],
  35: () => [{ topics: null }, { topics: [{ topic: 'orders', partitions: [0] }] }],
  37: () => [
    {
      topics: [
        { name: 'orders', count: 2, assignments: null },
        { name: 'missing', count: 2, assignments: null },
      ],
      validateOnly: true,
    },
  ],
  38: () => [{ renewers: [{ principalType: 'User', principalName: 'a' }], maxLifetimeMs: -1 }],
  39: () => [{ hmac: Buffer.alloc(1), renewPeriodMs: 1 }],
  40: () => [{ hmac: Buffer.alloc(1), expiryTimePeriodMs: 1 }],
  41: () => [{ owners: null }, { owners: [] }],
  42: () => [{ groupsNames: ['missing'] }],
  44: () => [
    {
      resources: [
        { resourceType: 2, resourceName: 'orders', configs: [{ name: 'nope', configOperation: 0, value: '1' }] },
      ],
      validateOnly: true,
    },
  ],
  47: () => [{ groupId: 'g', topics: [{ name: 'orders', partitions: [{ partitionIndex: 0 }] }] }],
  48: () => [{ components: [] }, { components: [{ entityType: 'user', matchType: 0, match: null }] }],
  49: () => [
    {
      entries: [
        { entity: [{ entityType: 'user', entityName: 'u' }], ops: [{ key: 'producer_byte_rate', value: 1 }] },
        { entity: [], ops: [] },
      ],
    },
  ],
  50: () => [{ users: null }, { users: [{ name: 'nobody' }] }],
  51: () => [
    {
      deletions: [{ name: 'nobody', mechanism: 1 }],
      upsertions: [
        { name: 'u', mechanism: 1, iterations: 4096, salt: Buffer.alloc(1), saltedPassword: Buffer.alloc(1) },
      ],
    },
  ],
  43: () => [{ topicPartitions: null }, { electionType: 9, topicPartitions: [{ topic: 'orders', partitions: [0] }] }],
  45: () => [
    { topics: [{ name: 'orders', partitions: [1, 0].map((partitionIndex) => ({ partitionIndex, replicas: [1] })) }] },
    { topics: [{ name: 'orders', partitions: [{ partitionIndex: 0, replicas: null }] }] },
  ],
  46: () => [{ topics: null }, { topics: [{ name: 'orders', partitionIndexes: [0] }] }],
  56: (topicId) => [{ brokerId: 1, brokerEpoch: 9, topics: [{ topicId, partitions: [{ partitionIndex: 0 }] }] }],
  58: () => [{ requestData: Buffer.from('x'), requestPrincipal: null, clientHostAddress: Buffer.alloc(4) }],
  62: (id) => [{ brokerId: 7, clusterId: 'other', incarnationId: id, listeners: [], features: [], rack: null }],
  63: () => [{ brokerId: 7, brokerEpoch: 1, currentMetadataOffset: 1, wantFence: false, wantShutDown: false }],
  67: () => [{ brokerId: 7, brokerEpoch: 1 }],
  70: (id) => [{ controllerId: 7, incarnationId: id, zkMigrationReady: false, listeners: [], features: [] }],
  73: (topicId) => [
    {
      brokerId: 1,
      brokerEpoch: 1,
      directories: [{ id: topicId, topics: [{ topicId, partitions: [{ partitionIndex: 0 }] }] }],
    },
  ],
  57: () =>
    [1, 9].map((maxVersionLevel) => ({
      featureUpdates: [{ feature: 'group.version', maxVersionLevel, upgradeType: 1 }],
      validateOnly: true,
    })),
  52: (id) => [
    ofQuorum({ partitionIndex: 0, replicaEpoch: 1, replicaId: 7, replicaDirectoryId: id, lastOffset: 0 }),
    { topics: [] },
  ],
  53: () => [ofQuorum({ partitionIndex: 0, leaderId: 7, leaderEpoch: 0 }), { topics: [] }],
  54: () => [ofQuorum({ partitionIndex: 0, leaderId: 7, leaderEpoch: 0 }), { topics: [] }],
  55: () => [
    ofQuorum({ partitionIndex: 0 }),
    { topics: [{ topicName: 'orders', partitions: [{ partitionIndex: 0 }] }] },
  ],
  59: () => [
    ofQuorum({ partition: 0, currentLeaderEpoch: 1, snapshotId: { endOffset: 0, epoch: 0 } }),
    ofQuorum({ partition: 0, currentLeaderEpoch: 0, snapshotId: { endOffset: 0, epoch: 0 } }),
  ],
  60: () => [{}, { endpointType: 2 }],
  64: () => [{ brokerId: 77 }],
  71: (id) => [{ clientInstanceId: id }],
  72: (id) => [{ clientInstanceId: id, metrics: Buffer.alloc(0) }],
  74: () => [{ resourceTypes: [] }, { resourceTypes: [99] }],
  75: () => [{ topics: [], responsePartitionLimit: 1 }, { topics: [{ name: 'missing' }] }],
  80: (id) => [{ clusterId: null, timeoutMs: 100, voterId: 1, voterDirectoryId: id }, { clusterId: 'another' }],
  81: (id) => [{ clusterId: null, voterId: 7, voterDirectoryId: id }, { clusterId: 'another' }],
  82: (id) => [{ clusterId: null, currentLeaderEpoch: 1, voterId: 1, voterDirectoryId: id }, { clusterId: 'another' }],
};

/** The part of `body` that the table has at `version`. */
function atVersion(fields: Message['fields'], version: number, body: Body): Body {
  const kept: Body = {};
  for (const [name, value] of Object.entries(body)) {
    const field = fields[name];
    if (field === undefined || !inVersions(field.versions, version)) continue;
    const inner = typeof field.element === 'object' ? field.element : undefined;
    kept[name] =
      inner !== undefined && Array.isArray(value)
        ? value.map((entry) => atVersion(inner, version, entry as Body))
        : value;
  }
  return kept;
}

async function fresh(): Promise<{ samsa: TestBroker; client: RawClient; topicId: string }> {
  const samsa = await startTestBroker(WITH_CONTROLLER);
  const client = await samsa.connect();
  const createTopics = brokerHandlers.find(({ request }) => request.apiKey === 19)!;
  const created = await client.request([createTopics.request, createTopics.response], 7, {
    topics: [{ name: 'orders', numPartitions: 1, replicationFactor: 1 }],
  });
  const findCoordinator = brokerHandlers.find(({ request }) => request.apiKey === 10)!;
  await client.request([findCoordinator.request, findCoordinator.response], 4, { coordinatorKeys: ['g'] });
  const [{ topicId }] = created.topics as [{ topicId: string }];
  return { samsa, client, topicId };
}

describe('every version of every API that is served', () => {
  const onListener = (listener: string) => (handler: Handler) => [handler.request.name, listener, handler] as const;

  it.each([...brokerHandlers.map(onListener('PLAINTEXT')), ...controllerHandlers.map(onListener('CONTROLLER'))])(
    '%s is answered on %s',
    async (_name, listener, handler) => {
      const { samsa, topicId } = await fresh();
      const { low, high } = versionRange(handler.request.versions);
      const served = handler.request.latestVersionUnstable ? high - 1 : high;
      for (let version = low; version <= served; version++) {
        for (const body of bodies[handler.request.apiKey!]!(topicId)) {
          const client = await samsa.connect(listener);
          const answered = client.request(
            [handler.request, handler.response],
            version,
            atVersion(handler.request.fields, version, body),
          );
          await expect(answered, `version ${version}`).resolves.toBeDefined();
          client.close();
        }
      }
    },
  );
});
