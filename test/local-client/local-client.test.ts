import { describe, expect, test } from 'vitest';
import { BatchView, records } from '../../protocol/records/batch.ts';
import type { LocalClient } from '../../src/local-client/local-client.ts';
import { EARLIEST, LATEST } from '../../src/local-client/local-client.ts';
import { fetch } from '../support/apis.ts';
import { startTestBroker } from '../support/test-broker.ts';

const values = (messages: readonly { value: Buffer | null }[]) => messages.map(({ value }) => String(value));

async function readAll(client: LocalClient, topic: string, partition = 0) {
  const [read] = await client.fetch({ partitions: [{ topic, partition, offset: 0 }], maxBytes: 64 * 1024 * 1024 });
  return read!;
}

describe('local client', () => {
  test.each(['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const)(
    'what it writes with %s a socket reads',
    async (compression) => {
      const { broker, connect } = await startTestBroker();
      const client = broker.localClient();
      const messages = [
        { key: 'k', value: 'first', headers: { h: 'x' }, timestamp: 1_000 },
        { key: 'k', value: null, timestamp: 2_000 },
      ];
      const outcomes = await client.produce('t', messages, { compression });
      expect(outcomes).toEqual([
        { partition: 0, offset: 0, timestamp: 1_000, error: null },
        { partition: 0, offset: 1, timestamp: 2_000, error: null },
      ]);

      const socket = await connect();
      const { responses } = await socket.request(fetch, 12, {
        maxWaitMs: 0,
        topics: [{ topic: 't', partitions: [{ partition: 0, partitionMaxBytes: 1_000_000 }] }],
      });
      const batch = new BatchView(responses[0]!.partitions[0]!.records!);
      expect(batch.compression).toBe(compression);
      expect([...records(batch)]).toMatchObject([
        {
          offset: 0,
          key: Buffer.from('k'),
          value: Buffer.from('first'),
          headers: [{ key: 'h', value: Buffer.from('x') }],
        },
        { offset: 1, key: Buffer.from('k'), value: null },
      ]);

      expect((await readAll(client, 't')).messages).toEqual([
        {
          ...{ topic: 't', partition: 0, offset: 0, timestamp: 1_000 },
          ...{ key: Buffer.from('k'), value: Buffer.from('first'), headers: [{ key: 'h', value: Buffer.from('x') }] },
        },
        { topic: 't', partition: 0, offset: 1, timestamp: 2_000, key: Buffer.from('k'), value: null, headers: [] },
      ]);
    },
  );

  test('messages keep their order within a partition, whatever their number, and are answered in the order given', async () => {
    const { broker } = await startTestBroker({ 'num.partitions': '3' });
    const client = broker.localClient();
    const messages = Array.from({ length: 5_000 }, (_, i) => ({ value: `${i}-`.padEnd(1_000, 'x'), partition: i % 3 }));
    const outcomes = await client.produce('t', messages);
    expect(outcomes.map(({ error, partition, offset }) => [error, partition, offset])).toEqual(
      messages.map((_, i) => [null, i % 3, Math.floor(i / 3)]),
    );
    const { messages: read, nextOffset } = await readAll(client, 't', 1);
    expect(values(read)).toEqual(
      values(messages.filter((_, i) => i % 3 === 1).map(({ value }) => ({ value: Buffer.from(value) }))),
    );
    expect(nextOffset).toBe(1_667);
  });

  test('a batch that is too large for its topic is split until it fits; a message that is, fails alone', async () => {
    const { broker } = await startTestBroker();
    const client = broker.localClient();
    await client.createTopics([{ name: 'small', configs: { 'max.message.bytes': '2000' } }]);
    const messages = Array.from({ length: 50 }, (_, i) => ({
      value: i === 20 ? 'x'.repeat(3_000) : `${i}`.padEnd(300),
    }));
    const outcomes = await client.produce('small', messages);
    expect(outcomes.map(({ error }) => error?.error ?? null)).toEqual(
      messages.map((_, i) => (i === 20 ? 'MESSAGE_TOO_LARGE' : null)),
    );
    const { messages: read } = await readAll(client, 'small');
    expect(values(read).map((value) => value.trim())).toEqual(
      Array.from({ length: 50 }, (_, i) => `${i}`).filter((i) => i !== '20'),
    );
  });

  test('topics are made, listed and deleted, and refused as over a socket', async () => {
    const { broker } = await startTestBroker();
    const client = broker.localClient();
    const created = await client.createTopics([
      { name: 'a', numPartitions: 4, configs: { 'retention.ms': '1000' } },
      { name: 'b', configs: { 'no.such.config': '1' } },
    ]);
    expect(created).toMatchObject([
      { name: 'a', errorCode: 0, numPartitions: 4 },
      { name: 'b', errorCode: 40 },
    ]);
    expect((await client.metadata(null)).topics.map(({ name, partitions }) => [name, partitions.length])).toEqual([
      ['a', 4],
    ]);
    expect(await client.deleteTopics(['a', 'b'])).toMatchObject([
      { name: 'a', errorCode: 0 },
      { name: 'b', errorCode: 3 },
    ]);
    await expect(client.topicMetadata('a', { allowAutoTopicCreation: false })).rejects.toMatchObject({
      error: 'UNKNOWN_TOPIC_OR_PARTITION',
    });
  });

  test('the authorizer asks who it is and where it comes from', async () => {
    const { broker } = await startTestBroker({
      'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
    });
    const client = broker.localClient();
    await expect(client.produce('t', [{ value: 'x' }])).rejects.toMatchObject({ error: 'TOPIC_AUTHORIZATION_FAILED' });
  });

  test('offsets are found by time and by name', async () => {
    const { broker } = await startTestBroker();
    const client = broker.localClient();
    await client.produce('t', [{ value: 'a', timestamp: 1_000 }]);
    await client.produce('t', [{ value: 'b', timestamp: 2_000 }]);
    const at = (timestamp: number) => client.listOffset('t', 0, timestamp);
    expect([await at(EARLIEST), await at(1_001), await at(3_000), await at(LATEST)]).toEqual([0, 1, -1, 2]);
  });

  test('an error of one partition stands in its place', async () => {
    const { broker } = await startTestBroker();
    const client = broker.localClient();
    await client.produce('t', [{ value: 'a' }]);
    const read = await client.fetch({
      partitions: [
        { topic: 't', partition: 0, offset: 0 },
        { topic: 't', partition: 9, offset: 0 },
      ],
    });
    expect(read.map(({ partition, error, messages }) => [partition, error?.error ?? null, messages.length])).toEqual([
      [0, null, 1],
      [9, 'UNKNOWN_TOPIC_OR_PARTITION', 0],
    ]);
    const [beyond] = await client.fetch({ partitions: [{ topic: 't', partition: 0, offset: 5 }] });
    expect(beyond!.error?.error).toBe('OFFSET_OUT_OF_RANGE');
  });

  test('a fetch waits for what comes, and is given up by its signal', async () => {
    const { broker } = await startTestBroker();
    const client = broker.localClient();
    await client.produce('t', [{ value: 'a' }]);
    const wait = { partitions: [{ topic: 't', partition: 0, offset: 1 }], maxWaitMs: 60_000 };
    const waiting = client.fetch(wait);
    await client.produce('t', [{ value: 'b' }]);
    expect(values((await waiting)[0]!.messages)).toEqual(['b']);

    const controller = new AbortController();
    const givenUp = client.fetch({
      ...wait,
      partitions: [{ topic: 't', partition: 0, offset: 2 }],
      signal: controller.signal,
    });
    controller.abort(new Error('enough'));
    await expect(givenUp).rejects.toThrow('enough');
  });

  test('a request above socket.request.max.bytes is refused', async () => {
    const { broker } = await startTestBroker({ 'socket.request.max.bytes': '100000' });
    const client = broker.localClient();
    await expect(client.produce('t', [{ value: Buffer.alloc(200_000) }])).rejects.toMatchObject({
      error: 'MESSAGE_TOO_LARGE',
    });
  });

  test('a stop gives up what waits, and afterwards nothing is served', async () => {
    const { broker } = await startTestBroker();
    const client = broker.localClient();
    await client.produce('t', [{ value: 'a' }]);
    const waiting = client.fetch({ partitions: [{ topic: 't', partition: 0, offset: 1 }], maxWaitMs: 60_000 });
    const settled = waiting.catch((error: unknown) => error);
    await broker.stop();
    expect(await settled).toMatchObject({ error: 'NETWORK_EXCEPTION' });
    await expect(client.metadata(null)).rejects.toMatchObject({ error: 'NETWORK_EXCEPTION' });
    await expect(broker.localClient().metadata(null)).rejects.toMatchObject({ error: 'NETWORK_EXCEPTION' });
  });
});
