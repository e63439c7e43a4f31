import { describe, expect, it } from 'vitest';
import type { KafkaError } from '../../protocol/errors.ts';
import { defaultLogConfig } from '../../src/log/log-config.ts';
import { LogManager, type LogManagerOptions } from '../../src/log/log-manager.ts';
import { SimulatedClock } from '../../src/platform/clock.ts';
import { silentLogger } from '../../src/platform/logger.ts';
import { MemoryFileSystem } from '../../src/platform/memory-file-system.ts';
import { append, batch, NOW, readAll, TOPIC_ID, values } from './fixture.ts';

const OTHER_ID = '55dNGOzVT6ijysFoMnMvDQ';
const ORDERS = { topic: 'orders', partition: 0 };

function bench(options: Partial<LogManagerOptions> = {}) {
  const clock = new SimulatedClock(NOW);
  const fs = new MemoryFileSystem({ now: () => clock.now() });
  const open = (more: Partial<LogManagerOptions> = {}): Promise<LogManager> =>
    LogManager.open({
      dirs: ['/data'],
      fs,
      clock,
      logger: silentLogger,
      configFor: () => defaultLogConfig,
      ...options,
      ...more,
    });
  return { clock, fs, open };
}

const text = async (fs: MemoryFileSystem, path: string) => (await fs.readFile(path)).toString();
const names = async (fs: MemoryFileSystem, path: string) => (await fs.list(path)).map(({ name }) => name).sort();

describe('LogManager', () => {
  it('makes a log with its topic’s id, once', async () => {
    const { fs, open } = bench();
    const logs = await open();
    const [first, second] = await Promise.all([logs.getOrCreate(ORDERS, TOPIC_ID), logs.getOrCreate(ORDERS, TOPIC_ID)]);
    expect(first).toBe(second);
    expect(logs.get(ORDERS)).toBe(first);
    expect(await text(fs, '/data/orders-0/partition.metadata')).toBe(`version: 0\ntopic_id: ${TOPIC_ID}`);
    await expect(logs.getOrCreate(ORDERS, OTHER_ID)).rejects.toMatchObject({ error: 'INCONSISTENT_TOPIC_ID' });
    await logs.close();
  });

  it('a log made again under its name keeps its records when the broker is killed before the next checkpoint', async () => {
    const { fs, open } = bench();
    const logs = await open();
    const first = await logs.getOrCreate(ORDERS, TOPIC_ID);
    for (const value of values('old', 9)) await append(first, batch([value]));
    await first.flush();
    first.updateHighWatermark(9);
    first.incrementLogStartOffset(7);
    await Promise.all([logs.checkpointOffsets(), logs.checkpointHighWatermarks()]);
    // Checkpoints that are on their way while it goes must not bring it back.
    await Promise.all([logs.checkpointOffsets(), logs.delete(ORDERS), logs.checkpointHighWatermarks()]);
    const second = await logs.getOrCreate(ORDERS, OTHER_ID);
    for (const value of values('new', 3)) await append(second, batch([value]));

    for (const log of [...logs.all()]) await log.abandon();
    const again = await open();
    expect(again.highWatermarkCheckpoint(ORDERS)).toBeUndefined();
    const found = again.get(ORDERS)!;
    expect(found.logStartOffset).toBe(0);
    expect(await readAll(found)).toEqual([
      [0, 'new0'],
      [1, 'new1'],
      [2, 'new2'],
    ]);
    for (const name of ['recovery-point-offset', 'replication-offset', 'log-start-offset']) {
      expect(await text(fs, `/data/${name}-checkpoint`)).toBe('0\n0\n');
    }
    await again.close();
  });

  it('writes Kafka’s checkpoints and marker, and finds everything again', async () => {
    const { fs, open } = bench();
    const logs = await open();
    const log = await logs.getOrCreate(ORDERS, TOPIC_ID);
    await logs.getOrCreate({ topic: 'with-dash.and-1', partition: 12 }, OTHER_ID);
    for (const value of values('v', 5)) await append(log, batch([value]));
    log.updateHighWatermark(4);
    log.incrementLogStartOffset(2);
    await logs.close({ brokerEpoch: 14 });
    expect(await text(fs, '/data/recovery-point-offset-checkpoint')).toBe('0\n2\norders 0 5\nwith-dash.and-1 12 0\n');
    expect(await text(fs, '/data/replication-offset-checkpoint')).toBe('0\n2\norders 0 4\nwith-dash.and-1 12 0\n');
    expect(await text(fs, '/data/log-start-offset-checkpoint')).toBe('0\n1\norders 0 2\n');
    expect(await text(fs, '/data/.kafka_cleanshutdown')).toBe('{"version":0,"brokerEpoch":14}');
    expect(await text(fs, '/data/orders-0/leader-epoch-checkpoint')).toBe('0\n1\n0 2\n');
    expect(await names(fs, '/data/orders-0')).toEqual([
      '00000000000000000000.index',
      '00000000000000000000.log',
      '00000000000000000000.timeindex',
      '00000000000000000005.snapshot',
      'leader-epoch-checkpoint',
      'partition.metadata',
    ]);

    const again = await open();
    expect(again.previousBrokerEpoch).toBe(14);
    expect(await fs.exists('/data/.kafka_cleanshutdown')).toBe(false);
    expect([...again.all()].map(({ topicPartition }) => topicPartition)).toEqual([
      ORDERS,
      { topic: 'with-dash.and-1', partition: 12 },
    ]);
    expect(again.highWatermarkCheckpoint(ORDERS)).toBe(4);
    const found = again.get(ORDERS)!;
    expect([found.topicId, found.logStartOffset, found.logEndOffset]).toEqual([TOPIC_ID, 2, 5]);
    expect((await readAll(found)).length).toBe(3);
    await again.close();
  });

  it('recovers every log after a crash', async () => {
    const { open } = bench();
    const logs = await open();
    const many = Array.from({ length: 10 }, (_, partition) => ({ topic: 't', partition }));
    for (const tp of many) await append(await logs.getOrCreate(tp, TOPIC_ID), batch(values('v', tp.partition + 1)));
    const again = await open();
    expect(many.map((tp) => again.get(tp)!.logEndOffset)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    expect(again.previousBrokerEpoch).toBe(-1);
    await again.close();
  });

  it('leaves a deleted log whole at a clean stop, as Kafka finds it at the next start', async () => {
    const { fs, open } = bench({ configFor: () => ({ ...defaultLogConfig, indexIntervalBytes: 0 }) });
    const logs = await open();
    const log = await logs.getOrCreate(ORDERS, TOPIC_ID);
    for (const value of values('v', 3)) await append(log, batch([value]));
    await logs.delete(ORDERS);
    await logs.close();
    const [directory] = (await names(fs, '/data')).filter((name) => name.endsWith('-delete'));
    // An entry of 8 bytes for each batch but the first, which begins the file; one of 12 for each later timestamp.
    expect((await fs.stat(`/data/${directory}/00000000000000000000.index`)).size).toBe(2 * 8);
    expect((await fs.stat(`/data/${directory}/00000000000000000000.timeindex`)).size).toBeGreaterThanOrEqual(12);
    await (await open()).close();
    expect(await fs.exists(`/data/${directory}`)).toBe(false);
  });

  it('deletes at once for its users, and from the disk after file.delete.delay.ms', async () => {
    const { fs, clock, open } = bench();
    const logs = await open();
    const old = await logs.getOrCreate(ORDERS, TOPIC_ID);
    await append(old, batch(['old']));
    await logs.delete(ORDERS);
    expect(logs.get(ORDERS)).toBeUndefined();
    await expect(append(old, batch(['x']))).rejects.toMatchObject({ error: 'UNKNOWN_TOPIC_OR_PARTITION' });
    expect(await readAll(old)).toEqual([[0, 'old']]);
    expect((await names(fs, '/data'))[0]).toMatch(/^orders-0\.[0-9a-f]{32}-delete$/);
    const anew = await logs.getOrCreate(ORDERS, OTHER_ID);
    expect([anew.topicId, anew.logEndOffset]).toEqual([OTHER_ID, 0]);
    await append(anew, batch(['new']));
    await clock.advance(defaultLogConfig.fileDeleteDelayMs);
    expect((await names(fs, '/data')).filter((name) => name.startsWith('orders-0'))).toEqual(['orders-0']);
    expect(await readAll(anew)).toEqual([[0, 'new']]);
    await logs.close();
  });

  it('removes what a stop left of a deletion, sets strays aside and leaves what it does not know', async () => {
    const { fs, open } = bench();
    const logs = await open();
    await append(await logs.getOrCreate(ORDERS, TOPIC_ID), batch(['a']));
    await append(await logs.getOrCreate({ topic: 'stray', partition: 1 }, OTHER_ID), batch(['a']));
    await logs.delete(ORDERS);
    await logs.close();
    await fs.makeDirectory('/data/__cluster_metadata-0');
    await fs.makeDirectory('/data/lost+found');
    const again = await open({ isStray: (topicId) => topicId === OTHER_ID });
    await again.close();
    expect([...again.all()]).toEqual([]);
    const left = (await fs.list('/data')).filter(({ isDirectory }) => isDirectory).map(({ name }) => name);
    expect(left.sort()).toEqual(['__cluster_metadata-0', 'lost+found', expect.stringMatching(/^stray-1\.\w+-stray$/)]);
  });

  it('gives a log that a power cut left without its topic’s id the id it is asked for', async () => {
    const { fs, open } = bench();
    const logs = await open();
    await append(await logs.getOrCreate(ORDERS, TOPIC_ID), batch(['a']));
    await logs.close();
    await fs.writeFile('/data/orders-0/partition.metadata', '');
    const again = await open({ isStray: (topicId) => topicId !== TOPIC_ID });
    const log = await again.getOrCreate(ORDERS, TOPIC_ID);
    expect([log.topicId, log.logEndOffset]).toEqual([TOPIC_ID, 1]);
    expect(await text(fs, '/data/orders-0/partition.metadata')).toContain(TOPIC_ID);
    await again.close();
  });

  it('takes away what a crash left of files that were being replaced, and nothing else', async () => {
    const { fs, open } = bench();
    const logs = await open();
    await append(await logs.getOrCreate(ORDERS, TOPIC_ID), batch(['a']));
    await logs.close();
    const left = [
      'recovery-point-offset-checkpoint.4711-3.tmp',
      '.kafka_cleanshutdown.4711-0.tmp',
      'meta.properties.tmp',
      'orders-0/leader-epoch-checkpoint.4711-12.tmp',
    ];
    const kept = ['mine.tmp', 'recovery-point-offset-checkpoint.tmp.txt'];
    for (const name of [...left, ...kept]) await fs.writeFile(`/data/${name}`, '');
    await (await open()).close();
    const found = [
      ...(await names(fs, '/data')),
      ...(await names(fs, '/data/orders-0')).map((name) => `orders-0/${name}`),
    ];
    expect(left.filter((name) => found.includes(name))).toEqual([]);
    expect(kept.filter((name) => found.includes(name))).toEqual(kept);
  });

  it('makes a topic’s id durable before the first record, so that a log of a deleted topic is known for one', async () => {
    const fs = new MemoryFileSystem({ tracksDurability: true });
    const { open } = bench({ fs });
    await fs.makeDirectory('/data');
    await (await open()).close();
    const logs = await open();
    await append(await logs.getOrCreate(ORDERS, TOPIC_ID), batch(['a']));
    // Every name is there after the crash, and of the files what was flushed or luck has kept.
    await fs.syncDirectory('/data');
    for (const log of [...logs.all()]) await log.abandon();
    fs.crash();
    expect(await text(fs, '/data/orders-0/partition.metadata')).toBe(`version: 0\ntopic_id: ${TOPIC_ID}`);
  });

  it('lets a topic be deleted whose disk failed', async () => {
    const { fs, open } = bench();
    const logs = await open();
    const log = await logs.getOrCreate(ORDERS, TOPIC_ID);
    fs.inject({ operation: 'write', path: /\.log$/, code: 'EIO' });
    await expect(append(log, batch(['a']))).rejects.toMatchObject({ error: 'KAFKA_STORAGE_ERROR' });
    await logs.delete(ORDERS);
    expect(logs.get(ORDERS)).toBeUndefined();
    await logs.close();
  });

  it('spreads logs over its dirs, and loses only those of a dir whose disk fails', async () => {
    const failed: [string, KafkaError][] = [];
    const { fs, open } = bench({
      dirs: ['/one', '/two'],
      onDirectoryFailure: (directory, error) => failed.push([directory, error]),
    });
    const logs = await open();
    const all = await Promise.all(
      Array.from({ length: 4 }, (_, partition) => logs.getOrCreate({ topic: 't', partition }, TOPIC_ID)),
    );
    for (const log of all) await append(log, batch(['a']));
    expect(all.map(({ directory }) => directory.slice(0, 4)).sort()).toEqual(['/one', '/one', '/two', '/two']);
    const stop = fs.inject({ operation: 'write', path: /^\/one\//, code: 'EIO' });
    const onOne = all.filter(({ directory }) => directory.startsWith('/one'));
    const onTwo = all.filter(({ directory }) => directory.startsWith('/two'));
    await expect(append(onOne[0]!, batch(['b']))).rejects.toMatchObject({ error: 'KAFKA_STORAGE_ERROR' });
    await expect(append(onOne[1]!, batch(['b']))).rejects.toMatchObject({ error: 'KAFKA_STORAGE_ERROR' });
    for (const log of onTwo) expect((await append(log, batch(['b']))).baseOffset).toBe(1);
    expect(failed.map(([directory]) => directory)).toEqual(['/one']);
    expect((await logs.getOrCreate({ topic: 'new', partition: 0 }, TOPIC_ID)).directory).toBe('/two/new-0');
    stop();
    await logs.close();
    expect([await fs.exists('/one/.kafka_cleanshutdown'), await fs.exists('/two/.kafka_cleanshutdown')]).toEqual([
      false,
      true,
    ]);
  });

  it('tries the next dir when one cannot take a new log, and refuses when none can', async () => {
    const failed: string[] = [];
    const { fs, open } = bench({ dirs: ['/one', '/two'], onDirectoryFailure: (directory) => failed.push(directory) });
    const logs = await open();
    fs.inject({ operation: 'write', path: /^\/one\/orders-0\//, code: 'ENOSPC' });
    expect((await logs.getOrCreate(ORDERS, TOPIC_ID)).directory).toBe('/two/orders-0');
    expect(failed).toEqual(['/one']);
    fs.inject({ operation: 'write', path: /^\/two\/orders-1\//, code: 'ENOSPC' });
    const refused = logs.getOrCreate({ topic: 'orders', partition: 1 }, TOPIC_ID);
    await expect(refused).rejects.toMatchObject({ error: 'KAFKA_STORAGE_ERROR' });
    expect(failed).toEqual(['/one', '/two']);
    await logs.close();
  });

  it('checkpoints, flushes and cleans up by the clock', async () => {
    const config = { ...defaultLogConfig, flushMs: 2000, retentionMs: 10_000 };
    const { fs, clock, open } = bench({ configFor: () => config });
    const logs = await open();
    const log = await logs.getOrCreate(ORDERS, TOPIC_ID);
    await append(log, batch(['a']));
    log.updateHighWatermark(1);
    await clock.advance(5000);
    expect(log.recoveryPoint).toBe(1);
    expect(await text(fs, '/data/replication-offset-checkpoint')).toBe('0\n1\norders 0 1\n');
    await clock.advance(55_000);
    expect(await text(fs, '/data/recovery-point-offset-checkpoint')).toContain('orders 0 1');
    await clock.advance(300_000);
    expect(log.logStartOffset).toBe(1);
    await logs.close();
  });

  it('keeps the marker away when a log could not be closed', async () => {
    const { fs, open } = bench();
    const logs = await open();
    await append(await logs.getOrCreate(ORDERS, TOPIC_ID), batch(['a']));
    fs.inject({ operation: 'sync', path: /\.log$/, code: 'EIO' });
    await logs.close();
    expect(await fs.exists('/data/.kafka_cleanshutdown')).toBe(false);
  });

  it('does nothing after a close that met a deletion on its way', async () => {
    const { clock, fs, open } = bench();
    const logs = await open();
    await logs.getOrCreate(ORDERS, TOPIC_ID);
    const deletion = logs.delete(ORDERS);
    await logs.close();
    await deletion;
    const before = await names(fs, '/data');
    await clock.advance(2 * defaultLogConfig.fileDeleteDelayMs);
    await new Promise((resolve) => void setImmediate(resolve));
    expect(await names(fs, '/data')).toEqual(before);
  });
});
