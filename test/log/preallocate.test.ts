import { describe, expect, it } from 'vitest';
import { MemoryFileSystem } from '../../src/platform/memory-file-system.ts';
import { append, batch, DIRECTORY, openLog, readAll, values } from './fixture.ts';

const SEGMENT_BYTES = 1000;
const SIZE = batch(['v0']).length;
const PER_SEGMENT = Math.floor(SEGMENT_BYTES / SIZE);

const config = { preallocate: true, segmentBytes: SEGMENT_BYTES };

async function sizes(fs: MemoryFileSystem): Promise<number[]> {
  const names = (await fs.list(DIRECTORY)).map(({ name }) => name).filter((name) => name.endsWith('.log'));
  return Promise.all(names.sort().map(async (name) => (await fs.stat(`${DIRECTORY}/${name}`)).size));
}

async function fill(log: Parameters<typeof append>[0], from: number, count: number): Promise<void> {
  for (const value of values('v', from + count).slice(from)) await append(log, batch([value.slice(0, 2)]));
}

describe('preallocate', () => {
  it('gives a new segment its size at once, and takes back what it did not use', async () => {
    const { fs, log } = await openLog(config);
    await fill(log, 0, 1);
    expect(await sizes(fs)).toEqual([SEGMENT_BYTES]);
    expect([log.sizeInBytes, log.logEndOffset]).toEqual([SIZE, 1]);
    await fill(log, 1, PER_SEGMENT);
    await log.flush();
    expect(await sizes(fs)).toEqual([PER_SEGMENT * SIZE, SEGMENT_BYTES]);
    expect((await readAll(log)).length).toBe(PER_SEGMENT + 1);
    await log.close();
    expect(await sizes(fs)).toEqual([PER_SEGMENT * SIZE, SIZE]);
  });

  it('leaves zeros behind a crash, which recovery cuts', async () => {
    const { fs, log, reopen } = await openLog(config);
    await fill(log, 0, PER_SEGMENT + 2);
    const before = await readAll(log);
    await log.abandon();
    expect((await sizes(fs)).at(-1)).toBe(SEGMENT_BYTES);
    const again = await reopen();
    expect(await sizes(fs)).toEqual([PER_SEGMENT * SIZE, 2 * SIZE]);
    expect([await readAll(again), again.logEndOffset]).toEqual([before, PER_SEGMENT + 2]);
    await fill(again, 0, 1);
    expect((await readAll(again)).length).toBe(PER_SEGMENT + 3);
  });

  it('is no end of the log for a crash before anything was written', async () => {
    const { fs, log, reopen } = await openLog(config);
    await fill(log, 0, 1);
    await log.truncateTo(0);
    expect(await sizes(fs)).toEqual([0]);
    await fs.writeFile(`${DIRECTORY}/00000000000000000000.log`, Buffer.alloc(SEGMENT_BYTES));
    await log.abandon();
    const again = await reopen();
    expect([again.logEndOffset, await readAll(again)]).toEqual([0, []]);
    await fill(again, 0, 2);
    expect((await readAll(again)).length).toBe(2);
  });

  it('loses power like any file: what was flushed is there', async () => {
    const fs = new MemoryFileSystem({ tracksDurability: true });
    const { log, reopen } = await openLog({ ...config, flushMessages: 1 }, { fs });
    await fill(log, 0, PER_SEGMENT + 1);
    const before = await readAll(log);
    fs.crash();
    const again = await reopen();
    expect(await readAll(again)).toEqual(before);
  });

  it('takes back what a segment did not use before anything behind it is acknowledged', async () => {
    const { fs, log, reopen } = await openLog(config);
    await fill(log, 0, PER_SEGMENT);
    const mend = fs.inject({ operation: 'truncate', path: /0{20}\.log/, code: 'EIO' });
    const acknowledged = await fill(log, PER_SEGMENT, 1).then(
      () => PER_SEGMENT + 1,
      () => PER_SEGMENT,
    );
    mend();
    await log.abandon();
    expect((await readAll(await reopen())).length).toBeGreaterThanOrEqual(acknowledged);
  });
});
