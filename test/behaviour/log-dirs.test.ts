import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ErrorCode } from '../../protocol/errors.ts';
import { buildBatch } from '../../protocol/records/builder.ts';
import * as api from '../support/apis.ts';
import type { RawClient } from '../support/raw-client.ts';
import { startTestBroker } from '../support/test-broker.ts';

async function create(client: RawClient, name: string, numPartitions: number) {
  await client.request(api.createTopics, 7, { topics: [{ name, numPartitions, replicationFactor: 1 }] });
}

describe('log dirs', () => {
  it('are described with the sizes of their logs and their disk', async () => {
    const samsa = await startTestBroker();
    const client = await samsa.connect();
    await create(client, 'orders', 2);
    await create(client, 'others', 1);
    const records = buildBatch([{ timestamp: 1, key: null, value: Buffer.alloc(1000) }]);
    await client.request(api.produce, 9, {
      acks: -1,
      timeoutMs: 1000,
      transactionalId: null,
      topicData: [{ name: 'orders', partitionData: [{ index: 1, records }] }],
    });
    const { results } = await client.request(api.describeLogDirs, 4, {
      topics: [
        { topic: 'orders', partitions: [0, 1, 9] },
        { topic: 'missing', partitions: [0] },
      ],
    });
    const { size } = await stat(join(samsa.directory, 'orders-1', '00000000000000000000.log'));
    expect(size).toBe(records.length);
    expect(results).toMatchObject([{ errorCode: 0, logDir: samsa.directory, topics: [{ name: 'orders' }] }]);
    const partitions = results[0]?.topics[0]?.partitions.toSorted((a, b) => a.partitionIndex - b.partitionIndex);
    expect(partitions).toEqual([
      { partitionIndex: 0, partitionSize: 0, offsetLag: 0, isFutureKey: false },
      { partitionIndex: 1, partitionSize: size, offsetLag: 0, isFutureKey: false },
    ]);
    const [{ totalBytes, usableBytes }] = results as [(typeof results)[number]];
    expect(totalBytes).toBeGreaterThan(usableBytes);
    expect(usableBytes).toBeGreaterThan(0);
    const all = await client.request(api.describeLogDirs, 5, { topics: null });
    expect(all.results[0]?.topics.map(({ name }) => name).sort()).toEqual(['orders', 'others']);
  });

  it('that failed say so, and the others go on', async () => {
    const second = await mkdtemp(join(tmpdir(), 'samsa-second-'));
    onTestFinished(() => rm(second, { recursive: true, force: true }));
    const first = await mkdtemp(join(tmpdir(), 'samsa-first-'));
    onTestFinished(() => rm(first, { recursive: true, force: true }));
    const samsa = await startTestBroker({ 'log.dirs': `${first},${second}`, 'metadata.log.dir': second });
    const client = await samsa.connect();
    // The dir that is tried first cannot take the log.
    await writeFile(join(first, 'orders-0'), 'in the way');
    await create(client, 'orders', 1);
    const { results } = await client.request(api.describeLogDirs, 4, { topics: null });
    const byDir = new Map(results.map((result) => [result.logDir, result]));
    expect(byDir.get(first)).toMatchObject({ errorCode: ErrorCode.KAFKA_STORAGE_ERROR, topics: [], totalBytes: -1 });
    expect(byDir.get(second)).toMatchObject({ errorCode: 0, topics: [{ name: 'orders' }] });
  });
});
