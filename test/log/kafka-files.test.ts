import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { parsePartitionMetadata } from '../../src/log/file-names.ts';
import { Log } from '../../src/log/log.ts';
import { defaultLogConfig } from '../../src/log/log-config.ts';
import { decodeProducerSnapshot, encodeProducerSnapshot } from '../../src/log/producer-snapshot.ts';
import { SystemClock } from '../../src/platform/clock.ts';
import { silentLogger } from '../../src/platform/logger.ts';
import { NodeFileSystem } from '../../src/platform/node-file-system.ts';
import { append, batch, readAll } from './fixture.ts';

const GOLDEN = fileURLToPath(new URL('../golden/kafka-log/', import.meta.url));
const directories: string[] = [];

/** A copy of some files of a log that Kafka wrote. */
function copyOf(log: string, wanted: (file: string) => boolean = () => true): string {
  const directory = mkdtempSync(join(tmpdir(), 'samsa-'));
  directories.push(directory);
  for (const file of readdirSync(join(GOLDEN, log))) {
    if (wanted(file)) copyFileSync(join(GOLDEN, log, file), join(directory, file));
  }
  return directory;
}

function open(directory: string, wasCleanlyClosed: boolean): Promise<Log> {
  return Log.open({
    directory,
    topicPartition: { topic: 'codecs', partition: 0 },
    topicId: 'olpXZd9NRVySqQiP7hNl_g',
    config: defaultLogConfig,
    fs: new NodeFileSystem(),
    clock: new SystemClock(),
    logger: silentLogger,
    producerIdExpirationMs: Number.MAX_SAFE_INTEGER,
    wasCleanlyClosed,
  });
}

afterEach(() => {
  for (const directory of directories.splice(0)) rmSync(directory, { recursive: true, force: true });
});

describe('a log that Kafka wrote', () => {
  it.each(['codecs-0', 'txn-0'])('%s: recovery of the .log alone writes the files that Kafka wrote', async (name) => {
    const directory = copyOf(name, (file) => file.endsWith('.log'));
    const log = await open(directory, false);
    await log.close();
    for (const file of readdirSync(join(GOLDEN, name))) {
      if (file === 'partition.metadata' || file.endsWith('.snapshot')) continue;
      expect(readFileSync(join(directory, file)), file).toEqual(readFileSync(join(GOLDEN, name, file)));
    }
    expect(snapshot(directory)).toEqual(snapshot(join(GOLDEN, name)));
  });

  it.each([
    ['codecs-0', 500],
    ['txn-0', 132],
  ])('%s: a clean start knows its end without a scan, and appends after it', async (name, end) => {
    const directory = copyOf(name);
    const log = await open(directory, true);
    expect([log.logStartOffset, log.logEndOffset, log.latestEpoch()]).toEqual([0, end, 0]);
    const before = (await readAll(log)).length;
    await append(log, batch(['new']));
    expect((await readAll(log)).length).toBe(before + 1);
    await log.close();
  });

  it('snapshots are encoded to the byte', () => {
    for (const name of ['codecs-0', 'txn-0']) {
      const file = readdirSync(join(GOLDEN, name)).find((each) => each.endsWith('.snapshot'))!;
      const bytes = readFileSync(join(GOLDEN, name, file));
      expect(encodeProducerSnapshot(decodeProducerSnapshot(bytes)!)).toEqual(bytes);
    }
  });

  it('partition.metadata of zeros, as a power cut leaves it on some file systems, has no id', () => {
    expect(parsePartitionMetadata('\0'.repeat(44), 'x')).toBeUndefined();
  });

  it('partition.metadata is read', () => {
    const text = readFileSync(join(GOLDEN, 'codecs-0/partition.metadata'), 'utf8');
    expect(parsePartitionMetadata(text, 'file')).toBe('olpXZd9NRVySqQiP7hNl_g');
  });
});

/** The producers in a directory's snapshot, by id: Kafka's order is a hash map's. */
function snapshot(directory: string) {
  const file = readdirSync(directory).find((each) => each.endsWith('.snapshot'))!;
  const entries = decodeProducerSnapshot(readFileSync(join(directory, file)))!;
  return { file, entries: entries.sort((a, b) => a.producerId - b.producerId) };
}
