import { describe, expect, it } from 'vitest';
import { ErrorCode } from '../../protocol/errors.ts';
import { buildBatch } from '../../protocol/records/builder.ts';
import { hasRule } from '../../src/handlers/access-rules.ts';
import { brokerHandlers, controllerHandlers } from '../../src/handlers/table.ts';
import { AclOperation, AclPermission, PatternType, ResourceType } from '../../src/metadata/acls.ts';
import * as api from '../support/apis.ts';
import type { RawClient } from '../support/raw-client.ts';
import { startTestBroker, type TestBroker } from '../support/test-broker.ts';

const { NONE, TOPIC_AUTHORIZATION_FAILED, GROUP_AUTHORIZATION_FAILED, CLUSTER_AUTHORIZATION_FAILED } = ErrorCode;
const { TOPIC, GROUP, CLUSTER } = ResourceType;
const { READ, WRITE, DESCRIBE, ALL } = AclOperation;
const { ALLOW, DENY } = AclPermission;
const STANDARD = { 'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer' };
/** Everything about the cluster, so that a test can set entries and make topics. */
const ADMIN = { resourceType: CLUSTER, resourceName: 'kafka-cluster', operation: ALL };

const entry = {
  resourceType: TOPIC as number,
  resourceName: 'orders',
  resourcePatternType: PatternType.LITERAL as number,
  principal: 'User:ANONYMOUS',
  host: '*',
  operation: READ as number,
  permissionType: ALLOW as number,
};
type Entry = typeof entry;

async function create(client: RawClient, ...entries: Partial<Entry>[]) {
  const { results } = await client.request(api.createAcls, 3, {
    creations: entries.map((change) => ({ ...entry, ...change })),
  });
  return results.map(({ errorCode, errorMessage }) => (errorCode === NONE ? NONE : [errorCode, errorMessage]));
}

const anything = {
  resourceTypeFilter: ResourceType.ANY as number,
  resourceNameFilter: null as string | null,
  patternTypeFilter: PatternType.ANY as number,
  principalFilter: null as string | null,
  hostFilter: null as string | null,
  operation: AclOperation.ANY as number,
  permissionType: AclPermission.ANY as number,
};

async function described(client: RawClient, filter: Partial<typeof anything> = {}) {
  const { resources } = await client.request(api.describeAcls, 3, { ...anything, ...filter });
  return resources.flatMap(({ resourceName, patternType, acls }) =>
    acls.map(({ principal, operation }) => `${patternType}:${resourceName} ${principal} ${operation}`),
  );
}

/** A broker whose entries are made by a super user, and whose topics exist. */
async function guarded(...entries: Partial<Entry>[]): Promise<{ samsa: TestBroker; client: RawClient }> {
  const open = await startTestBroker({ ...STANDARD, 'super.users': 'User:ANONYMOUS' });
  const admin = await open.connect();
  const topics = ['orders', 'secret'].map((name) => ({ name, numPartitions: 1, replicationFactor: 1 }));
  await admin.request(api.createTopics, 7, { topics });
  await admin.request(api.findCoordinator, 4, { coordinatorKeys: ['g'] });
  if (entries.length > 0) await create(admin, ...entries);
  const samsa = await open.restart(STANDARD);
  return { samsa, client: await samsa.connect() };
}

describe('access control entries', () => {
  it('are nothing that a broker without an authorizer has', async () => {
    const client = await (await startTestBroker()).connect();
    // Kafka's codes and sentences.
    expect(await create(client, {})).toEqual([[ErrorCode.SECURITY_DISABLED, 'No Authorizer is configured.']]);
    const { errorCode, errorMessage } = await client.request(api.describeAcls, 3, anything);
    expect([errorCode, errorMessage]).toEqual([
      ErrorCode.SECURITY_DISABLED,
      'No Authorizer is configured on the broker',
    ]);
  });

  it('are kept once, found by filters, taken away, and outlive a restart', async () => {
    const settings = { ...STANDARD, 'super.users': 'User:ANONYMOUS' };
    const samsa = await startTestBroker(settings);
    const client = await samsa.connect();
    const prefixed = { resourceName: 'ord', resourcePatternType: PatternType.PREFIXED, operation: WRITE };
    expect(await create(client, {}, {}, prefixed, { resourceName: '*', principal: 'User:b' })).toEqual([0, 0, 0, 0]);
    const all = ['3:orders User:ANONYMOUS 3', '4:ord User:ANONYMOUS 4', '3:* User:b 3'];
    expect(await described(client)).toEqual(all);
    expect(await described(client, { resourceNameFilter: 'orders' })).toEqual([all[0]]);
    // What would be asked about a topic of that name.
    const match = { resourceNameFilter: 'orders', patternTypeFilter: PatternType.MATCH };
    expect(await described(client, match)).toEqual(all);
    expect(await described(client, { ...match, resourceNameFilter: 'ordinary' })).toEqual([all[1], all[2]]);
    expect(await described(client, { principalFilter: 'User:b' })).toEqual([all[2]]);
    expect(await described(client, { operation: WRITE })).toEqual([all[1]]);
    expect(await described(client, { permissionType: DENY })).toEqual([]);

    const again = await (await samsa.restart(settings)).connect();
    expect(await described(again)).toEqual(all);
    const { filterResults } = await again.request(api.deleteAcls, 3, {
      filters: [
        { ...anything, principalFilter: 'User:b' },
        { ...anything, operation: READ },
      ],
    });
    expect(filterResults.map(({ matchingAcls }) => matchingAcls.map(({ resourceName }) => resourceName))).toEqual([
      ['*'],
      ['orders', '*'],
    ]);
    expect(await described(again)).toEqual([all[1]]);
  });

  it.each<[Partial<Entry>, string]>([
    [{ resourceType: CLUSTER }, 'The only valid name for the CLUSTER resource is kafka-cluster'],
    [{ resourceName: '' }, 'Invalid empty resource name'],
    [{ resourcePatternType: PatternType.MATCH }, 'Invalid patternType MATCH'],
    [{ operation: AclOperation.ANY }, 'Invalid operation ANY'],
    [{ permissionType: AclPermission.ANY }, 'Invalid permissionType ANY'],
    [{ operation: 16 }, 'Invalid operation UNKNOWN'],
    [{ resourceType: 8 }, 'Invalid resourceType UNKNOWN'],
    [{ permissionType: 9 }, 'Invalid permissionType UNKNOWN'],
  ])('cannot be %j', async (change, message) => {
    const client = await (await startTestBroker({ ...STANDARD, 'super.users': 'User:ANONYMOUS' })).connect();
    expect(await create(client, change, { resourceName: 'fine' })).toEqual([
      [ErrorCode.INVALID_REQUEST, message],
      NONE,
    ]);
    expect(await described(client)).toEqual(['3:fine User:ANONYMOUS 3']);
  });
});

describe('without an entry that allows it', () => {
  it('a client writes, reads and sees no topic', async () => {
    const { client } = await guarded({ resourceName: 'orders', operation: WRITE });
    const produce = async (name: string) => {
      const records = buildBatch([{ timestamp: 1, key: null, value: Buffer.from('v') }]);
      const topicData = [{ name, partitionData: [{ index: 0, records }] }];
      const answer = await client.request(api.produce, 12, { acks: -1, timeoutMs: 1000, topicData });
      return answer.responses[0]?.partitionResponses[0]?.errorCode;
    };
    expect([await produce('orders'), await produce('secret')]).toEqual([NONE, TOPIC_AUTHORIZATION_FAILED]);
    const fetch = async (topic: string) => {
      const topics = [{ topic, partitions: [{ partition: 0, partitionMaxBytes: 1000 }] }];
      const answer = await client.request(api.fetch, 12, { maxWaitMs: 0, minBytes: 1, sessionEpoch: -1, topics });
      return answer.responses[0]?.partitions[0]?.errorCode;
    };
    expect(await fetch('orders')).toBe(TOPIC_AUTHORIZATION_FAILED);
    const { topics } = await client.request(api.metadata, 12, {
      topics: [{ name: 'orders' }, { name: 'secret' }, { name: 'not there' }],
      allowAutoTopicCreation: true,
      includeTopicAuthorizedOperations: true,
    });
    expect(topics.map(({ name, errorCode }) => [name, errorCode])).toEqual([
      ['orders', NONE],
      ['secret', TOPIC_AUTHORIZATION_FAILED],
      ['not there', TOPIC_AUTHORIZATION_FAILED],
    ]);
    expect(topics[0]?.topicAuthorizedOperations).toBe((1 << WRITE) | (1 << DESCRIBE));
    const all = await client.request(api.metadata, 12, { topics: null });
    expect(all.topics.map(({ name }) => name)).toEqual(['orders']);
    const offsets = await client.request(api.listOffsets, 7, {
      replicaId: -1,
      topics: ['orders', 'secret'].map((name) => ({ name, partitions: [{ partitionIndex: 0, timestamp: -1 }] })),
    });
    expect(offsets.topics.map(({ partitions }) => partitions[0]?.errorCode)).toEqual([
      NONE,
      TOPIC_AUTHORIZATION_FAILED,
    ]);
  });

  it('a client has no group', async () => {
    const { client } = await guarded({ resourceType: GROUP, resourceName: 'mine' }, { resourceName: 'orders' });
    const find = await client.request(api.findCoordinator, 4, { coordinatorKeys: ['mine', 'theirs'] });
    expect(find.coordinators.map(({ errorCode }) => errorCode)).toEqual([NONE, GROUP_AUTHORIZATION_FAILED]);
    const heartbeat = { groupId: 'theirs', memberId: 'x', generationId: 1 };
    expect((await client.request(api.heartbeat, 4, heartbeat)).errorCode).toBe(GROUP_AUTHORIZATION_FAILED);
    const commit = async (groupId: string) => {
      const topics = ['orders', 'secret'].map((name) => ({
        name,
        partitions: [{ partitionIndex: 0, committedOffset: 1, committedMetadata: '' }],
      }));
      const answer = await client.request(api.offsetCommit, 9, { groupId, generationIdOrMemberEpoch: -1, topics });
      return answer.topics.map(({ partitions }) => partitions[0]?.errorCode);
    };
    expect(await commit('theirs')).toEqual([GROUP_AUTHORIZATION_FAILED, GROUP_AUTHORIZATION_FAILED]);
    expect(await commit('mine')).toEqual([NONE, TOPIC_AUTHORIZATION_FAILED]);
    const fetched = await client.request(api.offsetFetch, 8, {
      groups: [
        { groupId: 'theirs', topics: null },
        { groupId: 'mine', topics: ['orders', 'secret'].map((name) => ({ name, partitionIndexes: [0] })) },
      ],
    });
    expect(fetched.groups.map(({ groupId, errorCode }) => [groupId, errorCode])).toEqual([
      ['theirs', GROUP_AUTHORIZATION_FAILED],
      ['mine', NONE],
    ]);
    expect(fetched.groups[1]?.topics.map(({ partitions }) => partitions[0]?.errorCode)).toEqual([
      NONE,
      TOPIC_AUTHORIZATION_FAILED,
    ]);
  });

  it('a client changes nothing of the cluster, and makes what topics it may', async () => {
    const { client } = await guarded({
      resourceName: 'made-',
      resourcePatternType: PatternType.PREFIXED,
      operation: AclOperation.CREATE,
    });
    expect(await create(client, {})).toEqual([[CLUSTER_AUTHORIZATION_FAILED, 'Cluster authorization failed.']]);
    const update = await client.request(api.updateFeatures, 2, { featureUpdates: [] });
    expect(update.errorCode).toBe(CLUSTER_AUTHORIZATION_FAILED);
    const { topics } = await client.request(api.createTopics, 7, {
      topics: ['made-1', 'other'].map((name) => ({ name, numPartitions: 1, replicationFactor: 1 })),
    });
    expect(topics.map(({ name, errorCode, topicConfigErrorCode }) => [name, errorCode, topicConfigErrorCode])).toEqual([
      ['made-1', NONE, TOPIC_AUTHORIZATION_FAILED],
      ['other', TOPIC_AUTHORIZATION_FAILED, NONE],
    ]);
    const { responses } = await client.request(api.deleteTopics, 6, { topics: [{ name: 'orders' }], timeoutMs: 1000 });
    expect(responses[0]?.errorCode).toBe(TOPIC_AUTHORIZATION_FAILED);
    const configs = await client.request(api.incrementalAlterConfigs, 1, {
      resources: [2, 4, 32].map((resourceType) => ({ resourceType, resourceName: resourceType === 4 ? '' : 'orders' })),
    });
    expect(configs.responses.map(({ errorCode }) => errorCode)).toEqual([
      TOPIC_AUTHORIZATION_FAILED,
      CLUSTER_AUTHORIZATION_FAILED,
      GROUP_AUTHORIZATION_FAILED,
    ]);
    const id = await client.request(api.initProducerId, 4, { transactionalId: null, transactionTimeoutMs: 1000 });
    expect(id.errorCode).toBe(CLUSTER_AUTHORIZATION_FAILED);
  });

  it('entries take effect at once, denials before all others', async () => {
    const { client } = await guarded(ADMIN);
    const names = async () => (await client.request(api.metadata, 12, { topics: null })).topics.map(({ name }) => name);
    expect(await names()).toEqual([]);
    await create(client, { resourceName: '*', operation: DESCRIBE });
    expect(await names()).toEqual(['orders', 'secret', '__consumer_offsets']);
    await create(client, { resourceName: 'secret', operation: ALL, permissionType: DENY });
    expect(await names()).toEqual(['orders', '__consumer_offsets']);
  });
});

it('every API is asked about by a rule, by its handler, or is open to everybody', () => {
  const unruled = [...brokerHandlers, ...controllerHandlers].filter(({ request }) => !hasRule(request.apiKey!));
  expect(unruled.map(({ request }) => request.name)).toEqual([]);
});
