import { describe, expect, it } from 'vitest';
import { append, batch, DIRECTORY, marker, openLog, produced, readAll, values } from './fixture.ts';

const LAST = `${DIRECTORY}/00000000000000000000.log`;

describe('recovery', () => {
  it('cuts a log that ends anywhere after the last whole batch', async () => {
    const { log, fs, reopen } = await openLog({ indexIntervalBytes: 0 });
    const ends: number[] = [0];
    for (const [at, value] of values('v', 4).entries()) {
      const bytes = produced(9, at * 2, [value, `${value}+`]);
      ends.push(ends.at(-1)! + bytes.length);
      await append(log, bytes, 'client', at);
    }
    await log.abandon();
    const whole = await fs.readFile(LAST);
    for (let length = 0; length <= whole.length; length++) {
      await fs.writeFile(LAST, whole.subarray(0, length));
      const again = await reopen();
      const batches = ends.filter((end) => end > 0 && end <= length).length;
      expect(again.logEndOffset, `of ${length} bytes`).toBe(batches * 2);
      expect(again.latestEpoch()).toBe(batches === 0 ? undefined : batches - 1);
      expect((await readAll(again)).length).toBe(batches * 2);
      // The producer goes on where the log ends.
      expect(await append(again, produced(9, batches * 2, ['next']))).toMatchObject({ baseOffset: batches * 2 });
      expect((await readAll(again)).at(-1)).toEqual([batches * 2, 'next']);
      await again.abandon();
    }
  });

  it('cuts at a batch with any byte wrong, and drops the segments after it', async () => {
    const size = batch(['v0']).length;
    const { log, fs, reopen } = await openLog({ segmentBytes: size * 2 });
    for (const value of values('v', 5)) await append(log, batch([value]));
    await log.abandon();
    const whole = await fs.readFile(LAST);
    const files = await Promise.all(
      (await fs.list(DIRECTORY)).map(async ({ name }) => [name, await fs.readFile(`${DIRECTORY}/${name}`)] as const),
    );
    // Bytes of the second batch; the base offset's and the epoch's are covered by the order of offsets, not by the CRC.
    for (let at = size + 16; at < size * 2; at++) {
      await fs.remove(DIRECTORY);
      await fs.makeDirectory(DIRECTORY);
      for (const [name, bytes] of files) await fs.writeFile(`${DIRECTORY}/${name}`, bytes);
      const corrupt = Buffer.from(whole);
      corrupt[at]! ^= 0x55;
      await fs.writeFile(LAST, corrupt);
      const again = await reopen();
      expect(again.logEndOffset, `byte ${at}`).toBe(1);
      expect((await fs.list(DIRECTORY)).filter(({ name }) => name.endsWith('.log')).length).toBe(1);
      await append(again, batch(['w']));
      expect(await readAll(again)).toEqual([
        [0, 'v0'],
        [1, 'w'],
      ]);
      await again.abandon();
    }
  });

  it('cuts the zeros that a file system may leave', async () => {
    const { log, fs, reopen } = await openLog();
    await append(log, batch(['a']));
    await log.abandon();
    await fs.writeFile(LAST, Buffer.concat([await fs.readFile(LAST), Buffer.alloc(10_000)]));
    const again = await reopen();
    expect(again.logEndOffset).toBe(1);
    expect((await fs.stat(LAST)).size).toBe(batch(['a']).length);
  });

  it('checks nothing below the recovery point’s segment', async () => {
    const size = batch(['v0']).length;
    const { log, fs, reopen } = await openLog({ segmentBytes: size * 2 });
    for (const value of values('v', 5)) await append(log, batch([value]));
    await log.flush();
    expect(log.recoveryPoint).toBe(5);
    await log.abandon();
    const corrupt = await fs.readFile(LAST);
    corrupt[size + 30]! ^= 1;
    await fs.writeFile(LAST, corrupt);
    expect((await reopen({ recoveryPoint: log.recoveryPoint })).logEndOffset).toBe(5);
    expect((await reopen({ recoveryPoint: 1 })).logEndOffset).toBe(1);
  });

  it('scans nothing after a clean stop', async () => {
    const { log, fs, reopen } = await openLog({ segmentBytes: 2000, indexIntervalBytes: 100 });
    for (const value of values('v', 100)) await append(log, batch([value]));
    await log.close();
    // A log whose middle is destroyed still loads; only its last batches are looked at.
    await fs.writeFile(LAST, Buffer.alloc((await fs.stat(LAST)).size, 0xff));
    const again = await reopen({ wasCleanlyClosed: true });
    expect([again.logStartOffset, again.logEndOffset, again.recoveryPoint]).toEqual([0, 100, 100]);
    await append(again, batch(['next']));
    expect((await readAll(again, 90)).length).toBe(11);
  });

  it.each([0, 1])('flushes nothing at the stop of a log of %i records that was whole at its start', async (count) => {
    const { log, fs, reopen } = await openLog();
    for (const value of values('v', count)) await append(log, batch([value]));
    await log.close();
    const again = await reopen({ wasCleanlyClosed: true });
    // As a leader that starts does.
    again.assignEpochStartOffset(7, again.logEndOffset);
    const flushes: string[] = [];
    for (const operation of ['sync', 'syncDirectory'] as const) {
      fs.inject({ operation, code: 'EIO', onStruck: () => void flushes.push(operation) });
    }
    await again.close();
    expect(flushes).toEqual([]);
  });

  it('checks a log that was closed cleanly but whose files say otherwise', async () => {
    for (const spoil of ['tail', 'index']) {
      const { log, fs, reopen } = await openLog({ indexIntervalBytes: 0 });
      for (const value of values('v', 10)) await append(log, batch([value]));
      await log.close();
      if (spoil === 'tail') await fs.writeFile(LAST, (await fs.readFile(LAST)).subarray(0, -1));
      else await fs.remove(LAST.replace('.log', '.index'));
      const again = await reopen({ wasCleanlyClosed: true });
      expect(again.logEndOffset).toBe(spoil === 'tail' ? 9 : 10);
      expect((await readAll(again)).length).toBe(again.logEndOffset);
    }
  });

  it('makes a torn index of aborted transactions anew, also after a clean stop', async () => {
    const { log, fs, reopen } = await openLog();
    await append(log, produced(1, 0, ['aborted'], { isTransactional: true }));
    await append(log, marker('abort', 1), 'coordinator');
    await append(log, batch(['after']));
    log.updateHighWatermark(3);
    await log.close();
    const path = `${DIRECTORY}/00000000000000000000.txnindex`;
    const whole = await fs.readFile(path);
    const unknownVersion = Buffer.from(whole);
    unknownVersion.writeInt16BE(7, 0);
    for (const torn of [whole.subarray(0, whole.length - 1), unknownVersion]) {
      await fs.writeFile(path, torn);
      const again = await reopen({ wasCleanlyClosed: true });
      again.updateHighWatermark(3);
      const options = { maxBytes: 1024, minOneMessage: true, isolation: 'lastStable' } as const;
      expect((await again.read(0, options)).abortedTransactions).toEqual([{ producerId: 1, firstOffset: 0 }]);
      await again.close();
      expect(await fs.readFile(path)).toEqual(whole);
    }
  });

  it('rebuilds the index of aborted transactions, across segments', async () => {
    const { log, reopen } = await openLog({ segmentBytes: 400 });
    await append(log, produced(1, 0, ['aborted'], { isTransactional: true }));
    for (let at = 0; at < 10; at++) await append(log, produced(2, at, ['kept'], { isTransactional: true }));
    await append(log, marker('abort', 1), 'coordinator');
    await append(log, marker('commit', 2), 'coordinator');
    const end = log.logEndOffset;
    await log.abandon();
    const again = await reopen();
    again.updateHighWatermark(end);
    expect(again.lastStableOffset).toBe(end);
    const options = { maxBytes: 1024 ** 2, minOneMessage: true, isolation: 'lastStable' } as const;
    expect((await again.read(0, options)).abortedTransactions).toEqual([{ producerId: 1, firstOffset: 0 }]);
    expect((await again.read(end - 1, options)).abortedTransactions).toEqual([]);
  });

  it('starts anew at a checkpointed log start above the log’s end', async () => {
    const { log, reopen } = await openLog();
    await append(log, batch(['a']));
    await log.abandon();
    const again = await reopen({ logStartOffset: 50 });
    expect([again.logStartOffset, again.logEndOffset]).toEqual([50, 50]);
    expect((await append(again, batch(['b']))).baseOffset).toBe(50);
  });

  it('removes what an interrupted deletion left', async () => {
    const { log, fs, reopen } = await openLog();
    await append(log, batch(['a']));
    await log.abandon();
    const left = `${DIRECTORY}/00000000000000000000.log.deleted`;
    await fs.writeFile(left, 'x');
    await reopen();
    expect(await fs.exists(left)).toBe(false);
  });

  it('refuses reads of a cold segment in which a size has rotted, and serves the others', async () => {
    const size = batch(['v0']).length;
    const { log, fs, reopen } = await openLog({ segmentBytes: size * 2 });
    for (const value of values('v', 5)) await append(log, batch([value]));
    await log.close();
    const bytes = await fs.readFile(LAST);
    // −12 makes a size of 0: who walks by it stands still.
    for (const length of [-12, -400, 0]) {
      bytes.writeInt32BE(length, 8);
      await fs.writeFile(LAST, bytes);
      const again = await reopen({ wasCleanlyClosed: true });
      const limits = { maxBytes: 1000, minOneMessage: true, isolation: 'logEnd' } as const;
      await expect(again.read(1, limits), `${length}`).rejects.toMatchObject({ error: 'CORRUPT_MESSAGE' });
      expect(await readAll(again, 2)).toEqual([2, 3, 4].map((at) => [at, `v${at}`]));
      await again.abandon();
    }
  });

  it.each(['a size that has rotted', 'the end of a sealed segment that is gone'])(
    'refuses reads of a batch that reaches beyond its segment, by %s, and serves the others',
    async (by) => {
      const size = batch(['v0']).length;
      const { log, fs, reopen } = await openLog({ segmentBytes: size * 2 });
      for (const value of values('v', 5)) await append(log, batch([value]));
      await log.close();
      const bytes = await fs.readFile(LAST);
      if (by === 'a size that has rotted') bytes.writeInt32BE(size * 2, size + 8);
      const end = by === 'a size that has rotted' ? bytes.length : bytes.length - 1;
      await fs.writeFile(LAST, bytes.subarray(0, end));
      const again = await reopen({ wasCleanlyClosed: true });
      const limits = { maxBytes: 1000, minOneMessage: true, isolation: 'logEnd' } as const;
      await expect(again.read(1, limits)).rejects.toMatchObject({ error: 'CORRUPT_MESSAGE' });
      expect(Buffer.concat((await again.read(0, limits)).records).length).toBe(size);
      expect(await readAll(again, 2)).toEqual([2, 3, 4].map((at) => [at, `v${at}`]));
      // It goes while it is read, too.
      await fs.writeFile(LAST, bytes.subarray(0, size + 40));
      await expect(again.read(1, limits)).rejects.toMatchObject({ error: 'CORRUPT_MESSAGE' });
      await again.abandon();
    },
  );

  it('refuses appends to a segment whose batches and index do not read, each of them once', async () => {
    const { log, fs, reopen } = await openLog({ indexIntervalBytes: 1 });
    for (const value of values('v', 5)) await append(log, batch([value]));
    await log.close();
    const bytes = await fs.readFile(LAST);
    const magic = 16;
    bytes[magic] = 9;
    await fs.writeFile(LAST, bytes);
    await fs.writeFile(LAST.replace('.log', '.timeindex'), Buffer.alloc(5));
    const again = await reopen({ wasCleanlyClosed: true });
    for (const value of ['x', 'y']) {
      await expect(append(again, batch([value]))).rejects.toMatchObject({ error: 'CORRUPT_MESSAGE' });
    }
    expect(again.logEndOffset).toBe(5);
  });
});
