import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ErrorCode } from '../../protocol/errors.ts';
import { brokerHandlers } from '../../src/handlers/table.ts';
import * as api from '../support/apis.ts';
import { encodeFrame } from '../support/raw-client.ts';
import { startTestBroker } from '../support/test-broker.ts';

describe('metadata', () => {
  it('that auto-creates a topic answers with the finished topic', async () => {
    const client = await (await startTestBroker({ 'num.partitions': '3' })).connect();
    const { topics } = await client.request(api.metadata, 12, {
      topics: [{ name: 'new' }],
      allowAutoTopicCreation: true,
    });
    expect(topics[0]).toMatchObject({ errorCode: 0, name: 'new' });
    expect(topics[0]?.partitions.map(({ leaderId, errorCode }) => [leaderId, errorCode])).toEqual([
      [1, 0],
      [1, 0],
      [1, 0],
    ]);
  });

  it('made by many at once makes a topic once', async () => {
    const samsa = await startTestBroker();
    const clients = await Promise.all(Array.from({ length: 8 }, () => samsa.connect()));
    const answers = await Promise.all(
      clients.map((client) =>
        client.request(api.metadata, 12, { topics: [{ name: 'new' }], allowAutoTopicCreation: true }),
      ),
    );
    expect(new Set(answers.map(({ topics }) => topics[0]?.topicId)).size).toBe(1);
    expect(answers.every(({ topics }) => topics[0]?.errorCode === 0)).toBe(true);
  });

  it('does not create what it must not', async () => {
    const samsa = await startTestBroker();
    const client = await samsa.connect();
    const ask = async (name: string, allowAutoTopicCreation: boolean) =>
      (await client.request(api.metadata, 12, { topics: [{ name }], allowAutoTopicCreation })).topics[0]?.errorCode;
    expect(await ask('missing', false)).toBe(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
    expect(await ask('bad name!', true)).toBe(ErrorCode.INVALID_TOPIC_EXCEPTION);
    expect((await client.request(api.metadata, 12, { topics: null })).topics).toEqual([]);
  });

  it('advertises the port that was bound', async () => {
    const samsa = await startTestBroker();
    const { brokers } = await (await samsa.connect()).request(api.metadata, 12, { topics: [] });
    expect(brokers).toMatchObject([{ nodeId: 1, host: '127.0.0.1', port: samsa.port }]);
  });
});

describe('topics', () => {
  it('whose log cannot be made are offline, and the broker goes on', async () => {
    const samsa = await startTestBroker();
    const client = await samsa.connect();
    await writeFile(join(samsa.directory, 'orders-0'), 'in the way');
    await client.request(api.createTopics, 7, { topics: [{ name: 'orders', numPartitions: 1, replicationFactor: 1 }] });
    const { responses } = await client.request(api.fetch, 12, {
      maxWaitMs: 0,
      sessionEpoch: -1,
      topics: [{ topic: 'orders', partitions: [{ partition: 0, partitionMaxBytes: 1 << 20 }] }],
    });
    expect(responses[0]!.partitions[0]!.errorCode).toBe(ErrorCode.KAFKA_STORAGE_ERROR);
    const { topics } = await client.request(api.metadata, 12, { topics: null });
    expect(topics.map(({ name }) => name)).toEqual(['orders']);
  });

  it('of the broker itself keep their records from DeleteRecords', async () => {
    const client = await (await startTestBroker()).connect();
    const { topics } = await client.request(api.deleteRecords, 2, {
      topics: [{ name: '__consumer_offsets', partitions: [{ partitionIndex: 0, offset: -1 }] }],
    });
    expect(topics[0]!.partitions[0]!.errorCode).toBe(ErrorCode.INVALID_TOPIC_EXCEPTION);
  });

  it('have their configs readable at once after creation', async () => {
    const client = await (await startTestBroker()).connect();
    const { topics } = await client.request(api.createTopics, 7, {
      topics: [
        {
          name: 'orders',
          numPartitions: 2,
          replicationFactor: -1,
          configs: [{ name: 'retention.ms', value: '12345' }],
        },
      ],
    });
    expect(topics[0]).toMatchObject({ errorCode: 0, numPartitions: 2, replicationFactor: 1 });
    expect(topics[0]?.configs?.find(({ name }) => name === 'retention.ms')?.value).toBe('12345');
    const { results } = await client.request(api.describeConfigs, 4, {
      resources: [{ resourceType: 2, resourceName: 'orders', configurationKeys: ['retention.ms'] }],
    });
    expect(results[0]?.configs).toMatchObject([{ name: 'retention.ms', value: '12345', configSource: 1 }]);
  });

  it('survive a restart with id, partitions and configs', async () => {
    const samsa = await startTestBroker();
    const client = await samsa.connect();
    const created = await client.request(api.createTopics, 7, {
      topics: [
        { name: 'orders', numPartitions: 2, replicationFactor: 1, configs: [{ name: 'retention.ms', value: '12345' }] },
      ],
    });
    const again = await (await samsa.restart()).connect();
    const { topics, clusterId } = await again.request(api.metadata, 12, { topics: null });
    expect(clusterId).toBe(samsa.broker.clusterId);
    expect(topics).toMatchObject([{ name: 'orders', topicId: created.topics[0]?.topicId }]);
    expect(topics[0]?.partitions).toHaveLength(2);
    const { results } = await again.request(api.describeConfigs, 4, {
      resources: [{ resourceType: 2, resourceName: 'orders', configurationKeys: ['retention.ms'] }],
    });
    expect(results[0]?.configs[0]?.value).toBe('12345');
  });

  it.each([
    ['a name with a space', { name: 'a b', numPartitions: 1, replicationFactor: 1 }, 'INVALID_TOPIC_EXCEPTION'],
    ['no partitions', { name: 'a', numPartitions: 0, replicationFactor: 1 }, 'INVALID_PARTITIONS'],
    ['more replicas than brokers', { name: 'a', numPartitions: 1, replicationFactor: 3 }, 'INVALID_REPLICATION_FACTOR'],
    [
      'an unknown config',
      { name: 'a', numPartitions: 1, replicationFactor: 1, configs: [{ name: 'nope', value: '1' }] },
      'INVALID_CONFIG',
    ],
  ] as const)('are refused with %s', async (_what, topic, error) => {
    const client = await (await startTestBroker()).connect();
    const { topics } = await client.request(api.createTopics, 7, { topics: [topic] });
    expect(topics[0]?.errorCode).toBe(ErrorCode[error]);
  });
});

describe('coordinators', () => {
  it('are there on first use of a fresh broker', async () => {
    const samsa = await startTestBroker();
    const client = await samsa.connect();
    const found = await client.request(api.findCoordinator, 4, { keyType: 0, coordinatorKeys: ['g'] });
    expect(found.coordinators).toMatchObject([{ key: 'g', errorCode: 0, nodeId: 1, port: samsa.port }]);
    const joined = await client.request(api.joinGroup, 3, {
      groupId: 'g',
      sessionTimeoutMs: 10_000,
      rebalanceTimeoutMs: 10_000,
      protocolType: 'consumer',
      protocols: [{ name: 'range', metadata: Buffer.from('m') }],
    });
    expect(joined).toMatchObject({ errorCode: 0, generationId: 1, protocolName: 'range' });
  });

  it('rebalance a first member without waiting 3 s', async () => {
    const client = await (await startTestBroker()).connect();
    await client.request(api.findCoordinator, 4, { keyType: 0, coordinatorKeys: ['g'] });
    const started = performance.now();
    await client.request(api.joinGroup, 3, {
      groupId: 'g',
      sessionTimeoutMs: 10_000,
      rebalanceTimeoutMs: 10_000,
      protocolType: 'consumer',
      protocols: [{ name: 'range', metadata: Buffer.from('m') }],
    });
    expect(performance.now() - started).toBeLessThan(1000);
  });

  it('keep commit metadata, also over a restart', async () => {
    const samsa = await startTestBroker();
    const client = await samsa.connect();
    await client.request(api.createTopics, 7, { topics: [{ name: 'orders', numPartitions: 1, replicationFactor: 1 }] });
    await client.request(api.findCoordinator, 4, { keyType: 0, coordinatorKeys: ['g'] });
    const committed = await client.request(api.offsetCommit, 8, {
      groupId: 'g',
      topics: [
        {
          name: 'orders',
          partitions: [
            { partitionIndex: 0, committedOffset: 7, committedLeaderEpoch: 0, committedMetadata: 'where I was' },
          ],
        },
      ],
    });
    expect(committed.topics[0]?.partitions[0]?.errorCode).toBe(0);
    const restarted = await samsa.restart();
    const again = await restarted.connect();
    await again.request(api.findCoordinator, 4, { keyType: 0, coordinatorKeys: ['g'] });
    const { groups } = await again.request(api.offsetFetch, 8, {
      groups: [{ groupId: 'g', topics: [{ name: 'orders', partitionIndexes: [0] }] }],
    });
    expect(groups[0]?.topics[0]?.partitions[0]).toMatchObject({
      committedOffset: 7,
      metadata: 'where I was',
      errorCode: 0,
    });
  });
});

describe('ApiVersions', () => {
  it('lists exactly what is served', async () => {
    const client = await (await startTestBroker()).connect();
    const { apiKeys, finalizedFeatures, supportedFeatures } = await client.request(api.apiVersions, 4, {
      clientSoftwareName: 'raw',
      clientSoftwareVersion: '1',
    });
    expect(apiKeys.map(({ apiKey }) => apiKey)).toEqual(brokerHandlers.map(({ request }) => request.apiKey));
    expect(apiKeys.find(({ apiKey }) => apiKey === 0)).toMatchObject({ minVersion: 0, maxVersion: 13 });
    expect(apiKeys.find(({ apiKey }) => apiKey === 22)).toMatchObject({ minVersion: 0, maxVersion: 5 });
    const finalized = new Map(finalizedFeatures.map(({ name, maxVersionLevel }) => [name, maxVersionLevel]));
    expect(finalized.get('metadata.version')).toBe(30);
    expect(finalized.get('transaction.version')).toBe(2);
    expect(finalized.get('group.version')).toBe(1);
    expect(supportedFeatures.map(({ name }) => name)).toContain('transaction.version');
  });

  it('leaves out features of level 0 below version 4 (KAFKA-17492)', async () => {
    const client = await (await startTestBroker()).connect();
    const software = { clientSoftwareName: 'raw', clientSoftwareVersion: '1' };
    const { supportedFeatures } = await client.request(api.apiVersions, 3, software);
    expect(supportedFeatures.every(({ minVersion }) => minVersion > 0)).toBe(true);
  });

  // The bytes are Apache Kafka 4.3.1's answer to the same frame.
  it('of an unknown version is answered at version 0 with its own range', async () => {
    const client = await (await startTestBroker()).connect();
    const answer = await client.sendFrame(Buffer.from('0012000900000001ffff00', 'hex'));
    expect(answer.toString('hex')).toBe('00000001002300000001001200000004');
  });

  it.each([
    ['an unknown API key', '03e7000000000001ffff'],
    ['an API that is not served', '0007000000000001ffff'],
    ['a version that is too new', '0000000e00000001ffff00'],
    ['a version that is gone', '0001000300000001ffff'],
  ])('%s closes the connection, and only that', async (_what, hex) => {
    const samsa = await startTestBroker();
    const other = await samsa.connect();
    await expect((await samsa.connect()).sendFrame(Buffer.from(hex, 'hex'))).rejects.toThrow('connection closed');
    const alive = await other.sendFrame(encodeFrame(api.apiVersions[0], 0, 5, {}));
    expect(alive.readInt32BE(0)).toBe(5);
  });
});
