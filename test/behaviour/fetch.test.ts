import { describe, expect, it } from 'vitest';
import { ErrorCode } from '../../protocol/errors.ts';
import { batches, records } from '../../protocol/records/batch.ts';
import { buildBatch } from '../../protocol/records/builder.ts';
import type { Encodable } from '../../protocol/schema/table.ts';
import * as api from '../support/apis.ts';
import type { RawClient } from '../support/raw-client.ts';
import { startTestBroker } from '../support/test-broker.ts';

async function withTopic(partitions = 1) {
  const samsa = await startTestBroker();
  const client = await samsa.connect();
  const { topics } = await client.request(api.createTopics, 7, {
    topics: [{ name: 'orders', numPartitions: partitions, replicationFactor: 1 }],
  });
  return { samsa, client, topicId: topics[0]!.topicId };
}

async function produce(client: RawClient, values: string[], partition = 0): Promise<number> {
  const batch = buildBatch(values.map((value) => ({ timestamp: 1000, key: null, value: Buffer.from(value) })));
  const { responses } = await client.request(api.produce, 9, {
    acks: -1,
    timeoutMs: 5000,
    topicData: [{ name: 'orders', partitionData: [{ index: partition, records: batch }] }],
  });
  expect(responses[0]?.partitionResponses[0]?.errorCode).toBe(0);
  return batch.length;
}

type FetchOptions = Partial<Encodable<(typeof api.fetch)[0]>> & {
  offset?: number;
  currentLeaderEpoch?: number;
  partitionMaxBytes?: number;
};

async function fetch(
  client: RawClient,
  { offset = 0, currentLeaderEpoch = -1, partitionMaxBytes = 1 << 20, ...rest }: FetchOptions = {},
  version = 12,
) {
  const answer = await client.request(api.fetch, version, {
    maxWaitMs: 0,
    minBytes: 1,
    sessionEpoch: -1,
    topics: [
      { topic: 'orders', partitions: [{ partition: 0, fetchOffset: offset, currentLeaderEpoch, partitionMaxBytes }] },
    ],
    ...rest,
  });
  return answer.responses[0]!.partitions[0]!;
}

function values(stored: Buffer | null): string[] {
  return [...batches(stored ?? Buffer.alloc(0))].flatMap((batch) =>
    [...records(batch)].map(({ value }) => String(value)),
  );
}

describe('fetch', () => {
  it('from the middle of a batch gives the batch whole', async () => {
    const { client } = await withTopic();
    await produce(client, ['a', 'b', 'c']);
    const answer = await fetch(client, { offset: 1 });
    expect(answer).toMatchObject({ errorCode: 0, highWatermark: 3, logStartOffset: 0 });
    expect(values(answer.records)).toEqual(['a', 'b', 'c']);
  });

  it('gives the first batch whole even above the limits (KIP-74)', async () => {
    const { client } = await withTopic();
    await produce(client, ['x'.repeat(5000)]);
    await produce(client, ['y']);
    expect(values((await fetch(client, { maxBytes: 10, partitionMaxBytes: 10 })).records)).toEqual(['x'.repeat(5000)]);
  });

  it('takes a limit below zero for none at all: one batch comes, from memory and from the disk', async () => {
    const { samsa, client } = await withTopic();
    for (const value of ['a', 'b']) await produce(client, [value]);
    expect(values((await fetch(client, { partitionMaxBytes: -(2 ** 31) })).records)).toEqual(['a']);
    const cold = await (await samsa.restart()).connect();
    expect(values((await fetch(cold, { partitionMaxBytes: -(2 ** 31) })).records)).toEqual(['a']);
  });

  it('answers when enough has come, once', async () => {
    const { samsa, client } = await withTopic();
    const consumer = await samsa.connect();
    const waiting = fetch(consumer, { maxWaitMs: 30_000, minBytes: 100 });
    const size = await produce(client, ['a']);
    expect(size).toBeLessThan(100);
    await produce(client, ['b']);
    const answer = await waiting;
    expect(values(answer.records)).toEqual(['a', 'b']);
  });

  it('waits for what all its partitions get together', async () => {
    const { samsa, client } = await withTopic(3);
    const consumer = await samsa.connect();
    const partitions = [0, 1, 2].map((partition) => ({ partition, fetchOffset: 0, partitionMaxBytes: 1 << 20 }));
    const before = await produce(client, ['before'], 2);
    const size = await produce(client, ['x'], 0);
    const waiting = consumer.request(api.fetch, 12, {
      maxWaitMs: 30_000,
      // What is there, one more in partition 0, two in partition 1.
      minBytes: before + 4 * size,
      sessionEpoch: -1,
      topics: [{ topic: 'orders', partitions }],
    });
    for (const partition of [1, 0, 1]) await produce(client, ['y'], partition);
    const { responses } = await waiting;
    const found = responses[0]!.partitions.map(({ records }) => values(records));
    expect(found).toEqual([['x', 'y'], ['y', 'y'], ['before']]);
  });

  it('does not wait for more than a partition may bring, when there is more', async () => {
    const { client } = await withTopic();
    const size = await produce(client, ['a']);
    for (const value of ['b', 'c', 'd']) await produce(client, [value]);
    // Whole batches: two and a half are two.
    const limit = Math.floor(2.5 * size);
    const started = performance.now();
    const answer = await fetch(client, { maxWaitMs: 3000, minBytes: limit, partitionMaxBytes: limit });
    expect(values(answer.records)).toEqual(['a', 'b']);
    expect(performance.now() - started).toBeLessThan(2500);
  });

  it('answers empty when the wait is over', async () => {
    const { client } = await withTopic();
    const started = performance.now();
    const answer = await fetch(client, { maxWaitMs: 60 });
    expect(performance.now() - started).toBeGreaterThan(50);
    expect(answer.records).toHaveLength(0);
  });

  it('is answered at a stop', async () => {
    const { samsa, client } = await withTopic();
    const waiting = fetch(client, { maxWaitMs: 30_000 });
    await fetch(await samsa.connect());
    const [answer] = await Promise.all([waiting, samsa.broker.stop()]);
    expect(answer.errorCode).toBe(ErrorCode.NONE);
  });

  it('is answered when its topic is deleted', async () => {
    const { samsa, client } = await withTopic();
    const waiting = fetch(await samsa.connect(), { maxWaitMs: 30_000 });
    await client.request(api.deleteTopics, 6, { topics: [{ name: 'orders' }], timeoutMs: 5000 });
    expect((await waiting).errorCode).toBe(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
  });

  it('refuses offsets outside the log', async () => {
    const { client } = await withTopic();
    await produce(client, ['a']);
    expect((await fetch(client, { offset: 2 })).errorCode).toBe(ErrorCode.OFFSET_OUT_OF_RANGE);
    expect((await fetch(client, { offset: 1 })).errorCode).toBe(ErrorCode.NONE);
  });

  it('checks the leader epoch', async () => {
    const { samsa, client } = await withTopic();
    expect((await fetch(client, { currentLeaderEpoch: 0 })).errorCode).toBe(ErrorCode.NONE);
    expect((await fetch(client, { currentLeaderEpoch: 1 })).errorCode).toBe(ErrorCode.UNKNOWN_LEADER_EPOCH);
    const again = await (await samsa.restart()).connect();
    expect((await fetch(again, { currentLeaderEpoch: 0 })).errorCode).toBe(ErrorCode.FENCED_LEADER_EPOCH);
  });

  it('refuses zstd batches below version 10', async () => {
    const { client } = await withTopic();
    const batch = buildBatch([{ timestamp: 1, key: null, value: Buffer.from('a') }], { compression: 'zstd' });
    await client.request(api.produce, 9, {
      acks: -1,
      timeoutMs: 5000,
      topicData: [{ name: 'orders', partitionData: [{ index: 0, records: batch }] }],
    });
    expect((await fetch(client, {}, 9)).errorCode).toBe(ErrorCode.UNSUPPORTED_COMPRESSION_TYPE);
    expect((await fetch(client, {}, 10)).errorCode).toBe(ErrorCode.NONE);
  });

  it('answers an unknown topic id with UNKNOWN_TOPIC_ID', async () => {
    const { client } = await withTopic();
    const answer = await client.request(api.fetch, 13, {
      maxWaitMs: 0,
      sessionEpoch: -1,
      topics: [{ topicId: 'AAAAAAAAAAAAAAAAAAAAMg', partitions: [{ partition: 0, partitionMaxBytes: 100 }] }],
    });
    expect(answer.responses[0]?.partitions[0]?.errorCode).toBe(ErrorCode.UNKNOWN_TOPIC_ID);
  });

  it('in a session leaves out what has not changed', async () => {
    const { client, topicId } = await withTopic(2);
    const wanted = [0, 1].map((partition) => ({ partition, fetchOffset: 0, partitionMaxBytes: 1000 }));
    const first = await client.request(api.fetch, 13, {
      maxWaitMs: 0,
      sessionEpoch: 0,
      topics: [{ topicId, partitions: wanted }],
    });
    expect(first.sessionId).toBeGreaterThan(0);
    expect(first.responses[0]?.partitions).toHaveLength(2);
    await produce(client, ['a'], 1);
    const second = await client.request(api.fetch, 13, { maxWaitMs: 0, sessionId: first.sessionId, sessionEpoch: 1 });
    expect(second.responses.flatMap(({ partitions }) => partitions.map((p) => p.partitionIndex))).toEqual([1]);
  });
});

describe('fetch, when the answers on their way fill the memory for them,', () => {
  it('gives one batch at a time, and goes on', async () => {
    const samsa = await startTestBroker({ 'samsa.fetch.max.in.flight.bytes': '1' });
    const client = await samsa.connect();
    await client.request(api.createTopics, 7, {
      topics: [{ name: 'orders', numPartitions: 2, replicationFactor: 1 }],
    });
    for (const partition of [0, 1]) for (const value of ['a', 'b']) await produce(client, [value], partition);
    const read = async (offsets: readonly number[]) => {
      const { responses } = await client.request(api.fetch, 12, {
        maxWaitMs: 0,
        minBytes: 1,
        sessionEpoch: -1,
        topics: [
          {
            topic: 'orders',
            partitions: offsets.map((fetchOffset, partition) => ({
              partition,
              fetchOffset,
              currentLeaderEpoch: -1,
              partitionMaxBytes: 1 << 20,
            })),
          },
        ],
      });
      return responses[0]!.partitions.map((partition) => values(partition.records));
    };
    expect(await read([0, 0])).toEqual([['a'], []]);
    expect(await read([1, 0])).toEqual([['b'], []]);
    expect(await read([2, 0])).toEqual([[], ['a']]);
    expect(await read([2, 1])).toEqual([[], ['b']]);
  });
});

describe('list offsets', () => {
  const EPOCHS = -1;
  async function offsetFor(client: RawClient, timestamp: number, version = 11) {
    const { topics } = await client.request(api.listOffsets, version, {
      replicaId: -1,
      topics: [{ name: 'orders', partitions: [{ partitionIndex: 0, currentLeaderEpoch: EPOCHS, timestamp }] }],
    });
    const { errorCode, offset, timestamp: found } = topics[0]!.partitions[0]!;
    return { errorCode, offset, timestamp: found };
  }

  it('knows earliest, latest, timestamps, the largest timestamp, and the tiers that are not there', async () => {
    const { client } = await withTopic();
    const batch = (timestamps: number[]) =>
      buildBatch(timestamps.map((timestamp) => ({ timestamp, key: null, value: Buffer.from('v') })));
    for (const timestamps of [[100, 300, 200], [400], [350, 360]]) {
      await client.request(api.produce, 9, {
        acks: -1,
        timeoutMs: 5000,
        topicData: [{ name: 'orders', partitionData: [{ index: 0, records: batch(timestamps) }] }],
      });
    }
    expect(await offsetFor(client, -2)).toEqual({ errorCode: 0, offset: 0, timestamp: -1 });
    expect(await offsetFor(client, -1)).toEqual({ errorCode: 0, offset: 6, timestamp: -1 });
    expect(await offsetFor(client, -3)).toEqual({ errorCode: 0, offset: 3, timestamp: 400 });
    expect(await offsetFor(client, -4)).toEqual({ errorCode: 0, offset: 0, timestamp: -1 });
    expect(await offsetFor(client, -5)).toEqual({ errorCode: 0, offset: -1, timestamp: -1 });
    expect(await offsetFor(client, -6)).toEqual({ errorCode: 0, offset: -1, timestamp: -1 });
    expect(await offsetFor(client, 100)).toEqual({ errorCode: 0, offset: 0, timestamp: 100 });
    expect(await offsetFor(client, 101)).toEqual({ errorCode: 0, offset: 1, timestamp: 300 });
    expect(await offsetFor(client, 301)).toEqual({ errorCode: 0, offset: 3, timestamp: 400 });
    expect(await offsetFor(client, 401)).toEqual({ errorCode: 0, offset: -1, timestamp: -1 });
  });

  it('refuses a special timestamp in a version that does not know it', async () => {
    const { client } = await withTopic();
    expect((await offsetFor(client, -3, 6)).errorCode).toBe(ErrorCode.UNSUPPORTED_VERSION);
  });
});

describe('offsets of leader epochs', () => {
  it('tell where an epoch ended', async () => {
    const { samsa, client } = await withTopic();
    await produce(client, ['a', 'b']);
    const after = await (await samsa.restart()).connect();
    await produce(after, ['c']);
    const ask = async (leaderEpoch: number) => {
      const { topics } = await after.request(api.offsetForLeaderEpoch, 4, {
        replicaId: -1,
        topics: [{ topic: 'orders', partitions: [{ partition: 0, currentLeaderEpoch: -1, leaderEpoch }] }],
      });
      return topics[0]!.partitions[0]!;
    };
    expect(await ask(0)).toMatchObject({ errorCode: 0, leaderEpoch: 0, endOffset: 2 });
    expect(await ask(99)).toMatchObject({ errorCode: 0, leaderEpoch: -1, endOffset: -1 });
  });
});
