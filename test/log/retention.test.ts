import { describe, expect, it } from 'vitest';
import type { LogConfig } from '../../src/log/log-config.ts';
import { append, batch, DIRECTORY, NOW, openLog, readAll, values } from './fixture.ts';

const SIZE = batch(['v0']).length;

/** Ten batches of one record, two a segment, a second apart. */
async function tenBatches(config: Partial<LogConfig>) {
  const bench = await openLog({ segmentBytes: SIZE * 2, ...config });
  for (const [at, value] of values('v', 10).entries()) {
    await append(bench.log, batch([value], { timestamp: NOW - 10_000 + at * 1000 }));
  }
  bench.log.updateHighWatermark(10);
  return bench;
}

describe('deleteOldSegments', () => {
  it('lets go by retention.bytes, whole segments only', async () => {
    const { log } = await tenBatches({ retentionMs: -1, retentionBytes: SIZE * 5 });
    expect(await log.deleteOldSegments()).toBe(2);
    expect(log.logStartOffset).toBe(4);
    expect((await readAll(log)).map(([offset]) => offset)).toEqual([4, 5, 6, 7, 8, 9]);
  });

  it('lets go by retention.ms, also the active segment', async () => {
    const { log, clock } = await tenBatches({ retentionMs: 5000 });
    expect(await log.deleteOldSegments()).toBe(2);
    expect(log.logStartOffset).toBe(4);
    await clock.advance(60_000);
    expect(await log.deleteOldSegments()).toBe(3);
    expect([log.logStartOffset, log.logEndOffset]).toEqual([10, 10]);
    expect((await append(log, batch(['next'], { timestamp: NOW + 60_000 }))).baseOffset).toBe(10);
    expect(await log.deleteOldSegments()).toBe(0);
  });

  it('keeps what is above the high watermark, and everything of a compacted topic but what is below its start', async () => {
    const { log } = await tenBatches({ retentionMs: 0 });
    log.updateHighWatermark(5);
    expect(await log.deleteOldSegments()).toBe(2);
    const { log: compacted } = await tenBatches({ retentionMs: 0, cleanupPolicy: new Set(['compact']) });
    expect(await compacted.deleteOldSegments()).toBe(0);
    compacted.incrementLogStartOffset(7);
    expect(await compacted.deleteOldSegments()).toBe(3);
    expect(compacted.logStartOffset).toBe(7);
  });

  it('removes files after file.delete.delay.ms; who reads a segment goes on', async () => {
    const { log, fs, clock } = await tenBatches({ retentionMs: -1, retentionBytes: 0, fileDeleteDelayMs: 1000 });
    await log.flush();
    await log.deleteOldSegments();
    const deleted = async () => (await fs.list(DIRECTORY)).filter(({ name }) => name.endsWith('.deleted')).length;
    expect(await deleted()).toBeGreaterThan(0);
    await clock.advance(999);
    expect(await deleted()).toBeGreaterThan(0);
    await clock.advance(1);
    await log.close();
    expect(await deleted()).toBe(0);
  });
});

describe('incrementLogStartOffset', () => {
  it('hides records at once and is not moved above the high watermark', async () => {
    const { log } = await tenBatches({});
    log.updateHighWatermark(6);
    expect(() => log.incrementLogStartOffset(7)).toThrowError(
      expect.objectContaining({ error: 'OFFSET_OUT_OF_RANGE' }),
    );
    log.incrementLogStartOffset(5);
    log.incrementLogStartOffset(3);
    expect(log.logStartOffset).toBe(5);
    expect((await readAll(log))[0]).toEqual([5, 'v5']);
    expect(log.epochForOffset(5)).toBe(0);
  });
});
