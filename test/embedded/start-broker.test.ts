import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { buildBatch } from '../../protocol/records/builder.ts';
import { type EmbeddedBroker, type StartBrokerOptions, startBroker } from '../../src/index.ts';
import { AclOperation, AclPermission, PatternType, ResourceType } from '../../src/metadata/acls.ts';
import * as api from '../support/apis.ts';
import { fetch, findCoordinator, metadata, offsetCommit, offsetFetch } from '../support/apis.ts';
import { RawClient } from '../support/raw-client.ts';

async function started(options?: StartBrokerOptions): Promise<EmbeddedBroker> {
  const broker = await startBroker(options);
  onTestFinished(() => broker.close());
  return broker;
}

async function connected(broker: EmbeddedBroker): Promise<RawClient> {
  const client = await RawClient.connect(broker.port);
  onTestFinished(() => client.close());
  return client;
}

const text = (messages: readonly { value: Buffer | null }[]) => messages.map(({ value }) => String(value));

describe('embedded broker', () => {
  test('is ready for clients of its port, and shares topics with its own client', async () => {
    const broker = await started();
    expect(broker.bootstrapServers).toBe(`127.0.0.1:${broker.port}`);
    expect(await broker.produce('t', { key: 'k', value: 'a' })).toMatchObject({ partition: 0, offset: 0 });
    const client = await connected(broker);
    const { topics } = await client.request(metadata, 12, { topics: [{ name: 't' }] });
    expect(topics).toMatchObject([{ name: 't', errorCode: 0 }]);
    const answer = await client.request(fetch, 12, {
      topics: [{ topic: 't', partitions: [{ partition: 0, partitionMaxBytes: 1_000 }] }],
    });
    expect(answer.responses[0]!.partitions[0]!.highWatermark).toBe(1);
  });

  test('twenty run side by side in a process, each with its own port and topics', async () => {
    const brokers = await Promise.all(Array.from({ length: 20 }, () => started()));
    expect(new Set(brokers.map(({ port }) => port)).size).toBe(20);
    await Promise.all(brokers.map((broker, i) => broker.produce('t', { value: `${i}` })));
    const all = await Promise.all(brokers.map((broker) => broker.records('t')));
    expect(all.map((records) => text(records))).toEqual(brokers.map((_, i) => [`${i}`]));
  });

  test('await using closes it', async () => {
    let port = 0;
    {
      await using broker = await startBroker();
      ({ port } = broker);
    }
    await expect(RawClient.connect(port)).rejects.toThrow('ECONNREFUSED');
  });

  test('takes Kafka configs, and refuses what Kafka refuses', async () => {
    const broker = await started({ configs: { 'num.partitions': 3, 'auto.create.topics.enable': false } });
    await expect(broker.produce('t', { value: 'a' })).rejects.toMatchObject({ error: 'UNKNOWN_TOPIC_OR_PARTITION' });
    await broker.createTopic('t');
    expect((await broker.getTopicMetadata('t')).partitions).toHaveLength(3);
    expect(await broker.topics()).toEqual(['t']);
    await expect(broker.createTopic('t')).rejects.toMatchObject({ error: 'TOPIC_ALREADY_EXISTS' });
    await expect(startBroker({ configs: { 'num.partitions': 'many' } })).rejects.toThrow('num.partitions');
  });

  test('a directory keeps the data, a temporary one is gone with the broker', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'samsa-embedded-'));
    onTestFinished(() => rm(directory, { recursive: true, force: true }));
    const first = await started({ storage: { directory } });
    await first.produce('t', { value: 'kept' });
    await first.close();
    expect(await readdir(directory)).toContain('t-0');
    const second = await started({ storage: { directory } });
    expect(text(await second.records('t'))).toEqual(['kept']);

    const temporary = await started({ storage: 'temporary' });
    await temporary.produce('t', { value: 'a' });
    expect(text(await temporary.records('t'))).toEqual(['a']);
  });

  test('consume returns messages once: from an offset, no more than asked for', async () => {
    const broker = await started();
    await broker.produce(
      't',
      ['a', 'b', 'c', 'd'].map((value) => ({ value })),
    );
    expect(text(await broker.consume('t'))).toEqual(['a', 'b', 'c', 'd']);
    expect(text(await broker.consume('t', { offset: 1, maxMessages: 2 }))).toEqual(['b', 'c']);
    expect(await broker.consume('t', { offset: 'latest' })).toEqual([]);
    await expect(broker.consume('t', { offset: 9 })).rejects.toMatchObject({ error: 'OFFSET_OUT_OF_RANGE' });
  });

  test('a stream goes on with what comes, and return ends it while it waits', async () => {
    const broker = await started();
    await broker.produce('t', { value: 'a' });
    const stream = broker.stream('t');
    expect((await stream.next()).value).toMatchObject({ offset: 0 });
    const next = stream.next();
    await broker.produce('t', { value: 'b' });
    expect(String((await next).value.value)).toBe('b');
    const waiting = stream.next();
    await stream.return();
    expect(await waiting).toEqual({ done: true, value: undefined });
  });

  test('a signal ends a stream', async () => {
    const broker = await started();
    await broker.produce('t', [{ value: 'a' }, { value: 'b' }]);
    const controller = new AbortController();
    const seen: string[] = [];
    for await (const { value } of broker.stream('t', { signal: controller.signal })) {
      seen.push(String(value));
      if (seen.length === 2) controller.abort();
    }
    expect(seen).toEqual(['a', 'b']);
  });

  test('waitFor resolves with what it waited for, and says what it waited for in vain', async () => {
    const broker = await started();
    const found = broker.waitFor(async () => (await broker.records('t'))[0]);
    await broker.produce('t', { value: 'a' });
    expect(await found).toMatchObject({ offset: 0 });
    await expect(broker.waitFor(() => false, { timeoutMs: 20 })).rejects.toThrow('() => false');
  });

  test('waitFor looks again when a record comes and when a topic is made, without a timer', async () => {
    const broker = await started();
    vi.useFakeTimers({ toFake: ['setTimeout'] });
    onTestFinished(() => void vi.useRealTimers());
    const made = broker.waitFor(async () => (await broker.topics()).length === 2);
    await broker.createTopic('t');
    await broker.createTopic('u');
    await made;
    const found = broker.waitFor(async () => (await broker.records('t'))[1]);
    await broker.produce('t', { value: 'a' });
    await broker.produce('t', { value: 'b' });
    expect(String((await found)?.value)).toBe('b');
  });

  test('waitFor looks again for what is not the broker’s', async () => {
    const broker = await started();
    let isDone = false;
    const found = broker.waitFor(() => isDone);
    setImmediate(() => {
      isDone = true;
    });
    expect(await found).toBe(true);
  });

  test('reset leaves no topic, no group and no altered config, and connections stay', async () => {
    const broker = await started();
    const client = await connected(broker);
    await broker.produce('t', { value: 'a' });
    const commit = async () => {
      await client.request(findCoordinator, 3, { key: 'g', keyType: 0 });
      return client.request(offsetFetch, 7, { groupId: 'g', topics: [{ name: 't', partitionIndexes: [0] }] });
    };
    await commit();
    await client.request(offsetCommit, 7, {
      groupId: 'g',
      generationIdOrMemberEpoch: -1,
      topics: [{ name: 't', partitions: [{ partitionIndex: 0, committedOffset: 1 }] }],
    });
    expect((await commit()).topics[0]!.partitions[0]!.committedOffset).toBe(1);

    await broker.reset();
    expect(await broker.topics()).toEqual([]);
    expect(await broker.records('t')).toEqual([]);
    expect((await commit()).topics[0]!.partitions[0]!.committedOffset).toBe(-1);
    expect(await broker.produce('t', { value: 'anew' })).toMatchObject({ offset: 0 });
    await broker.reset();
    await broker.reset();
  });

  test('reset leaves no ACL, quota, SCRAM user, altered config or log level', async () => {
    const configs = {
      'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
      'allow.everyone.if.no.acl.found': true,
    };
    const broker = await started({ configs });
    const { client } = broker;
    const inPlace = async () => {
      const anything = { resourceTypeFilter: ResourceType.ANY, resourceNameFilter: null, principalFilter: null };
      const acls = await client.request(api.describeAcls, 3, {
        ...{ ...anything, hostFilter: null, patternTypeFilter: PatternType.ANY },
        operation: AclOperation.ANY,
        permissionType: AclPermission.ANY,
      });
      const quotas = await client.request(api.describeClientQuotas, 1, { components: [], strict: false });
      const users = await client.request(api.describeUserScramCredentials, 0, { users: null });
      const described = await client.request(api.describeConfigs, 4, {
        resources: [
          { resourceType: 4, resourceName: '', configurationKeys: null },
          { resourceType: 4, resourceName: '1', configurationKeys: ['log.retention.ms'] },
          { resourceType: 8, resourceName: '1', configurationKeys: ['samsa.network'] },
        ],
      });
      return {
        ...{ acls: acls.resources, quotas: quotas.entries ?? [], users: users.results },
        configs: described.results.map((result) => result.configs.map(({ name, value }) => [name, value])),
      };
    };
    const asNew = await inPlace();
    expect(asNew).toMatchObject({ acls: [], quotas: [], users: [] });

    const acl = { resourceType: ResourceType.CLUSTER, resourceName: 'kafka-cluster', operation: AclOperation.ALL };
    const aclEntry = { ...acl, principal: 'User:ANONYMOUS', host: '*', permissionType: AclPermission.ALLOW };
    const topicEntry = {
      ...aclEntry,
      resourceType: ResourceType.TOPIC,
      resourceName: 't',
      operation: AclOperation.READ,
    };
    await client.request(api.createAcls, 3, {
      creations: [aclEntry, topicEntry].map((each) => ({ ...each, resourcePatternType: PatternType.LITERAL })),
    });
    await client.request(api.alterClientQuotas, 1, {
      entries: [
        {
          entity: [{ entityType: 'client-id', entityName: null }],
          ops: [{ key: 'producer_byte_rate', value: 1_000, remove: false }],
        },
      ],
      validateOnly: false,
    });
    const upsertion = { name: 'alice', mechanism: 1, iterations: 4096, salt: Buffer.from('salt') };
    await client.request(api.alterUserScramCredentials, 0, {
      deletions: [],
      upsertions: [{ ...upsertion, saltedPassword: Buffer.alloc(32) }],
    });
    const set = (name: string, value: string) => ({ name, configOperation: 0, value });
    await client.request(api.incrementalAlterConfigs, 1, {
      resources: [
        { resourceType: 4, resourceName: '', configs: [set('log.retention.ms', '1'), set('min.insync.replicas', '2')] },
        { resourceType: 4, resourceName: '1', configs: [set('log.retention.ms', '2')] },
        { resourceType: 8, resourceName: '1', configs: [set('samsa.network', 'DEBUG')] },
      ],
    });
    const changed = await inPlace();
    expect(changed.acls).toHaveLength(2);
    expect([changed.quotas.length, changed.users.length]).toEqual([1, 1]);
    expect(changed.configs).toEqual([
      expect.arrayContaining([
        ['log.retention.ms', '1'],
        ['min.insync.replicas', '2'],
      ]),
      [['log.retention.ms', '2']],
      [['samsa.network', 'DEBUG']],
    ]);

    await broker.reset();
    expect(await inPlace()).toEqual(asNew);
    await broker.produce('t', { value: 'a' });
  });

  test('a producer that outlives a reset makes its topic again by its first record', async () => {
    const broker = await started();
    const client = await connected(broker);
    const records = buildBatch([{ timestamp: 1, key: null, value: Buffer.from('x') }]);
    const produceTo = async (name: string) => {
      const body = { acks: -1, timeoutMs: 1_000, topicData: [{ name, partitionData: [{ index: 0, records }] }] };
      const { responses } = await client.request(api.produce, 7, body);
      return responses[0]!.partitionResponses[0]!.errorCode;
    };
    await broker.produce('t', { value: 'a' });
    await broker.reset();
    expect(await Promise.all([produceTo('t'), produceTo('t'), produceTo('other')])).toEqual([0, 0, 3]);
    expect(text(await broker.records('t'))).toEqual(['x', 'x']);
    // Deleted, it is as unknown as it is to Kafka.
    await broker.deleteTopic('t');
    expect(await produceTo('t')).toBe(3);
  });

  test('the clock moves ahead: records grow old and are deleted', async () => {
    const broker = await started({ configs: { 'log.retention.check.interval.ms': 60_000 } });
    await broker.createTopic('t', { configs: { 'retention.ms': '3600000' } });
    await broker.produce('t', { value: 'old' });
    const beforeMs = broker.clock.now();
    await broker.clock.advance(2 * 3_600_000);
    expect(broker.clock.now() - beforeMs).toBeGreaterThanOrEqual(2 * 3_600_000);
    await broker.waitFor(async () => (await broker.records('t')).length === 0);
    await expect(broker.clock.advance(-1)).rejects.toThrow('ahead only');
  });
});
