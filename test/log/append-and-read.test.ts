import { crc32 } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { BatchView } from '../../protocol/records/batch.ts';
import { append, batch, DIRECTORY, marker, NOW, openLog, produced, readAll, values } from './fixture.ts';

const ALL = { maxBytes: 1024 ** 2, minOneMessage: true, isolation: 'logEnd' } as const;

describe('append', () => {
  it('gives batches the next offsets and the leader’s epoch, in the order of the calls', async () => {
    const { log } = await openLog();
    const infos = await Promise.all([
      append(log, batch(['a', 'b']), 'client', 3),
      append(log, batch(['c']), 'client', 3),
      append(log, batch(['d', 'e', 'f']), 'client', 4),
    ]);
    expect(infos.map(({ baseOffset, lastOffset }) => [baseOffset, lastOffset])).toEqual([
      [0, 1],
      [2, 2],
      [3, 5],
    ]);
    expect(infos[0]).toEqual({
      baseOffset: 0,
      lastOffset: 1,
      logAppendTimeMs: -1,
      logStartOffset: 0,
      isDuplicate: false,
    });
    expect(log.logEndOffset).toBe(6);
    expect(await readAll(log)).toEqual([...'abcdef'].map((value, offset) => [offset, value]));
    const { records } = await log.read(3, ALL);
    expect(new BatchView(records[0]!).partitionLeaderEpoch).toBe(4);
    expect(new BatchView(records[0]!).isValid()).toBe(true);
    expect(log.latestEpoch()).toBe(4);
    expect(log.endOffsetForEpoch(3)).toEqual({ leaderEpoch: 3, endOffset: 3 });
  });

  it('writes the appends of one tick with one write', async () => {
    const { log, fs } = await openLog();
    await append(log, batch(['first']));
    const before = fs.mutations;
    await Promise.all(values('v', 20).map((value) => append(log, batch([value]))));
    expect(fs.mutations - before).toBe(1);
  });

  it('shows nothing of a batch before it is written', async () => {
    const { log } = await openLog();
    const appended = append(log, batch(['a']));
    expect(log.logEndOffset).toBe(0);
    await appended;
    expect(log.logEndOffset).toBe(1);
  });

  it('stamps the time of the broker under LogAppendTime, with a checksum that holds', async () => {
    const { log } = await openLog({ messageTimestampType: 'LogAppendTime' });
    const info = await append(log, batch(['a'], { timestamp: 5 }));
    expect(info.logAppendTimeMs).toBe(NOW);
    const view = new BatchView((await log.read(0, ALL)).records[0]!);
    expect([view.timestampType, view.maxTimestamp, view.isValid()]).toEqual(['LogAppendTime', NOW, true]);
  });

  it('takes several batches at once from a coordinator', async () => {
    const { log } = await openLog();
    const info = await append(log, Buffer.concat([batch(['a', 'b']), batch(['c'])]), 'coordinator');
    expect([info.baseOffset, info.lastOffset]).toEqual([0, 2]);
    expect(await readAll(log, 2)).toEqual([[2, 'c']]);
  });

  it('goes on with others after one that is refused', async () => {
    const { log } = await openLog();
    const bad = batch(['x']);
    bad[bad.length - 1]! ^= 1;
    const [first, refused, last] = await Promise.allSettled([
      append(log, batch(['a'])),
      append(log, bad),
      append(log, batch(['b'])),
    ]);
    expect(first.status).toBe('fulfilled');
    expect(refused).toMatchObject({ status: 'rejected', reason: { error: 'CORRUPT_MESSAGE' } });
    expect(last).toMatchObject({ status: 'fulfilled', value: { baseOffset: 1 } });
  });

  it('flushes before it answers when flush.messages says so', async () => {
    const { log } = await openLog({ flushMessages: 3 });
    await append(log, batch(['a', 'b']));
    expect(log.recoveryPoint).toBe(0);
    await append(log, batch(['c']));
    expect(log.recoveryPoint).toBe(3);
  });

  it('refuses and is offline after a failed write, and says so once', async () => {
    const failures: string[] = [];
    const { log, fs } = await openLog({}, { onStorageFailure: ({ error }) => failures.push(error) });
    await append(log, batch(['a']));
    fs.inject({ operation: 'write', path: /\.log$/, code: 'ENOSPC' });
    await expect(append(log, batch(['b']))).rejects.toMatchObject({ error: 'KAFKA_STORAGE_ERROR' });
    await expect(append(log, batch(['c']))).rejects.toMatchObject({ error: 'KAFKA_STORAGE_ERROR' });
    await expect(log.read(0, ALL)).rejects.toMatchObject({ error: 'KAFKA_STORAGE_ERROR' });
    expect(failures).toEqual(['KAFKA_STORAGE_ERROR']);
    expect(log.logEndOffset).toBe(1);
  });
});

describe.each([
  ['from memory', async (bench: Awaited<ReturnType<typeof openLog>>) => bench.log],
  [
    'from the file',
    async ({ log, reopen }: Awaited<ReturnType<typeof openLog>>) => {
      const { highWatermark } = log;
      await log.close();
      const again = await reopen({ wasCleanlyClosed: true });
      again.updateHighWatermark(highWatermark);
      return again;
    },
  ],
])('read %s', (_, source) => {
  it('stops before the batch that reaches the isolation’s bound', async () => {
    const bench = await openLog();
    await append(bench.log, batch(['a', 'b']));
    await append(bench.log, batch(['c', 'd']));
    bench.log.updateHighWatermark(3);
    const log = await source(bench);
    expect(await readAll(log, 0, 'highWatermark')).toEqual([
      [0, 'a'],
      [1, 'b'],
    ]);
    expect((await readAll(log, 0, 'logEnd')).length).toBe(4);
    expect(await readAll(log, 2, 'highWatermark')).toEqual([]);
  });

  it('begins with the whole batch that the offset is in', async () => {
    const bench = await openLog();
    const stored = batch(['a', 'b', 'c']);
    await append(bench.log, batch(['0']));
    await append(bench.log, stored);
    const log = await source(bench);
    const { records, sizeInBytes } = await log.read(2, ALL);
    expect(sizeInBytes).toBe(stored.length);
    expect(new BatchView(Buffer.concat(records)).baseOffset).toBe(1);
  });

  it('sends the first batch whole above the limit when asked to, and nothing when not', async () => {
    const bench = await openLog();
    const stored = batch(['a'.repeat(20_000)]);
    await append(bench.log, batch(['0']));
    await append(bench.log, stored);
    await append(bench.log, batch(['b']));
    const log = await source(bench);
    const whole = await log.read(1, { ...ALL, maxBytes: 10 });
    expect(whole.sizeInBytes).toBe(stored.length);
    const none = await log.read(1, { ...ALL, maxBytes: 10, minOneMessage: false });
    expect(none.sizeInBytes).toBe(0);
    const exact = await log.read(1, { ...ALL, maxBytes: stored.length, minOneMessage: false });
    expect(exact.sizeInBytes).toBe(stored.length);
  });

  it('refuses offsets outside the log and answers the end with nothing', async () => {
    const bench = await openLog();
    await append(bench.log, batch(['a', 'b', 'c']));
    bench.log.updateHighWatermark(3);
    const log = await source(bench);
    log.incrementLogStartOffset(1);
    await expect(log.read(0, ALL)).rejects.toMatchObject({ error: 'OFFSET_OUT_OF_RANGE' });
    await expect(log.read(4, ALL)).rejects.toMatchObject({ error: 'OFFSET_OUT_OF_RANGE' });
    expect((await log.read(3, ALL)).sizeInBytes).toBe(0);
  });

  it('read_committed stops at the last stable offset and names the aborted transactions', async () => {
    const bench = await openLog();
    const { log: first } = bench;
    await append(first, produced(1, 0, ['a1'], { isTransactional: true }));
    await append(first, produced(2, 0, ['b1'], { isTransactional: true }));
    await append(first, marker('abort', 1), 'coordinator');
    await append(first, batch(['plain']));
    first.updateHighWatermark(4);
    expect(first.lastStableOffset).toBe(1);
    await append(first, marker('commit', 2), 'coordinator');
    expect(first.lastStableOffset).toBe(1);
    first.updateHighWatermark(5);
    expect(first.lastStableOffset).toBe(5);
    await append(first, produced(3, 0, ['c1'], { isTransactional: true }));
    first.updateHighWatermark(6);
    const log = await source(bench);
    expect([log.logEndOffset, log.lastStableOffset]).toEqual([6, 5]);
    const fetched = await log.read(0, { ...ALL, isolation: 'lastStable' });
    expect(fetched.abortedTransactions).toEqual([{ producerId: 1, firstOffset: 0 }]);
    expect((await readAll(log, 0, 'lastStable')).at(-1)).toEqual([3, 'plain']);
    const later = await log.read(3, { ...ALL, isolation: 'lastStable' });
    expect(later.abortedTransactions).toEqual([]);
    expect((await log.read(0, ALL)).abortedTransactions).toBeNull();
  });

  it('are at once where memory has it all', async () => {
    const bench = await openLog({ segmentBytes: 100 });
    for (const value of ['a', 'b', 'c']) await append(bench.log, batch([value]));
    bench.log.updateHighWatermark(2);
    const log = await source(bench);
    const isInMemory = log === bench.log;
    const now = log.readNow(0, { ...ALL, isolation: 'highWatermark' });
    const later = await log.read(0, { ...ALL, isolation: 'highWatermark' });
    expect(now?.sizeInBytes).toBe(isInMemory ? later.sizeInBytes : undefined);
    expect(now?.records).toEqual(isInMemory ? later.records : undefined);
    // Nothing is there to be read, which needs no file; and what is refused is refused by `read`.
    expect(log.readNow(2, { ...ALL, isolation: 'highWatermark' })?.sizeInBytes).toBe(0);
    expect(log.readNow(4, ALL)).toBeUndefined();
  });

  it('are not at once for read_committed where transactions may have been aborted', async () => {
    const bench = await openLog();
    await append(bench.log, batch(['plain']));
    bench.log.updateHighWatermark(1);
    const committed = { ...ALL, isolation: 'lastStable' } as const;
    const log = await source(bench);
    if (log === bench.log) expect(log.readNow(0, committed)?.abortedTransactions).toEqual([]);
    await append(log, produced(1, 0, ['a1'], { isTransactional: true }));
    await append(log, marker('abort', 1), 'coordinator');
    log.updateHighWatermark(3);
    expect(log.readNow(1, committed)).toBeUndefined();
    expect((await log.read(1, committed)).abortedTransactions).toEqual([{ producerId: 1, firstOffset: 1 }]);
    expect(log.readNow(1, ALL)?.abortedTransactions).toBeNull();
  });
});

describe('segments', () => {
  it('are rolled by size, by the records’ time and by the size of the index', async () => {
    const size = batch(['x'.repeat(100)]).length;
    const bySize = await openLog({ segmentBytes: size * 2 });
    for (const each of values('y', 5)) await append(bySize.log, batch([each.padEnd(100, 'x')]));
    expect(await logFiles(bySize)).toEqual([0, 2, 4]);

    const byTime = await openLog({ segmentMs: 1000 });
    await append(byTime.log, batch(['a']));
    await append(byTime.log, batch(['b'], { timestamp: NOW + 1000 }));
    await append(byTime.log, batch(['c'], { timestamp: NOW + 1001 }));
    expect(await logFiles(byTime)).toEqual([0, 2]);

    const byIndex = await openLog({ indexIntervalBytes: 0, segmentIndexBytes: 48 });
    for (const each of values('v', 8)) await append(byIndex.log, batch([each]));
    expect(await logFiles(byIndex)).toEqual([0, 7]);
    expect((await readAll(byIndex.log)).length).toBe(8);
  });

  it('have indexes of exact size once sealed', async () => {
    const { fs, log } = await openLog({ indexIntervalBytes: 0, segmentBytes: batch(['v0']).length * 3 });
    for (const each of values('v', 4)) await append(log, batch([each]));
    await log.flush();
    expect((await fs.stat('/data/orders-0/00000000000000000000.index')).size).toBe(2 * 8);
    expect((await fs.stat('/data/orders-0/00000000000000000000.timeindex')).size).toBe(12);
    expect((await fs.stat('/data/orders-0/00000000000000000003.snapshot')).size).toBe(10);
  });
});

async function logFiles({ fs }: { fs: Awaited<ReturnType<typeof openLog>>['fs'] }): Promise<number[]> {
  const names = (await fs.list('/data/orders-0')).map(({ name }) => name).filter((name) => name.endsWith('.log'));
  return names.map((name) => Number.parseInt(name, 10)).sort((a, b) => a - b);
}

describe('messages of magic 0', () => {
  /** The smallest there is: no key, no value. 26 bytes. */
  function smallest(offset: number): Buffer {
    const message = Buffer.alloc(26);
    message.writeBigInt64BE(BigInt(offset), 0);
    message.writeInt32BE(14, 8);
    message.writeInt32BE(-1, 18);
    message.writeInt32BE(-1, 22);
    message.writeUInt32BE(crc32(message.subarray(16)), 12);
    return message;
  }

  it.each([true, false])(
    'are served to the last, which is smaller than a later batch’s header (clean: %s)',
    async (wasCleanlyClosed) => {
      const { fs, reopen } = await openLog();
      const bytes = Buffer.concat([smallest(0), smallest(1), smallest(2)]);
      await fs.writeFile(`${DIRECTORY}/00000000000000000000.log`, bytes);
      if (wasCleanlyClosed)
        for (const name of ['index', 'timeindex']) await fs.writeFile(`${DIRECTORY}/00000000000000000000.${name}`, '');
      const log = await reopen({ wasCleanlyClosed });
      expect(log.logEndOffset).toBe(3);
      expect(Buffer.concat((await log.read(0, ALL)).records)).toEqual(bytes);
      expect(Buffer.concat((await log.read(2, ALL)).records)).toEqual(smallest(2));
      await log.close();
    },
  );
});
