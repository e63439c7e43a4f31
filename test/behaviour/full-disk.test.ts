/**
 * A disk that is really full: a small tmpfs where this process may mount one, else a limit to the size of files, which
 * fails the same write with EFBIG.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { ErrorCode } from '../../protocol/errors.ts';
import { batches, records as recordsOf } from '../../protocol/records/batch.ts';
import { buildBatch } from '../../protocol/records/builder.ts';
import * as api from '../support/apis.ts';
import { RawClient } from '../support/raw-client.ts';

const MAIN = join(import.meta.dirname, '..', '..', 'dist', 'cli', 'main.js');
const SMALL_MB = 4;
const VALUE_BYTES = 60_000;

interface Disk {
  readonly path: string;
  /** What the shell does before it becomes the broker. */
  readonly prelude: string;
  free(): void;
}

function smallDisk(): Disk {
  const path = mkdtempSync(join(tmpdir(), 'samsa-small-'));
  try {
    const mount = (...args: string[]): void => void execFileSync('mount', args, { stdio: 'ignore' });
    mount('-t', 'tmpfs', '-o', `size=${SMALL_MB}m`, 'tmpfs', path);
    onTestFinished(() => {
      execFileSync('umount', ['-l', path]);
      rmSync(path, { recursive: true });
    });
    return { path, prelude: '', free: () => mount('-o', `remount,size=${SMALL_MB * 16}m`, path) };
  } catch {
    onTestFinished(() => rmSync(path, { recursive: true }));
    const disk = {
      path,
      prelude: `trap '' XFSZ; ulimit -f ${SMALL_MB * 2048};`,
      free: () => {
        disk.prelude = '';
      },
    };
    return disk;
  }
}

async function startProcess(disk: Disk, settings: Record<string, string>) {
  const port = await freePort();
  const all = Object.entries({ listeners: `PLAINTEXT://127.0.0.1:${port}`, ...settings });
  const args = all.flatMap(([key, value]) => ['--set', `${key}=${value}`]);
  const command = `${disk.prelude} exec "$@"`;
  const child = spawn('sh', ['-c', command, 'sh', process.execPath, MAIN, 'start', ...args], { stdio: 'pipe' });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      output += chunk;
    });
  }
  const exited = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)));
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await exited;
  });
  await new Promise<void>((resolve, reject) => {
    child.stdout.on('data', () => output.includes('ready after') && resolve());
    void exited.then((code) => reject(new Error(`ended with ${code}: ${output}`)));
  });
  const client = await RawClient.connect(port);
  return { child, client, exited, output: () => output };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

async function create(client: RawClient, numPartitions: number): Promise<void> {
  const topic = { name: 'orders', numPartitions, replicationFactor: 1 };
  expect((await client.request(api.createTopics, 7, { topics: [topic] })).topics[0]?.errorCode).toBe(0);
}

async function produce(client: RawClient, index: number, key: string): Promise<number> {
  const value = Buffer.alloc(VALUE_BYTES, key);
  const records = buildBatch([{ timestamp: Date.now(), key: Buffer.from(key), value }]);
  const { responses } = await client.request(api.produce, 9, {
    acks: -1,
    timeoutMs: 5000,
    transactionalId: null,
    topicData: [{ name: 'orders', partitionData: [{ index, records }] }],
  });
  return responses[0]!.partitionResponses[0]!.errorCode;
}

/** Produces until it is refused; the keys that were acknowledged. */
async function fill(client: RawClient, partition: number): Promise<string[]> {
  const acknowledged: string[] = [];
  for (;;) {
    const key = `key-${acknowledged.length}`;
    const errorCode = await produce(client, partition, key);
    if (errorCode !== 0) {
      expect(errorCode).toBe(ErrorCode.KAFKA_STORAGE_ERROR);
      return acknowledged;
    }
    acknowledged.push(key);
    expect(acknowledged.length).toBeLessThan((SMALL_MB * 1024 ** 2) / VALUE_BYTES);
  }
}

async function readKeys(client: RawClient, partition: number): Promise<string[]> {
  const keys: string[] = [];
  for (;;) {
    const { responses } = await client.request(api.fetch, 11, {
      ...{ replicaId: -1, maxWaitMs: 0, minBytes: 0, maxBytes: 1_000_000, isolationLevel: 0 },
      ...{ sessionId: 0, sessionEpoch: -1, forgottenTopicsData: [], rackId: '' },
      topics: [
        { topic: 'orders', partitions: [{ partition, fetchOffset: keys.length, partitionMaxBytes: 1_000_000 }] },
      ],
    });
    const { errorCode, records } = responses[0]!.partitions[0]!;
    expect(errorCode).toBe(0);
    const found = records === null ? [] : [...batches(records)].flatMap((batch) => [...recordsOf(batch)]);
    if (found.length === 0) return keys;
    for (const { key, value } of found) {
      expect(value?.equals(Buffer.alloc(VALUE_BYTES, String(key)))).toBe(true);
      keys.push(String(key));
    }
  }
}

async function end(child: ChildProcess, exited: Promise<number | null>): Promise<number | null> {
  child.kill('SIGTERM');
  return exited;
}

it('a full disk costs its log dir, and what was acknowledged is there once when it is freed', async () => {
  const home = mkdtempSync(join(tmpdir(), 'samsa-roomy-'));
  onTestFinished(() => rmSync(home, { recursive: true, force: true }));
  const disk = smallDisk();
  const settings = { 'log.dirs': `${home},${disk.path}`, 'metadata.log.dir': home };
  const first = await startProcess(disk, settings);
  await create(first.client, 4);
  const { results } = await first.client.request(api.describeLogDirs, 4, { topics: null });
  const within = (dir: string): number[] =>
    results.find(({ logDir }) => logDir === dir)!.topics[0]!.partitions.map(({ partitionIndex }) => partitionIndex);
  const [small, roomy] = [within(disk.path)[0]!, within(home)[0]!];
  const acknowledged = await fill(first.client, small);
  expect(acknowledged.length).toBeGreaterThan(10);
  expect(await produce(first.client, roomy, 'key-0')).toBe(0);
  // The controller is told in the background.
  const standing = async () => {
    const { topics } = await first.client.request(api.metadata, 9, { topics: [{ name: 'orders' }] });
    return topics[0]!.partitions.find(({ partitionIndex }) => partitionIndex === small);
  };
  await expect.poll(standing).toMatchObject({ leaderId: -1, offlineReplicas: [1] });
  expect(first.output()).toContain('free or mend its disk and restart the broker');
  expect(await end(first.child, first.exited)).toBe(0);

  disk.free();
  const second = await startProcess(disk, settings);
  const found = await readKeys(second.client, small);
  // The one that was refused may have been whole.
  expect([acknowledged, [...acknowledged, `key-${acknowledged.length}`]]).toContainEqual(found);
  expect(await produce(second.client, small, `key-${found.length}`)).toBe(0);
  expect(await readKeys(second.client, small)).toHaveLength(found.length + 1);
  expect(await readKeys(second.client, roomy)).toEqual(['key-0']);
  expect(await end(second.child, second.exited)).toBe(0);
});

it('a full disk of the only log dir ends the process with 1 and what to do, and loses nothing', async () => {
  const disk = smallDisk();
  const settings = { 'log.dirs': disk.path };
  const first = await startProcess(disk, settings);
  await create(first.client, 1);
  const acknowledged = await fill(first.client, 0);
  expect(await first.exited).toBe(1);
  expect(first.output()).toContain('free or mend the disk and start the broker again');

  disk.free();
  const second = await startProcess(disk, settings);
  const found = await readKeys(second.client, 0);
  expect([acknowledged, [...acknowledged, `key-${acknowledged.length}`]]).toContainEqual(found);
  expect(await end(second.child, second.exited)).toBe(0);
});
