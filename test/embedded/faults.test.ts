import { describe, expect, onTestFinished, test } from 'vitest';
import { buildBatch } from '../../protocol/records/builder.ts';
import { type EmbeddedBroker, type Fault, startBroker } from '../../src/index.ts';
import { fetch, metadata, produce } from '../support/apis.ts';
import { RawClient } from '../support/raw-client.ts';

async function started(storage: 'memory' | 'temporary' = 'memory'): Promise<EmbeddedBroker> {
  const broker = await startBroker({ storage });
  onTestFinished(() => broker.close());
  await broker.createTopic('t');
  await broker.createTopic('u');
  return broker;
}

async function connected(broker: EmbeddedBroker): Promise<RawClient> {
  const client = await RawClient.connect(broker.port);
  onTestFinished(() => client.close());
  return client;
}

const records = buildBatch([{ timestamp: 1, key: null, value: Buffer.from('x') }]);

async function produceTo(client: RawClient, topic: string, clientId?: string): Promise<number> {
  const body = { acks: -1, timeoutMs: 1_000, topicData: [{ name: topic, partitionData: [{ index: 0, records }] }] };
  const { responses } = await client.request(produce, 9, body, clientId);
  return responses[0]!.partitionResponses[0]!.errorCode;
}

describe('faults', () => {
  test('an error is answered as often as told, and counted', async () => {
    const broker = await started();
    const client = await connected(broker);
    const fault = broker.faults.inject({ api: 'Produce', error: 'NOT_LEADER_OR_FOLLOWER', count: 2 });
    expect(fault.fired).toBe(0);
    expect([await produceTo(client, 't'), await produceTo(client, 't'), await produceTo(client, 't')]).toEqual([
      6, 6, 0,
    ]);
    expect(fault.fired).toBe(2);
    expect(await broker.records('t')).toHaveLength(1);
  });

  test('only what is targeted is struck: by API, client and topic, by its id too', async () => {
    const broker = await started();
    const client = await connected(broker);
    const fault = broker.faults.inject({ topic: 'u', clientId: 'struck', error: 'KAFKA_STORAGE_ERROR' });
    expect(await produceTo(client, 'u', 'other')).toBe(0);
    expect(await produceTo(client, 't', 'struck')).toBe(0);
    expect(await produceTo(client, 'u', 'struck')).toBe(56);
    const { topics } = await client.request(metadata, 12, { topics: [{ name: 'u' }] });
    const wanted = [{ topicId: topics[0]!.topicId, partitions: [{ partition: 0, partitionMaxBytes: 100 }] }];
    expect((await client.request(fetch, 13, { topics: wanted }, 'struck')).errorCode).toBe(56);
    expect(fault.fired).toBe(2);
    fault.remove();
    expect(await produceTo(client, 'u', 'struck')).toBe(0);
  });

  test('a disconnect ends the connection, and only that one', async () => {
    const broker = await started();
    const [client, other] = [await connected(broker), await connected(broker)];
    const fault = broker.faults.inject({ api: 'Produce', disconnect: true, count: 1 });
    await expect(produceTo(client, 't')).rejects.toThrow('connection closed');
    await fault.whenFired();
    expect(await produceTo(other, 't')).toBe(0);
  });

  test('a delay is one of the broker’s time, and keeps the order of its connection', async () => {
    const broker = await started();
    const client = await connected(broker);
    const fault = broker.faults.inject({ api: 'Produce', topic: 't', delayMs: 3_600_000, count: 1 });
    const delayed = produceTo(client, 't');
    const after = produceTo(client, 'u');
    await fault.whenFired();
    // Another connection's request is not held back, and shows that those two still are.
    expect(await produceTo(await connected(broker), 't')).toBe(0);
    expect(await broker.records('u')).toEqual([]);
    await broker.clock.advance(3_600_000);
    expect(await Promise.all([delayed, after])).toEqual([0, 0]);
    expect(await broker.records('u')).toHaveLength(1);
  });

  test('a barrier holds what comes until it is removed, and keeps the order of its connection', async () => {
    const broker = await started();
    const client = await connected(broker);
    const barrier = broker.faults.inject({ api: 'Produce', topic: 't', barrier: true, count: 1 });
    const held = produceTo(client, 't');
    const after = produceTo(client, 'u');
    await barrier.whenFired();
    expect(await produceTo(await connected(broker), 't')).toBe(0);
    expect(await broker.records('u')).toEqual([]);
    expect(barrier.fired).toBe(1);
    barrier.remove();
    expect(await Promise.all([held, after])).toEqual([0, 0]);
    expect([(await broker.records('t')).length, (await broker.records('u')).length]).toEqual([2, 1]);
  });

  test('a reset opens a barrier, and a broker with a closed one stops', async () => {
    const broker = await started();
    const client = await connected(broker);
    const barrier = broker.faults.inject({ api: 'Produce', barrier: true, count: 1 });
    const held = produceTo(client, 'never-made');
    await barrier.whenFired();
    await broker.reset();
    expect(await held).toBe(3);
    const again = broker.faults.inject({ api: 'Produce', barrier: true });
    const answered = produceTo(client, 't');
    await again.whenFired();
    await broker.close();
    expect(await answered).toBe(0);
  });

  test('a black hole takes what comes, answers nothing, and lets the broker stop', async () => {
    const broker = await started();
    const client = await connected(broker);
    const fault = broker.faults.inject({ api: 'Produce', blackHole: true, count: 1 });
    const outcomes: unknown[] = [];
    const settled = [produceTo(client, 't'), produceTo(client, 't')].map((request) =>
      request.then(
        (code) => outcomes.push(code),
        () => outcomes.push('closed'),
      ),
    );
    await fault.whenFired();
    expect(await produceTo(await connected(broker), 't')).toBe(0);
    expect(outcomes).toEqual([]);
    expect(await broker.records('t')).toHaveLength(1);
    await broker.close();
    await Promise.all(settled);
    expect(outcomes).toEqual(['closed', 'closed']);
  });

  test('writes of a topic are refused by the disk', async () => {
    const broker = await started();
    const fault = broker.faults.inject({ refuseWrites: 'ENOSPC', topic: 't', count: 1 });
    await expect(broker.produce('t', { value: 'a' })).rejects.toMatchObject({ error: 'KAFKA_STORAGE_ERROR' });
    expect(fault.fired).toBe(1);
  });

  test('a reset brings a disk back that refused a write, on the same port', async () => {
    const broker = await started();
    const { bootstrapServers } = broker;
    broker.faults.inject({ refuseWrites: 'EIO', topic: 't' });
    await expect(broker.produce('t', { value: 'a' })).rejects.toMatchObject({ error: 'KAFKA_STORAGE_ERROR' });
    await expect(broker.produce('other', { value: 'a' })).rejects.toThrow();
    await broker.reset();
    expect(broker.bootstrapServers).toBe(bootstrapServers);
    expect(await broker.topics()).toEqual([]);
    expect(await produceTo(await connected(broker), 'u')).toBe(3);
    expect(await broker.produce('t', { value: 'b' })).toMatchObject({ offset: 0 });
    // The new disk can be told to fail as the old one.
    const fault = broker.faults.inject({ refuseWrites: 'ENOSPC', topic: 't' });
    await expect(broker.produce('t', { value: 'c' })).rejects.toMatchObject({ error: 'KAFKA_STORAGE_ERROR' });
    expect(fault.fired).toBe(1);
  });

  test('the broker’s own client is struck only by name, and reset ends all faults', async () => {
    const broker = await started();
    broker.faults.inject({ error: 'UNKNOWN_SERVER_ERROR' });
    await broker.produce('t', { value: 'a' });
    const fault = broker.faults.inject({ clientId: 'samsa-embedded', api: 'Produce', error: 'NOT_ENOUGH_REPLICAS' });
    await expect(broker.produce('t', { value: 'a' })).rejects.toMatchObject({ error: 'NOT_ENOUGH_REPLICAS' });
    await broker.reset();
    await broker.produce('t', { value: 'a' });
    expect(fault.fired).toBe(1);
  });

  test.each<[object, string]>([
    [{ api: 'Prodcue', disconnect: true }, 'there is no API Prodcue'],
    [{ error: 'NOT_A_LEADER' }, 'Kafka has no error NOT_A_LEADER'],
    [{ error: 'NONE' }, 'Kafka has no error NONE'],
    [{ api: 'Produce' }, 'one effect'],
    [{ disconnect: true, delayMs: 1 }, 'disconnect and delayMs'],
    [{ delay: 1 }, 'a fault has no delay'],
    [{ delayMs: -1 }, 'delayMs'],
    [{ disconnect: true, count: 0 }, 'count'],
  ])('%j is refused with a sentence', async (fault, sentence) => {
    const broker = await started();
    expect(() => broker.faults.inject(fault as Fault)).toThrow(sentence);
  });

  test('a broker on a real disk refuses no writes on demand', async () => {
    const broker = await started('temporary');
    expect(() => broker.faults.inject({ refuseWrites: 'EIO' })).toThrow('only the disk of a broker in memory');
  });
});
