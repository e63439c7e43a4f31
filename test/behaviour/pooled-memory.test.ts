/** The memory of batches is used again (`collections/buffer-pool.ts`); here it is overwritten as soon as it is free. */
import { expect, it } from 'vitest';
import { codec } from '../../protocol/codec.ts';
import { batches, records } from '../../protocol/records/batch.ts';
import { buildBatch } from '../../protocol/records/builder.ts';
import { responseHeader } from '../../protocol/schema/response-header.ts';
import { Reader } from '../../protocol/wire/reader.ts';
import * as api from '../support/apis.ts';
import { encodeFrame, type RawClient } from '../support/raw-client.ts';
import { startTestBroker } from '../support/test-broker.ts';

const VERSION = 12;
const FETCHES = 12;
const SIZES = [300, 20_000, 3000, 70_000, 200_000, 5000, 500_000, 40_000];

async function produce(client: RawClient, value: Buffer): Promise<number> {
  const batch = buildBatch([{ timestamp: 1000, key: null, value }]);
  const { responses } = await client.request(api.produce, 9, {
    acks: -1,
    timeoutMs: 5000,
    topicData: [{ name: 'orders', partitionData: [{ index: 0, records: batch }] }],
  });
  const { errorCode, baseOffset } = responses[0]!.partitionResponses[0]!;
  expect(errorCode).toBe(0);
  return baseOffset;
}

/** Sends a fetch of up to 1 MiB from `fetchOffset`; resolves with the offsets of the records, each checked. */
async function fetchFrom(client: RawClient, fetchOffset: number): Promise<number[]> {
  const partition = { partition: 0, fetchOffset, currentLeaderEpoch: -1, partitionMaxBytes: 1 << 20 };
  const body = { maxWaitMs: 0, minBytes: 1, sessionEpoch: -1, topics: [{ topic: 'orders', partitions: [partition] }] };
  const reader = new Reader(await client.sendFrame(encodeFrame(api.fetch[0], VERSION, 1, body, 'raw')));
  codec(responseHeader, 1).decode(reader);
  const stored = codec(api.fetch[1], VERSION).decode(reader).responses[0]!.partitions[0]!.records!;
  return [...batches(stored)].map((batch) => {
    expect(batch.isValid()).toBe(true);
    const [record] = [...records(batch)];
    expect(record!.value!.equals(valueAt(record!.offset))).toBe(true);
    return record!.offset;
  });
}

function valueAt(offset: number): Buffer {
  return Buffer.alloc(SIZES[offset % SIZES.length]!, `record ${offset} `);
}

async function startWithTopic() {
  const samsa = await startTestBroker();
  const [client, slow] = [await samsa.connect(), await samsa.connect()];
  await client.request(api.createTopics, 7, {
    topics: [{ name: 'orders', numPartitions: 1, replicationFactor: 1 }],
  });
  let end = 0;
  const produceAll = async (count: number): Promise<number> => {
    for (let i = 0; i < count; i++) expect(await produce(client, valueAt(end))).toBe(end++);
    return end;
  };
  return { client, slow, produceAll };
}

it('what was read from the tail reaches a slow consumer whole, though the log has moved on', async () => {
  const { slow, produceAll } = await startWithTopic();
  let end = await produceAll(SIZES.length);
  for (let round = 0; round < 4; round++) {
    slow.socket.pause();
    const from = end - SIZES.length;
    const answers = Array.from({ length: FETCHES }, (_, i) => fetchFrom(slow, from + (i % 6)));
    // The tail holds 1 MiB of a log: three times that are appended while the answers wait for the consumer.
    end = await produceAll(3 * SIZES.length);
    slow.socket.resume();
    for (const [i, offsets] of (await Promise.all(answers)).entries()) expect(offsets[0]).toBe(from + (i % 6));
  }
});

it('what was read from a file reaches a slow consumer whole, while others read', async () => {
  const { client, slow, produceAll } = await startWithTopic();
  // The first of these are no longer in the tail.
  await produceAll(4 * SIZES.length);
  for (let round = 0; round < 4; round++) {
    slow.socket.pause();
    const answers = Array.from({ length: FETCHES }, (_, i) => fetchFrom(slow, i % 6));
    for (let from = 8; from < 16; from++) expect((await fetchFrom(client, from))[0]).toBe(from);
    slow.socket.resume();
    for (const [i, offsets] of (await Promise.all(answers)).entries()) expect(offsets[0]).toBe(i % 6);
  }
});
