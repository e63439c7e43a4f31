import { describe, expect, it } from 'vitest';
import type { LogOptions } from '../../src/log/log.ts';
import { OpenFiles } from '../../src/log/open-files.ts';
import { MemoryFileSystem } from '../../src/platform/memory-file-system.ts';
import { append, batch, DIRECTORY, NOW, openLog, readAll, values } from './fixture.ts';

/** Holds back the writing of files whole whose names fit, and counts those that were let through. */
class HeldFileSystem extends MemoryFileSystem {
  readonly written: string[] = [];
  #held: { readonly names: RegExp; readonly released: Promise<void> } | undefined;

  hold(names: RegExp): () => void {
    let release = (): void => {};
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    this.#held = { names, released };
    return release;
  }

  override async writeFile(path: string, data: Buffer | string, options: { readonly sync?: boolean } = {}) {
    const name = path.slice(DIRECTORY.length + 1);
    if (this.#held?.names.test(name)) await this.#held.released;
    this.written.push(name);
    await super.writeFile(path, data, options);
  }
}

const BATCH_BYTES = batch(['0']).length;
const THREE_A_SEGMENT = { segmentBytes: BATCH_BYTES * 3, indexIntervalBytes: 0 };
const FIRST = '00000000000000000000';

async function bench(config = {}, options: Partial<LogOptions> = {}) {
  const fs = new HeldFileSystem({ now: () => NOW, tracksDurability: true });
  const opened = await openLog({ ...THREE_A_SEGMENT, ...config }, { ...options, fs });
  const names = async () => (await fs.list(DIRECTORY)).map(({ name }) => name).sort();
  return { ...opened, fs, names };
}

/** Lets what is on its way go on, as far as it can. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
}

describe('the recovery point that is written down', () => {
  it('stays below the end of a segment until its index files are durable', async () => {
    const { log, fs } = await bench();
    for (const value of values('', 3)) await append(log, batch([value]));
    await log.flush();
    expect([log.recoveryPoint, log.recoveryPointCheckpoint]).toEqual([3, 2]);
    const release = fs.hold(/\.timeindex$/);
    await append(log, batch(['3']));
    await log.flush();
    await settle();
    expect([log.recoveryPoint, log.recoveryPointCheckpoint]).toEqual([4, 2]);
    release();
    await settle();
    // Now it is that of the next segment, which is appended to.
    expect(log.recoveryPointCheckpoint).toBe(3);
    await log.close();
    expect(log.recoveryPointCheckpoint).toBe(4);
  });

  it('is never the end that a truncation gives a segment whose index files hold more', async () => {
    const announced: number[] = [];
    const { log, reopen } = await bench();
    for (const value of values('', 3)) await append(log, batch([value]));
    await log.close();
    const again = await reopen({
      wasCleanlyClosed: true,
      onTruncation: async (_, recoveryPoint) => void announced.push(recoveryPoint),
    });
    await again.truncateTo(2);
    expect(announced).toEqual([1]);
    await append(again, batch(['longer than what was cut off']));
    await again.flush();
    await settle();
    // The new record began another segment.
    expect([again.logEndOffset, again.recoveryPointCheckpoint]).toEqual([3, 2]);
    await again.close();
  });

  it.each(['behind a roll', 'that somebody asks for'])(
    'is not lifted above a truncation by a flush %s meanwhile, so that what is appended then is flushed',
    async (flush) => {
      const announced: number[] = [];
      const onTruncation = async (_: number, recoveryPoint: number) => void announced.push(recoveryPoint);
      const { log, fs, reopen } = await bench({}, { onTruncation });
      const release = fs.hold(/\.timeindex$/);
      for (const value of values('', 4)) await append(log, batch([value]));
      const truncated = log.truncateTo(2);
      await settle();
      const flushed = flush === 'behind a roll' ? undefined : log.flush();
      release();
      await Promise.all([truncated, flushed]);
      expect(announced.filter((recoveryPoint) => recoveryPoint > 1)).toEqual([]);
      expect(log.recoveryPoint).toBeLessThanOrEqual(2);
      await append(log, batch(['new']));
      await log.flush();
      const recoveryPoint = log.recoveryPointCheckpoint;
      await log.abandon();
      fs.crash();
      const again = await reopen({ recoveryPoint });
      expect((await readAll(again)).map(([, value]) => value)).toEqual(['0', '1', 'new']);
      await again.close();
    },
  );
});

describe('index files', () => {
  it('are written when a segment is sealed, the .index last', async () => {
    const { log, fs } = await bench();
    for (const value of values('', 3)) await append(log, batch([value]));
    expect(fs.written).toEqual([]);
    await append(log, batch(['3']));
    await log.flush();
    await settle();
    const indexes = fs.written.filter((name) => name.endsWith('index'));
    expect(indexes).toEqual([`${FIRST}.timeindex`, `${FIRST}.index`]);
    await log.close();
  });

  it('that hold all there is are not written again, and so cannot be torn', async () => {
    const { log, fs, reopen } = await bench();
    for (const value of values('', 3)) await append(log, batch([value]));
    await log.close();
    const again = await reopen({ wasCleanlyClosed: true });
    expect(again.recoveryPointCheckpoint).toBe(3);
    fs.written.length = 0;
    await append(again, batch(['3']));
    await again.flush();
    await settle();
    expect(fs.written.filter((name) => name.startsWith(FIRST) && name.endsWith('index'))).toEqual([]);
    expect(await again.offsetForTimestamp(NOW)).toMatchObject({ offset: 0 });
    await again.close();
  });

  it('go with a segment that is removed while they are written', async () => {
    const { log, fs, clock, names } = await bench({ retentionBytes: BATCH_BYTES, fileDeleteDelayMs: 1000 });
    const release = fs.hold(/index$/);
    for (const value of values('', 4)) await append(log, batch([value]));
    log.updateHighWatermark(4);
    const removed = log.deleteOldSegments();
    await settle();
    release();
    expect(await removed).toBe(1);
    const left = (await names()).filter((name) => name.startsWith(FIRST) && !name.endsWith('.deleted'));
    expect(left).toEqual([]);
    await clock.advance(1001);
    await settle();
    expect((await names()).filter((name) => name.startsWith(FIRST))).toEqual([]);
    await log.close();
  });

  it('of a start that is cut short while it makes them anew are made anew by the next', async () => {
    const { log, fs, reopen } = await bench();
    for (const value of values('', 7)) await append(log, batch([value]));
    await log.close();
    await fs.remove(`${DIRECTORY}/${FIRST}.index`);
    // Both starts trust what lies before 6.
    const mend = fs.inject({ operation: 'write', path: /0\.timeindex$/, code: 'EIO' });
    await expect(reopen({ recoveryPoint: 6 })).rejects.toThrow('EIO');
    mend();
    await fs.writeFile(`${DIRECTORY}/${FIRST}.timeindex`, '');
    const again = await reopen({ recoveryPoint: 6 });
    expect(await again.offsetForTimestamp(NOW)).toMatchObject({ offset: 0 });
    await again.close();
  });
});

describe('a log that was closed', () => {
  it('opens no file for who asks for a timestamp', async () => {
    const openFiles = new OpenFiles(100);
    const { log, reopen } = await bench();
    for (const value of values('', 7)) await append(log, batch([value]));
    await log.close();
    const again = await reopen({ wasCleanlyClosed: true, openFiles });
    await again.close();
    await expect(again.offsetForTimestamp(NOW)).rejects.toMatchObject({ error: 'NOT_LEADER_OR_FOLLOWER' });
    await expect(again.offsetOfMaxTimestamp()).rejects.toMatchObject({ error: 'NOT_LEADER_OR_FOLLOWER' });
    expect(openFiles.count).toBe(0);
  });

  it.each(['append', 'close'])('has no file open any more, also when its disk failed at the %s', async (when) => {
    const openFiles = new OpenFiles(100);
    const { log, fs } = await bench({}, { openFiles });
    await append(log, batch(['0']));
    const operation = when === 'append' ? 'write' : 'sync';
    fs.inject({ operation, code: 'EIO' });
    if (when === 'append')
      await expect(append(log, batch(['1']))).rejects.toMatchObject({ error: 'KAFKA_STORAGE_ERROR' });
    const closed = log.close();
    if (when === 'close') await expect(closed).rejects.toMatchObject({ error: 'KAFKA_STORAGE_ERROR' });
    await closed.catch(() => {});
    expect([log.isClosed, openFiles.count]).toEqual([true, 0]);
  });
});
