import { describe, expect, it } from 'vitest';
import { buildBatch, buildLegacy } from '../../../protocol/records/builder.ts';
import { compress, compressionCode } from '../../../protocol/records/compression.ts';
import type { Log, LogOptions } from '../../../src/log/log.ts';
import type { LogConfig } from '../../../src/log/log-config.ts';
import { append, DIRECTORY, marker, NOW, openLog, readAll } from '../fixture.ts';
import { compact, dump, storedBatches } from './fixture.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
const POLICY = { cleanupPolicy: new Set(['compact'] as const) };

type Pair = readonly [key: string, value: string | null];

interface Producer {
  readonly producerId?: number;
  readonly baseSequence?: number;
  readonly isTransactional?: boolean;
  readonly compression?: 'none' | 'gzip' | 'lz4' | 'zstd' | 'snappy';
}

function keyed(pairs: readonly Pair[], producer: Producer = {}): Buffer {
  const { producerId } = producer;
  return buildBatch(
    pairs.map(([key, value]) => ({
      timestamp: NOW,
      key: Buffer.from(key),
      value: value === null ? null : Buffer.from(value),
    })),
    producerId === undefined ? producer : { producerEpoch: 0, baseSequence: 0, ...producer },
  );
}

async function write(log: Log, records: Buffer, origin: 'client' | 'coordinator' = 'client'): Promise<void> {
  await append(log, records, origin);
  log.updateHighWatermark(log.logEndOffset);
}

/** Begins a new segment: what comes after `segment.ms` goes there. */
async function roll(log: Log): Promise<void> {
  const { config } = log;
  log.updateConfig({ ...config, segmentBytes: 1 });
  await log.appendAsFollower(buildBatch([], { baseOffset: log.logEndOffset, lastOffsetDelta: 0 }));
  log.updateConfig(config);
  log.updateHighWatermark(log.logEndOffset);
}

async function bench(config: Partial<LogConfig> = {}, options: Partial<LogOptions> = {}) {
  return openLog({ ...POLICY, ...config }, options);
}

describe('compaction', () => {
  it('keeps the last value of each key, at its offset', async () => {
    const { log, clock } = await bench();
    await write(
      log,
      keyed([
        ['a', '1'],
        ['b', '1'],
      ]),
    );
    await write(log, keyed([['a', '2']]));
    await roll(log);
    const { endOffset } = await compact(log, clock);
    expect(endOffset).toBe(3);
    expect(await dump(log)).toEqual(['0-1 [1:b=1]', '2-2 [2:a=2]', '3-3 []']);
    expect(await readAll(log)).toEqual([
      [1, '1'],
      [2, '2'],
    ]);
    expect(log.logEndOffset).toBe(4);
  });

  it('leaves batches of which nothing goes as they are, byte for byte', async () => {
    const { log, clock } = await bench();
    await write(
      log,
      keyed(
        [
          ['a', '1'],
          ['b', '1'],
        ],
        { compression: 'gzip' },
      ),
    );
    await write(log, keyed([['c', '2']], { compression: 'lz4' }));
    await roll(log);
    const before = (await storedBatches(log)).map((batch) => Buffer.from(batch.bytes()).toString('hex'));
    await compact(log, clock);
    expect((await storedBatches(log)).map((batch) => batch.bytes().toString('hex'))).toEqual(before);
  });

  it.each(['gzip', 'snappy', 'lz4', 'zstd'] as const)('rewrites a batch in its own codec, %s', async (compression) => {
    const { log, clock } = await bench();
    await write(
      log,
      keyed(
        [
          ['a', '1'],
          ['b', '1'],
        ],
        { compression, producerId: 7, baseSequence: 3 },
      ),
    );
    await write(log, keyed([['a', '2']], { producerId: 7, baseSequence: 5 }));
    await roll(log);
    await compact(log, clock);
    const [first] = await storedBatches(log);
    expect(first).toMatchObject({
      compression,
      count: 1,
      baseOffset: 0,
      lastOffset: 1,
      producerId: 7,
      producerEpoch: 0,
      baseSequence: 3,
      lastSequence: 4,
      maxTimestamp: NOW,
    });
    expect(first!.isValid()).toBe(true);
    expect(
      first!
        .bytes()
        .subarray(61)
        .equals(compress(compression, Buffer.from('100000020262023100', 'hex'))),
    ).toBe(true);
    expect(first!.attributes).toBe(compressionCode(compression));
  });

  it('keeps tombstones until delete.retention.ms after the compaction that met them', async () => {
    const { log, clock } = await bench({ deleteRetentionMs: DAY_MS });
    await write(
      log,
      keyed([
        ['a', '1'],
        ['b', '1'],
      ]),
    );
    await write(log, keyed([['a', null]]));
    await roll(log);
    await compact(log, clock);
    const horizon = NOW + DAY_MS;
    expect(await dump(log)).toEqual(['0-1 [1:b=1]', `2-2 until ${horizon} [2:a=null]`, '3-3 []']);
    expect((await readAll(log)).map(([offset]) => offset)).toEqual([1, 2]);
    const [, tombstone] = await storedBatches(log);
    expect([tombstone!.baseTimestamp, tombstone!.maxTimestamp, tombstone!.isValid()]).toEqual([horizon, NOW, true]);

    await clock.advance(DAY_MS - 1);
    await roll(log);
    await compact(log, clock, { from: 3 });
    expect(await dump(log)).toContain(`2-2 until ${horizon} [2:a=null]`);
    await clock.advance(1);
    await roll(log);
    await compact(log, clock, { from: 4 });
    expect(await dump(log)).toEqual(['0-1 [1:b=1]', '4-4 []', '5-5 []']);
  });

  it('keeps the last batch of a producer that is known, without records, so that its sequence goes on', async () => {
    const { log, clock, reopen } = await bench();
    await write(log, keyed([['a', '1']], { producerId: 7, baseSequence: 0 }));
    await write(log, keyed([['b', '1']], { producerId: 7, baseSequence: 1 }));
    await write(
      log,
      keyed([
        ['a', '2'],
        ['b', '2'],
      ]),
    );
    await roll(log);
    await compact(log, clock);
    expect(await dump(log)).toEqual(['1-1 by 7 []', '2-3 [2:a=2 3:b=2]', '4-4 []']);
    await log.abandon();
    const again = await reopen();
    await expect(append(again, keyed([['c', '1']], { producerId: 7, baseSequence: 5 }))).rejects.toMatchObject({
      error: 'OUT_OF_ORDER_SEQUENCE_NUMBER',
    });
    await expect(append(again, keyed([['c', '1']], { producerId: 7, baseSequence: 2 }))).resolves.toMatchObject({
      baseOffset: 5,
    });
  });

  it('keeps the batch that a compaction ends with, so that the next offset is not lost', async () => {
    const { log, clock } = await bench();
    await write(log, keyed([['a', '1']]));
    await write(log, keyed([['a', null]]));
    await roll(log);
    await compact(log, clock);
    await clock.advance(2 * DAY_MS);
    // The same range again: the tombstone goes, its batch stays.
    await compact(log, clock);
    expect(await dump(log)).toEqual(['1-1 []', '2-2 []']);
  });

  it('drops aborted records at once, and markers when their data is gone and delete.retention.ms is over', async () => {
    const { log, clock } = await bench({ deleteRetentionMs: 1000 });
    const isTransactional = true;
    await write(log, keyed([['a', 'aborted']], { producerId: 7, isTransactional }));
    await write(log, marker('abort', 7), 'coordinator');
    await write(log, keyed([['a', 'committed']], { producerId: 8, isTransactional }));
    await write(log, marker('commit', 8), 'coordinator');
    await write(log, keyed([['b', '1']], { producerId: 7, baseSequence: 1 }));
    await write(log, keyed([['c', '1']], { producerId: 8, baseSequence: 1 }));
    await roll(log);
    expect(await readAll(log, 0, 'lastStable')).toHaveLength(4);
    await compact(log, clock);
    expect(await dump(log)).toEqual([
      '1-1 by 7 [1:marker]',
      '2-2 by 8 [2:a=committed]',
      '3-3 by 8 [3:marker]',
      '4-4 by 7 [4:b=1]',
      '5-5 by 8 [5:c=1]',
      '6-6 []',
    ]);
    const aborted = { maxBytes: 1000, minOneMessage: true, isolation: 'lastStable' } as const;
    // Its data was there until this compaction: who reads older bytes must still know.
    expect((await log.read(0, aborted)).abortedTransactions).toEqual([{ producerId: 7, firstOffset: 0 }]);

    await write(log, keyed([['a', 'newer']]));
    await roll(log);
    await compact(log, clock, { from: 6 });
    // The marker without data got its horizon, and left the index; the committed one lost its data now.
    expect(await dump(log)).toEqual([
      `1-1 by 7 until ${NOW + 1000} [1:marker]`,
      '3-3 by 8 [3:marker]',
      '4-4 by 7 [4:b=1]',
      '5-5 by 8 [5:c=1]',
      '7-7 [7:a=newer]',
      '8-8 []',
    ]);
    expect((await log.read(0, aborted)).abortedTransactions).toEqual([]);

    await clock.advance(1000);
    await roll(log);
    await compact(log, clock, { from: 8 });
    expect((await dump(log)).slice(0, 2)).toEqual([`3-3 by 8 until ${NOW + 2000} [3:marker]`, '4-4 by 7 [4:b=1]']);
    await clock.advance(1000);
    await roll(log);
    await compact(log, clock, { from: 9 });
    expect((await dump(log))[0]).toBe('4-4 by 7 [4:b=1]');
  });

  it('begins in the middle of a segment without taking what was aborted before for open', async () => {
    const { log, clock } = await bench();
    const isTransactional = true;
    await write(log, keyed([['a', 'old']]));
    await write(log, keyed([['b', 'aborted']], { producerId: 7, isTransactional }));
    await write(log, marker('abort', 7), 'coordinator');
    await write(log, keyed([['a', null]], { producerId: 7, baseSequence: 1, isTransactional }));
    await write(log, marker('commit', 7), 'coordinator');
    await roll(log);
    await compact(log, clock, { from: 3 });
    // If the tombstone counted as aborted, the old value would outlive it.
    expect((await readAll(log)).map(([offset]) => offset)).toEqual([3]);
  });

  it('keeps the last marker of a producer that wrote nothing else since: its epoch fences', async () => {
    const { log, clock } = await bench({ deleteRetentionMs: 0 });
    await write(log, keyed([['a', '1']], { producerId: 7, isTransactional: true }));
    await write(log, marker('abort', 7, 0, 1), 'coordinator');
    await roll(log);
    for (let from = 0; from < 5; from++) {
      await compact(log, clock, { from: from === 0 ? 0 : log.logEndOffset - 2 });
      await roll(log);
    }
    expect((await dump(log))[0]).toBe('1-1 by 7 []');
  });

  it('stops at the last stable offset, at the active segment, and at min.compaction.lag.ms', async () => {
    const { log, clock } = await bench();
    await write(log, keyed([['a', '1']]));
    await roll(log);
    await write(log, keyed([['a', '2']], { producerId: 7, isTransactional: true }));
    await roll(log);
    expect((await compact(log, clock)).endOffset).toBe(1);
    await write(log, marker('commit', 7), 'coordinator');
    expect((await compact(log, clock)).endOffset).toBe(3);
    expect(await readAll(log)).toEqual([[2, '2']]);

    const lagging = await bench({ minCompactionLagMs: 1000 });
    await write(lagging.log, keyed([['a', '1']]));
    await write(lagging.log, keyed([['a', '2']]));
    await roll(lagging.log);
    await lagging.clock.advance(999);
    expect((await compact(lagging.log, lagging.clock)).endOffset).toBe(0);
    await lagging.clock.advance(1);
    expect((await compact(lagging.log, lagging.clock)).endOffset).toBe(2);
  });

  it('takes several passes where the keys are more than the memory for them', async () => {
    const { log, clock } = await bench();
    for (let round = 0; round < 3; round++) {
      for (let key = 0; key < 10; key++) await write(log, keyed([[`k${key}`, `${round}`]]));
    }
    await roll(log);
    // Ten keys' worth of slots, nine of them used.
    let from = 0;
    const ends: number[] = [];
    while (from < 30) {
      ({ endOffset: from } = await compact(log, clock, { from, mapBytes: 240 }));
      ends.push(from);
    }
    expect(ends).toEqual([9, 18, 27, 30]);
    expect((await readAll(log)).map(([offset]) => offset)).toEqual(Array.from({ length: 10 }, (_, key) => 20 + key));
  });

  it('makes one segment of several small ones, with indexes that find every record', async () => {
    const { log, clock, fs } = await bench({ segmentBytes: 1000, indexIntervalBytes: 100 });
    for (let value = 0; value < 200; value++) await write(log, keyed([[`k${value % 40}`, `v${value}`]]));
    const names = async () =>
      (await fs.list(DIRECTORY)).map(({ name }) => name).filter((name) => name.endsWith('.log'));
    const before = (await names()).length;
    await compact(log, clock);
    // Their sizes before count: together they were too much for one.
    expect((await names()).length).toBe(before);
    await compact(log, clock);
    expect((await names()).length).toBeLessThan(before / 2);
    const all = await readAll(log);
    expect(new Set(all.map(([, value]) => value)).size).toBe(all.length);
    for (let from = 0; from < 200; from++) {
      expect(await readAll(log, from, 'logEnd', 80)).toEqual(all.filter(([offset]) => offset >= from));
    }
  });

  it('lets go of the old segments’ files after file.delete.delay.ms, and of their snapshots', async () => {
    const { log, clock, fs } = await bench({ fileDeleteDelayMs: 1000, segmentBytes: 100 });
    for (let value = 0; value < 4; value++) await write(log, keyed([['k', `${value}`]]));
    log.updateConfig({ ...log.config, segmentBytes: 1000 });
    await compact(log, clock);
    const names = async () => (await fs.list(DIRECTORY)).map(({ name }) => name).sort();
    expect((await names()).filter((name) => name.endsWith('.log.deleted'))).toHaveLength(3);
    await clock.advance(1000);
    expect(await names()).toEqual([
      '00000000000000000000.index',
      '00000000000000000000.log',
      '00000000000000000000.timeindex',
      '00000000000000000003.log',
      '00000000000000000003.snapshot',
      'leader-epoch-checkpoint',
    ]);
  });

  it('does not touch a log that was truncated meanwhile', async () => {
    const { log, clock, fs } = await bench();
    await write(log, keyed([['a', '1']]));
    await write(log, keyed([['a', '2']]));
    await roll(log);
    let truncated: Promise<void> | undefined;
    const compaction = compact(log, clock, {
      throttle: async () => {
        truncated ??= log.truncateTo(1);
        await truncated;
      },
    });
    await expect(compaction).rejects.toMatchObject({ code: 'COMPACTION_ABORTED' });
    expect(await readAll(log)).toEqual([[0, '1']]);
    expect((await fs.list(DIRECTORY)).filter(({ name }) => name.includes('.cleaned'))).toEqual([]);
  });

  it('serves readers before, while and after segments are replaced', async () => {
    const { log, clock } = await bench({ segmentBytes: 500 });
    for (let value = 0; value < 60; value++) await write(log, keyed([[`k${value % 3}`, `v${value}`]]));
    const last = new Map<string, string>();
    let isOver = false;
    const reads: Promise<void>[] = [];
    const read = async (): Promise<void> => {
      while (!isOver) {
        const found = await readAll(log, 0, 'logEnd', 200);
        for (const [offset, value] of found) expect(value).toBe(`v${offset}`);
        for (const [offset, value] of found) last.set(`k${offset % 3}`, value);
        expect(found.slice(-3).map(([offset]) => offset)).toEqual([57, 58, 59]);
        await new Promise((resolve) => setImmediate(resolve));
      }
    };
    reads.push(read(), read());
    await compact(log, clock);
    isOver = true;
    await Promise.all(reads);
    expect([...last.values()].sort()).toEqual(['v57', 'v58', 'v59']);
  });

  it('turns messages of the old formats into batches of magic 2', async () => {
    const { log, clock } = await bench();
    const message = (offset: number, key: string, value: string) =>
      buildLegacy([{ timestamp: NOW, key: Buffer.from(key), value: Buffer.from(value) }], {
        magic: 1,
        baseOffset: offset,
      });
    await log.appendAsFollower(message(0, 'a', '1'));
    await log.appendAsFollower(message(1, 'b', '1'));
    await log.appendAsFollower(message(2, 'a', '2'));
    log.updateHighWatermark(3);
    await roll(log);
    await compact(log, clock);
    expect(await readAll(log)).toEqual([
      [1, '1'],
      [2, '2'],
    ]);
    expect((await storedBatches(log)).map(({ magic }) => magic)).toEqual([2, 2, 2]);
  });
});
