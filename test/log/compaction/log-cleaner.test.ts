import { describe, expect, it } from 'vitest';
import { buildBatch } from '../../../protocol/records/builder.ts';
import { type CleanerConfig, defaultCleanerConfig } from '../../../src/log/compaction/log-cleaner.ts';
import type { Log } from '../../../src/log/log.ts';
import { defaultLogConfig, type LogConfig } from '../../../src/log/log-config.ts';
import { LogManager, type LogManagerOptions } from '../../../src/log/log-manager.ts';
import { SimulatedClock } from '../../../src/platform/clock.ts';
import { ExecutorError, InlineExecutor } from '../../../src/platform/executor.ts';
import { silentLogger } from '../../../src/platform/logger.ts';
import { MemoryFileSystem } from '../../../src/platform/memory-file-system.ts';
import { append, NOW, readAll, TOPIC_ID } from '../fixture.ts';

const ORDERS = { topic: 'orders', partition: 0 };
const CHECKPOINT = '/data/cleaner-offset-checkpoint';
const DAY_MS = 24 * 60 * 60 * 1000;

function bench(
  config: Partial<LogConfig> = {},
  cleaner: Partial<CleanerConfig> | null = {},
  options: Partial<LogManagerOptions> = {},
) {
  const clock = new SimulatedClock(NOW);
  const fs = new MemoryFileSystem({ now: () => clock.now() });
  const configs = new Map<string, Partial<LogConfig>>();
  const open = (): Promise<LogManager> =>
    LogManager.open({
      dirs: ['/data'],
      fs,
      clock,
      logger: silentLogger,
      configFor: (topic) => ({
        ...defaultLogConfig,
        cleanupPolicy: new Set(['compact']),
        segmentBytes: 100,
        ...config,
        ...configs.get(topic),
      }),
      ...options,
      cleaner: cleaner === null ? null : () => ({ ...defaultCleanerConfig, ...cleaner }),
    });
  const checkpoint = async () => (await fs.readFile(CHECKPOINT)).toString();
  return { clock, fs, open, checkpoint };
}

/** A record a segment, as `segment.bytes` of 100 makes it; all replicated. */
async function write(log: Log, ...pairs: readonly (readonly [string, string | null])[]): Promise<void> {
  for (const [key, value] of pairs) {
    const record = { timestamp: NOW, key: Buffer.from(key), value: value === null ? null : Buffer.from(value) };
    await append(log, buildBatch([record]));
    log.updateHighWatermark(log.logEndOffset);
  }
}

/** Lets the event loop go round until `holds`. */
async function until(holds: () => Promise<boolean>): Promise<void> {
  for (let turn = 0; turn < 10_000; turn++) {
    if (await holds()) return;
    await new Promise((resolve) => setImmediate(resolve));
  }
  throw new Error('it never held');
}

const offsets = async (log: Log) => (await readAll(log)).map(([offset]) => offset);

describe('LogCleaner', () => {
  it('compacts a log that is dirty enough, and writes down how far, as Kafka does', async () => {
    const { clock, fs, open, checkpoint } = bench();
    const logs = await open();
    const log = await logs.getOrCreate(ORDERS, TOPIC_ID);
    await write(log, ['a', '1'], ['a', '2'], ['b', '1'], ['b', '2']);
    await clock.advance(14_999);
    expect(await offsets(log)).toEqual([0, 1, 2, 3]);
    await clock.advance(1);
    await until(() => fs.exists(CHECKPOINT));
    expect(await offsets(log)).toEqual([1, 2, 3]);
    expect(await checkpoint()).toBe('0\n1\norders 0 3\n');

    // One dirty segment behind two clean ones is less than half.
    await write(log, ['c', '1']);
    expect(await logs.compact()).toBe(false);
    expect(await checkpoint()).toBe('0\n1\norders 0 3\n');
    await write(log, ['c', '2'], ['c', '3']);
    expect(await logs.compact()).toBe(true);
    expect(await offsets(log)).toEqual([1, 3, 5, 6]);
    expect(await checkpoint()).toBe('0\n1\norders 0 6\n');
    await logs.close();

    const again = await open();
    expect(await again.compact()).toBe(false);
    expect(await offsets(again.get(ORDERS)!)).toEqual([1, 3, 5, 6]);
    await again.close();
  });

  it('takes the dirtiest log first', async () => {
    const { open, checkpoint } = bench();
    const logs = await open();
    const half = await logs.getOrCreate(ORDERS, TOPIC_ID);
    await write(half, ['a', '1'], ['b', '1'], ['c', '1']);
    await logs.compact();
    await write(half, ['a', '2'], ['b', '2'], ['c', '2']);
    const all = await logs.getOrCreate({ topic: 'users', partition: 0 }, TOPIC_ID);
    await write(all, ['a', '1'], ['b', '1']);
    expect(await logs.compact()).toBe(true);
    expect(await checkpoint()).toBe('0\n2\norders 0 2\nusers 0 1\n');
    expect(await logs.compact()).toBe(true);
    expect(await checkpoint()).toBe('0\n2\norders 0 5\nusers 0 1\n');
    expect(await logs.compact()).toBe(false);
    await logs.close();
  });

  it('compacts several logs at a time, and each of them once at a time', async () => {
    const { clock, open, checkpoint, fs } = bench({}, { threads: 3, backoffMs: 10 });
    const logs = await open();
    for (const topic of ['orders', 'users']) {
      const log = await logs.getOrCreate({ topic, partition: 0 }, TOPIC_ID);
      for (let value = 0; value < 30; value++) await write(log, ['a', `${value}`]);
    }
    const writes: string[] = [];
    const opened = fs.open.bind(fs);
    fs.open = (path, how) => {
      if (path.endsWith('.log.cleaned')) writes.push(path);
      return opened(path, how);
    };
    await clock.advance(10);
    await until(
      async () => (await fs.exists(CHECKPOINT)) && (await checkpoint()) === '0\n2\norders 0 29\nusers 0 29\n',
    );
    await logs.close();
    // 29 segments a log, each too large to become one with the next.
    expect(writes.length).toBe(2 * 29);
    expect(new Set(writes).size).toBe(2 * 29);
  });

  it('compacts what is older than max.compaction.lag.ms however little it is', async () => {
    const { clock, open } = bench({ minCleanableDirtyRatio: 1, maxCompactionLagMs: DAY_MS });
    const logs = await open();
    const log = await logs.getOrCreate(ORDERS, TOPIC_ID);
    await write(log, ['a', '1'], ['a', '2'], ['b', '1']);
    await clock.advance(DAY_MS);
    expect(await logs.compact()).toBe(false);
    expect(await offsets(log)).toEqual([0, 1, 2]);
    await clock.advance(1);
    expect(await logs.compact()).toBe(true);
    expect(await offsets(log)).toEqual([1, 2]);
    await logs.close();
  });

  it('applies retention to a log of compact,delete, and only the log start to one of compact', async () => {
    const { clock, open } = bench({ cleanupPolicy: new Set(['compact', 'delete']), retentionMs: DAY_MS });
    const logs = await open();
    const log = await logs.getOrCreate(ORDERS, TOPIC_ID);
    await write(log, ['a', '1'], ['b', '1'], ['c', '1']);
    await clock.advance(DAY_MS + 1);
    await logs.compact();
    expect(log.logStartOffset).toBe(3);
    await logs.close();

    const pure = bench({ retentionMs: DAY_MS });
    const compacted = await pure.open();
    const kept = await compacted.getOrCreate(ORDERS, TOPIC_ID);
    await write(kept, ['a', '1'], ['b', '1'], ['c', '1']);
    await pure.clock.advance(2 * DAY_MS);
    await compacted.compact();
    expect(await offsets(kept)).toEqual([0, 1, 2]);
    kept.incrementLogStartOffset(1);
    await compacted.compact();
    expect(kept.firstSegmentOffset).toBe(1);
    await compacted.close();
  });

  it('begins again at the log’s start when the checkpoint is below it or above the log’s end', async () => {
    const { open, checkpoint, fs } = bench();
    const logs = await open();
    const log = await logs.getOrCreate(ORDERS, TOPIC_ID);
    await write(log, ['a', '1'], ['b', '1'], ['c', '1']);
    await logs.compact();
    expect(await checkpoint()).toBe('0\n1\norders 0 2\n');
    log.incrementLogStartOffset(3);
    await logs.compact();
    expect(await checkpoint()).toBe('0\n1\norders 0 3\n');
    await logs.close();
    await fs.writeFile(CHECKPOINT, '0\n1\norders 0 99\n');
    const again = await open();
    await again.compact();
    expect(await checkpoint()).toBe('0\n1\norders 0 3\n');
    await again.close();
  });

  it('forgets with a truncation, and with the log', async () => {
    const { open, checkpoint } = bench();
    const logs = await open();
    const log = await logs.getOrCreate(ORDERS, TOPIC_ID);
    await write(log, ['a', '1'], ['a', '2'], ['b', '1'], ['c', '1']);
    await logs.compact();
    expect(await checkpoint()).toBe('0\n1\norders 0 3\n');
    await log.truncateTo(1);
    expect(await checkpoint()).toBe('0\n1\norders 0 1\n');
    await write(log, ['a', '2'], ['a', '3'], ['a', '4']);
    await logs.compact();
    expect(await offsets(log)).toEqual([2, 3]);
    await logs.delete(ORDERS);
    expect(await checkpoint()).toBe('0\n0\n');
    await logs.close();
  });

  it('gives up a log with bytes that are no batch, and goes on with others', async () => {
    const { open, fs, checkpoint } = bench();
    const logs = await open();
    const log = await logs.getOrCreate(ORDERS, TOPIC_ID);
    await write(log, ['a', '1'], ['a', '2'], ['a', '3']);
    const file = await fs.open('/data/orders-0/00000000000000000000.log');
    // A record that is longer than its batch.
    await file.write([Buffer.from([0x7e])], 61);
    const other = await logs.getOrCreate({ topic: 'users', partition: 0 }, TOPIC_ID);
    await write(other, ['a', '1'], ['a', '2']);
    await logs.compact();
    await logs.compact();
    expect(await checkpoint()).toBe('0\n1\nusers 0 1\n');
    expect(log.isClosed).toBe(false);
    expect((await fs.list('/data/orders-0')).filter(({ name }) => name.includes('.cleaned'))).toEqual([]);
    await logs.close();
  });

  it.each([
    ['once or twice', 2, '0\n2\norders 0 2\nusers 0 1\n'],
    ['every time', 100, '0\n1\nusers 0 1\n'],
  ])('whose worker dies %s is tried again, but not for ever', async (_, deaths, expected) => {
    const inline = new InlineExecutor({ clock: new SimulatedClock(NOW) });
    let asked = 0;
    const { open, checkpoint, fs } = bench(
      {},
      {},
      {
        executor: {
          run: (job, input, options) => {
            // The dirtier log's.
            if (asked++ < deaths) return Promise.reject(new ExecutorError('WORKER_DIED', 'the worker thread died'));
            return inline.run(job, input, options);
          },
          close: async () => {},
        },
      },
    );
    const logs = await open();
    const log = await logs.getOrCreate(ORDERS, TOPIC_ID);
    await write(log, ['a', '1'], ['a', '2'], ['a', '3']);
    for (let round = 0; round < 3; round++) await logs.compact();
    if (deaths > 3) asked = deaths;
    const other = await logs.getOrCreate({ topic: 'users', partition: 0 }, TOPIC_ID);
    await write(other, ['a', '1'], ['a', '2']);
    await logs.compact();
    expect(await checkpoint()).toBe(expected);
    expect(log.isClosed).toBe(false);
    expect(await offsets(log)).toEqual(deaths > 3 ? [0, 1, 2] : [1, 2]);
    expect((await fs.list('/data/orders-0')).filter(({ name }) => name.includes('.cleaned'))).toEqual([]);
    await logs.close();
  });

  it('takes the directory offline when its disk fails', async () => {
    const { open, fs } = bench();
    const logs = await open();
    const log = await logs.getOrCreate(ORDERS, TOPIC_ID);
    await write(log, ['a', '1'], ['a', '2'], ['a', '3']);
    fs.inject({ operation: 'sync', path: /\.cleaned$/, code: 'EIO' });
    await logs.compact();
    expect(log.isClosed).toBe(true);
    expect(logs.directories()).toEqual([{ path: '/data', isOffline: true }]);
    await logs.close();
  });

  it('leaves off when the broker stops, and compacts nothing with log.cleaner.enable=false', async () => {
    const { clock, open } = bench({}, { maxIoBytesPerSecond: 1 });
    const logs = await open();
    const log = await logs.getOrCreate(ORDERS, TOPIC_ID);
    await write(log, ['a', '1'], ['a', '2'], ['a', '3']);
    await clock.advance(15_000);
    await logs.close();

    const off = bench({}, null);
    const idle = await off.open();
    const left = await idle.getOrCreate(ORDERS, TOPIC_ID);
    await write(left, ['a', '1'], ['a', '2']);
    await off.clock.advance(DAY_MS);
    expect(await offsets(left)).toEqual([0, 1]);
    await idle.close();
  });
});
