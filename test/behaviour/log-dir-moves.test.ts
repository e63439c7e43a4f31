import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { ErrorCode } from '../../protocol/errors.ts';
import { batches, records as recordsOf } from '../../protocol/records/batch.ts';
import { buildBatch } from '../../protocol/records/builder.ts';
import * as api from '../support/apis.ts';
import type { RawClient } from '../support/raw-client.ts';
import { startTestBroker } from '../support/test-broker.ts';

async function produce(client: RawClient, value: string): Promise<void> {
  const records = buildBatch([{ timestamp: Date.now(), key: null, value: Buffer.from(value) }]);
  const { responses } = await client.request(api.produce, 9, {
    acks: -1,
    timeoutMs: 5000,
    transactionalId: null,
    topicData: [{ name: 'orders', partitionData: [{ index: 0, records }] }],
  });
  expect(responses[0]!.partitionResponses[0]!.errorCode).toBe(0);
}

async function values(client: RawClient): Promise<string[]> {
  const { responses } = await client.request(api.fetch, 11, {
    ...{ replicaId: -1, maxWaitMs: 0, minBytes: 1, maxBytes: 1_000_000, isolationLevel: 0 },
    ...{ sessionId: 0, sessionEpoch: -1, forgottenTopicsData: [], rackId: '' },
    topics: [{ topic: 'orders', partitions: [{ partition: 0, fetchOffset: 0, partitionMaxBytes: 1_000_000 }] }],
  });
  const { errorCode, records } = responses[0]!.partitions[0]!;
  expect(errorCode).toBe(0);
  const found = records === null ? [] : [...batches(records)].flatMap((batch) => [...recordsOf(batch)]);
  return found.map(({ value }) => String(value));
}

/** The dirs that hold a log of the topic, and those that hold a copy on its way. */
async function places(client: RawClient): Promise<{ logs: string[]; futures: string[] }> {
  const { results } = await client.request(api.describeLogDirs, 4, { topics: null });
  const inside = (isFuture: boolean): string[] =>
    results
      .filter(({ topics }) => topics.some(({ partitions }) => partitions.some((p) => p.isFutureKey === isFuture)))
      .map(({ logDir }) => logDir);
  return { logs: inside(false), futures: inside(true) };
}

const move = async (client: RawClient, path: string, name = 'orders') => {
  const dirs = [{ path, topics: [{ name, partitions: [0] }] }];
  const { results } = await client.request(api.alterReplicaLogDirs, 2, { dirs });
  return results[0]!.partitions[0]!.errorCode;
};

it('a replica moves to another log dir while it is written to, and stays there', async () => {
  const first = await mkdtemp(join(tmpdir(), 'samsa-first-'));
  const second = await mkdtemp(join(tmpdir(), 'samsa-second-'));
  for (const path of [first, second]) onTestFinished(() => rm(path, { recursive: true, force: true }));
  const samsa = await startTestBroker({ 'log.dirs': `${first},${second}` });
  const client = await samsa.connect();
  await client.request(api.createTopics, 7, { topics: [{ name: 'orders', numPartitions: 1, replicationFactor: 1 }] });
  const sent: string[] = [];
  const send = async (): Promise<void> => {
    const value = `v${sent.length}`;
    await produce(client, value);
    sent.push(value);
  };
  for (let i = 0; i < 30; i++) await send();
  const [from] = (await places(client)).logs;
  const to = from === first ? second : first;

  expect(await move(client, '/nowhere')).toBe(ErrorCode.LOG_DIR_NOT_FOUND);
  expect(await move(client, '/nowhere', 'missing')).toBe(ErrorCode.LOG_DIR_NOT_FOUND);
  expect(await move(client, to, 'missing')).toBe(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
  expect(await move(client, from!)).toBe(0);
  expect(await places(client)).toEqual({ logs: [from], futures: [] });

  expect(await move(client, to)).toBe(0);
  while ((await places(client)).logs[0] !== to) await send();
  for (let i = 0; i < 10; i++) await send();
  expect(await places(client)).toEqual({ logs: [to], futures: [] });
  expect(await values(client)).toEqual(sent);

  const again = await samsa.restart();
  const reader = await again.connect();
  expect(await places(reader)).toEqual({ logs: [to], futures: [] });
  expect(await values(reader)).toEqual(sent);
});
