import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { IndexCache } from '../../src/log/index-cache.ts';
import { Log, type LogOptions } from '../../src/log/log.ts';
import { defaultLogConfig, type LogConfig } from '../../src/log/log-config.ts';
import { OpenFiles } from '../../src/log/open-files.ts';
import { TailBudget } from '../../src/log/tail-cache.ts';
import { SimulatedClock } from '../../src/platform/clock.ts';
import { silentLogger } from '../../src/platform/logger.ts';
import { NodeFileSystem } from '../../src/platform/node-file-system.ts';
import { append, batch, NOW, readAll, TOPIC_ID } from './fixture.ts';

const BATCHES = 1500;
/** An entry for every batch: 600 batches make an index of 4,800 bytes, more than a page. */
const config: LogConfig = {
  ...defaultLogConfig,
  indexIntervalBytes: 0,
  segmentBytes: 600 * 72,
  fileDeleteDelayMs: 1000,
};

/** A log in a real directory, of a few segments; the last is short. */
async function bench(usesMaps: boolean, options: Partial<LogOptions> = {}) {
  const directory = mkdtempSync(join(tmpdir(), 'samsa-indexes-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  const clock = new SimulatedClock(NOW);
  const fs = new NodeFileSystem({ usesMaps });
  const open = (more: Partial<LogOptions> = {}): Promise<Log> =>
    Log.open({
      directory,
      topicPartition: { topic: 'orders', partition: 0 },
      topicId: TOPIC_ID,
      config,
      fs,
      clock,
      logger: silentLogger,
      ...options,
      ...more,
    });
  const log = await open();
  for (let from = 0; from < BATCHES; from += 100) {
    await Promise.all(Array.from({ length: 100 }, (_, i) => append(log, value(from + i))));
  }
  log.updateHighWatermark(log.logEndOffset);
  return { directory, clock, log, open };
}

function value(index: number): Buffer {
  return batch([String(index).padStart(4, '0')], { timestamp: NOW + index });
}

/** The index files of `directory` that this process has mapped. */
function mapped(directory: string): string[] {
  const lines = readFileSync('/proc/self/maps', 'utf8').split('\n');
  return lines.filter((line) => line.includes(directory)).map((line) => line.slice(line.lastIndexOf('/') + 1));
}

describe.each([
  ['mapped', true],
  ['read', false],
])('indexes of sealed segments, %s', (_, usesMaps) => {
  it('find every record, also when few fit the memory and few files may be open', async () => {
    const cache = new IndexCache({ segments: 1 });
    const { log } = await bench(usesMaps, { indexCache: cache, openFiles: new OpenFiles(1), tailBudget: noTail() });
    for (const offset of [0, 599, 600, 1199, 1200, 1499, 7, 1300, 888]) {
      const [first] = await readAll(log, offset);
      expect(first).toEqual([offset, String(offset).padStart(4, '0')]);
      expect(await log.offsetForTimestamp(NOW + offset)).toMatchObject({ offset, timestamp: NOW + offset });
      expect(cache.size).toBeLessThanOrEqual(1);
    }
    const readers = Array.from({ length: 20 }, (_, i) => readAll(log, (i * 379) % BATCHES));
    const lengths = (await Promise.all(readers)).map((found) => found.length);
    expect(lengths).toEqual(Array.from({ length: 20 }, (_, i) => BATCHES - ((i * 379) % BATCHES)));
    await log.close();
  });

  it('give way to appending when the log is truncated into their segment', async () => {
    const { log, open, directory } = await bench(usesMaps, { tailBudget: noTail() });
    await readAll(log, 0);
    await log.truncateTo(300);
    for (let index = 300; index < 500; index++) await append(log, value(index));
    expect((await readAll(log, 0)).map(([offset]) => offset)).toEqual(Array.from({ length: 500 }, (_, i) => i));
    await log.close();
    expect(mapped(directory)).toEqual([]);
    const again = await open({ wasCleanlyClosed: true });
    expect((await readAll(again, 0)).length).toBe(500);
    await again.close();
  });

  it('are let go before their files are deleted', async () => {
    const { log, clock, directory } = await bench(usesMaps, { tailBudget: noTail() });
    await readAll(log, 0);
    await log.flush();
    await readAll(log, 0);
    const names = ['00000000000000000000.index', '00000000000000000000.timeindex'];
    if (usesMaps && process.platform === 'linux') expect(mapped(directory)).toEqual(expect.arrayContaining(names));
    log.incrementLogStartOffset(1300);
    expect(await log.deleteOldSegments()).toBe(2);
    clock.advance(config.fileDeleteDelayMs + 1);
    await log.flush();
    await log.close();
    expect(mapped(directory)).toEqual([]);
  });
});

it('readers go on while their log moves away, though no file of it is open', async () => {
  const { log, directory } = await bench(true, { openFiles: new OpenFiles(1), tailBudget: noTail() });
  await log.flush();
  const away = `${directory}-gone`;
  onTestFinished(() => rmSync(away, { recursive: true, force: true }));
  const limits = { maxBytes: 100, minOneMessage: true, isolation: 'logEnd' } as const;
  const reading = Promise.all([0, 700, 1300, 100].map((offset) => log.read(offset, limits)));
  const moving = log.moveAway(away);
  const more = Promise.all([1, 701, 1301, 101].map((offset) => log.read(offset, limits)));
  await moving;
  const last = await log.read(702, limits);
  const sizes = [...(await reading), ...(await more), last].map(({ sizeInBytes }) => sizeInBytes);
  expect(sizes).toEqual(sizes.map(() => value(0).length));
  await log.abandon();
});

it('a damaged index is rebuilt from the log', async () => {
  const { log, open, directory } = await bench(true, { tailBudget: noTail() });
  await log.close();
  const fs = new NodeFileSystem();
  await fs.writeFile(`${directory}/00000000000000000000.index`, Buffer.alloc(8000));
  await fs.remove(`${directory}/00000000000000000600.timeindex`);
  const again = await open({ wasCleanlyClosed: true });
  expect(await again.offsetForTimestamp(NOW + 500)).toMatchObject({ offset: 500 });
  expect(await again.offsetForTimestamp(NOW + 700)).toMatchObject({ offset: 700 });
  await again.close();
});

function noTail(): NonNullable<LogOptions['tailBudget']> {
  return new TailBudget(0, 0);
}
