import { describe, expect, it, onTestFinished } from 'vitest';
import { ErrorCode } from '../../protocol/errors.ts';
import { batches, records as recordsOf } from '../../protocol/records/batch.ts';
import { buildBatch } from '../../protocol/records/builder.ts';
import { Broker } from '../../src/broker/broker.ts';
import { loadBrokerConfig } from '../../src/config/load-broker-config.ts';
import { silentLogger } from '../../src/platform/logger.ts';
import { type Fault, MemoryFileSystem } from '../../src/platform/memory-file-system.ts';
import * as api from '../support/apis.ts';
import { RawClient } from '../support/raw-client.ts';

const PARTITIONS = 6;

/** A broker on two dirs in memory; the metadata is in `/first`. */
async function start(fs: MemoryFileSystem, settings: Record<string, string> = {}) {
  const { config } = loadBrokerConfig({
    set: Object.entries({
      listeners: 'PLAINTEXT://127.0.0.1:0',
      'log.dirs': '/first,/second',
      'offsets.topic.num.partitions': '1',
      ...settings,
    }).map(([key, value]) => `${key}=${value}`),
  });
  let onFatal: (failure: Error) => void = () => {};
  const fatal = new Promise<Error>((resolve) => {
    onFatal = resolve;
  });
  const broker = await Broker.start({ config, logger: silentLogger, fs, onFatal });
  const client = await RawClient.connect(broker.boundListeners[0]!.port);
  const stop = async (): Promise<void> => {
    client.close();
    await broker.stop().catch(() => {});
  };
  onTestFinished(stop);
  return { client, stop, fatal };
}

async function create(client: RawClient): Promise<void> {
  const topic = { name: 'orders', numPartitions: PARTITIONS, replicationFactor: 1 };
  const { topics } = await client.request(api.createTopics, 7, { topics: [topic] });
  expect(topics[0]?.errorCode).toBe(0);
}

async function produce(client: RawClient, partition: number, value: string): Promise<number> {
  const records = buildBatch([{ timestamp: Date.now(), key: null, value: Buffer.from(value) }]);
  const { responses } = await client.request(api.produce, 9, {
    acks: -1,
    timeoutMs: 5000,
    transactionalId: null,
    topicData: [{ name: 'orders', partitionData: [{ index: partition, records }] }],
  });
  return responses[0]!.partitionResponses[0]!.errorCode;
}

async function fetch(client: RawClient, partition: number, maxWaitMs = 0, fetchOffset = 0) {
  const { responses } = await client.request(api.fetch, 11, {
    replicaId: -1,
    maxWaitMs,
    minBytes: 1,
    maxBytes: 1_000_000,
    isolationLevel: 0,
    sessionId: 0,
    sessionEpoch: -1,
    topics: [{ topic: 'orders', partitions: [{ partition, fetchOffset, partitionMaxBytes: 1_000_000 }] }],
    forgottenTopicsData: [],
    rackId: '',
  });
  const { errorCode, records } = responses[0]!.partitions[0]!;
  const found = records === null ? [] : [...batches(records)].flatMap((batch) => [...recordsOf(batch)]);
  return { errorCode, values: found.map(({ value }) => String(value)) };
}

/** The partitions in `/second`, and those in `/first`. */
async function places(client: RawClient): Promise<[number[], number[]]> {
  const { results } = await client.request(api.describeLogDirs, 4, { topics: null });
  const inside = (dir: string): number[] =>
    results
      .filter(({ logDir }) => logDir === dir)
      .flatMap(({ topics }) => topics.flatMap(({ partitions }) => partitions.map((each) => each.partitionIndex)))
      .sort();
  return [inside('/second'), inside('/first')];
}

async function standing(client: RawClient) {
  const { topics } = await client.request(api.metadata, 9, { topics: [{ name: 'orders' }] });
  const byIndex = topics[0]!.partitions.toSorted((a, b) => a.partitionIndex - b.partitionIndex);
  return byIndex.map(({ errorCode, leaderId, offlineReplicas }) => ({ errorCode, leaderId, offlineReplicas }));
}

const ONLINE = { errorCode: 0, leaderId: 1, offlineReplicas: [] };
const OFFLINE = { errorCode: ErrorCode.LEADER_NOT_AVAILABLE, leaderId: -1, offlineReplicas: [1] };

describe('a log dir whose disk fails', () => {
  const faults: [string, Fault, Record<string, string>][] = [
    ['is full', { operation: 'write', path: /^\/second\/.*\.log$/, code: 'ENOSPC' }, {}],
    ['does not write', { operation: 'write', path: /^\/second\/.*\.log$/, code: 'EIO' }, {}],
    ['does not flush', { operation: 'sync', path: /^\/second\//, code: 'EIO' }, { 'log.flush.interval.messages': '1' }],
  ];

  it.each(faults)('that %s costs its partitions until it is mended, and no others', async (_, fault, settings) => {
    const fs = new MemoryFileSystem();
    const samsa = await start(fs, settings);
    const { client } = samsa;
    await create(client);
    const [broken, whole] = await places(client);
    expect([broken.length, whole.length]).toEqual([3, 3]);
    for (let partition = 0; partition < PARTITIONS; partition++) {
      expect(await produce(client, partition, 'before')).toBe(0);
    }
    const mend = fs.inject(fault);
    const watcher = await RawClient.connect(client.socket.remotePort!);
    const waiting = fetch(watcher, broken[1]!, 20_000, 1);
    expect(await produce(client, broken[0]!, 'refused')).toBe(ErrorCode.KAFKA_STORAGE_ERROR);

    // Who waited at another of its partitions is told.
    expect((await waiting).errorCode).toBe(ErrorCode.KAFKA_STORAGE_ERROR);
    watcher.close();
    for (const partition of broken) {
      expect(await produce(client, partition, 'refused')).toBe(ErrorCode.KAFKA_STORAGE_ERROR);
      expect((await fetch(client, partition)).errorCode).toBe(ErrorCode.KAFKA_STORAGE_ERROR);
    }
    for (const partition of whole) expect(await produce(client, partition, 'meanwhile')).toBe(0);
    const wanted = (await standing(client)).map((_, index) => (broken.includes(index) ? OFFLINE : ONLINE));
    await expect.poll(() => standing(client)).toEqual(wanted);
    const { results } = await client.request(api.describeLogDirs, 4, { topics: null });
    expect(results.find(({ logDir }) => logDir === '/second')).toMatchObject({
      errorCode: ErrorCode.KAFKA_STORAGE_ERROR,
      topics: [],
    });
    await samsa.stop();

    // Not mended yet: what is there is served or it is not, but never as if it were empty.
    const lame = await start(fs, settings);
    for (const partition of broken) {
      const { errorCode, values } = await fetch(lame.client, partition);
      if (errorCode === 0) expect(values[0]).toBe('before');
      else expect(errorCode).toBe(ErrorCode.KAFKA_STORAGE_ERROR);
    }
    await lame.stop();

    mend();
    const again = await start(fs, settings);
    expect(await standing(again.client)).toEqual(Array.from({ length: PARTITIONS }, () => ONLINE));
    for (const partition of broken) {
      const { values } = await fetch(again.client, partition);
      // What was refused may have been written, once.
      expect([['before'], ['before', 'refused']]).toContainEqual(values);
      expect(await produce(again.client, partition, 'after')).toBe(0);
      expect((await fetch(again.client, partition)).values).toEqual([...values, 'after']);
    }
    for (const partition of whole) {
      expect((await fetch(again.client, partition)).values).toEqual(['before', 'meanwhile']);
    }
  });

  it('that cannot be read at start costs its partitions, and nothing is made anew in their place', async () => {
    const fs = new MemoryFileSystem();
    const samsa = await start(fs);
    await create(samsa.client);
    const [broken, whole] = await places(samsa.client);
    for (let partition = 0; partition < PARTITIONS; partition++) await produce(samsa.client, partition, 'before');
    await samsa.stop();

    for (const fault of [
      { operation: 'makeDirectory', path: /^\/second$/, code: 'EIO' },
      { operation: 'read', path: /^\/second\/.*checkpoint$/, code: 'EIO' },
      { operation: 'list', path: /^\/second\/orders/, code: 'EIO' },
    ] as const) {
      const mend = fs.inject(fault);
      const lame = await start(fs);
      const wanted = Array.from({ length: PARTITIONS }, (_, index) => (broken.includes(index) ? OFFLINE : ONLINE));
      expect(await standing(lame.client)).toEqual(wanted);
      for (const partition of broken) {
        expect((await fetch(lame.client, partition)).errorCode).toBe(ErrorCode.KAFKA_STORAGE_ERROR);
      }
      for (const partition of whole) expect((await fetch(lame.client, partition)).values).toEqual(['before']);
      await lame.stop();
      mend();
    }
    const again = await start(fs);
    for (let partition = 0; partition < PARTITIONS; partition++) {
      expect((await fetch(again.client, partition)).values).toEqual(['before']);
    }
  });

  it('that has the metadata, or is the last, ends the broker with what to do', async () => {
    const fs = new MemoryFileSystem();
    const { client, fatal } = await start(fs);
    await create(client);
    const [, whole] = await places(client);
    fs.inject({ operation: 'write', path: /^\/first\/orders.*\.log$/, code: 'ENOSPC' });
    expect(await produce(client, whole[0]!, 'refused')).toBe(ErrorCode.KAFKA_STORAGE_ERROR);
    expect((await fatal).message).toBe(
      'the log dir /first failed, which holds the metadata log: free or mend the disk and start the broker again',
    );

    const other = new MemoryFileSystem();
    const alone = await start(other, { 'log.dirs': '/second', 'metadata.log.dir': '/first' });
    await create(alone.client);
    other.inject({ operation: 'write', path: /^\/second\/orders.*\.log$/, code: 'ENOSPC' });
    expect(await produce(alone.client, 0, 'refused')).toBe(ErrorCode.KAFKA_STORAGE_ERROR);
    expect((await alone.fatal).message).toBe('all log dirs failed: free or mend the disk and start the broker again');
    await alone.stop();
    other.inject({ operation: 'makeDirectory', path: /^\/second$/, code: 'EROFS' });
    await expect(start(other, { 'log.dirs': '/second', 'metadata.log.dir': '/first' })).rejects.toThrow(
      'the log dir /second cannot be used: EROFS: /second; free or mend the disk and start the broker again, or set another',
    );
  });
});
