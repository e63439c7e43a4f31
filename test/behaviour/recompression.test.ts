import { expect, it } from 'vitest';
import { type BatchView, batches, records } from '../../protocol/records/batch.ts';
import { buildBatch } from '../../protocol/records/builder.ts';
import * as api from '../support/apis.ts';
import type { RawClient } from '../support/raw-client.ts';
import { startTestBroker } from '../support/test-broker.ts';

/** Every third is so small that it is made anew on the spot. */
function sent(number: number): Buffer {
  const value = JSON.stringify({ number, text: 'a value that comes again '.repeat(number % 3 === 0 ? 1 : 3000) });
  const record = { timestamp: Date.now(), key: null, value: Buffer.from(value) };
  return buildBatch([record], { compression: number % 2 === 0 ? 'none' : 'lz4' });
}

async function produce(client: RawClient, number: number): Promise<number> {
  const { responses } = await client.request(api.produce, 9, {
    acks: -1,
    timeoutMs: 5000,
    topicData: [{ name: 'orders', partitionData: [{ index: 0, records: sent(number) }] }],
  });
  const { errorCode, baseOffset } = responses[0]!.partitionResponses[0]!;
  expect(errorCode).toBe(0);
  return baseOffset;
}

async function stored(client: RawClient): Promise<BatchView[]> {
  const { responses } = await client.request(api.fetch, 12, {
    maxWaitMs: 0,
    minBytes: 0,
    maxBytes: 2 ** 26,
    topics: [{ topic: 'orders', partitions: [{ partition: 0, fetchOffset: 0, partitionMaxBytes: 2 ** 26 }] }],
  });
  return [...batches(responses[0]!.partitions[0]!.records!)];
}

it('one connection’s batches keep their order while they are made anew, through a stop too', {
  timeout: 30_000,
}, async () => {
  const samsa = await startTestBroker();
  const client = await samsa.connect();
  await client.request(api.createTopics, 7, {
    topics: [
      {
        name: 'orders',
        numPartitions: 1,
        replicationFactor: 1,
        configs: [{ name: 'compression.type', value: 'zstd' }],
      },
    ],
  });
  const numbers = Array.from({ length: 60 }, (_, number) => number);
  expect(await Promise.all(numbers.map((number) => produce(client, number)))).toEqual(numbers);

  const late = Promise.allSettled(numbers.map((number) => produce(client, 60 + number)));
  // Wherever the stop meets them, what was accepted is answered.
  await new Promise((resolve) => setImmediate(resolve));
  await samsa.broker.stop();
  const answered = (await late).filter(({ status }) => status === 'fulfilled').length;
  const again = await (await samsa.restart()).connect();
  const found = await stored(again);
  expect(found.length).toBe(60 + answered);
  found.forEach((batch, number) => {
    expect(batch).toMatchObject({ compression: 'zstd', baseOffset: number });
    expect(JSON.parse(String([...records(batch)][0]!.value)).number).toBe(number);
  });
});
