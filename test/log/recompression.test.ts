import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { batches, records } from '../../protocol/records/batch.ts';
import { BATCH_HEADER_BYTES } from '../../protocol/records/layout.ts';
import type { Log } from '../../src/log/log.ts';
import { append, batch, marker, NOW, openLog } from './fixture.ts';

const VALUES = Array.from({ length: 50 }, (_, index) => `a value that comes again and again ${index % 5}`);

async function stored(log: Log) {
  log.updateHighWatermark(log.logEndOffset);
  const data = await log.read(0, { maxBytes: 1 << 20, minOneMessage: true, isolation: 'logEnd' });
  return [...batches(Buffer.concat(data.records))];
}

describe('compression.type', () => {
  it.each(['gzip', 'snappy', 'lz4', 'zstd'] as const)('%s is what a batch of another codec becomes', async (type) => {
    const { log } = await openLog({ compressionType: type });
    await append(log, batch(VALUES, { producerId: 7, producerEpoch: 2, baseSequence: 40, isTransactional: true }));
    await append(log, batch(['other'], { compression: type === 'gzip' ? 'snappy' : 'gzip' }));
    const [first, second] = await stored(log);
    expect(first).toMatchObject({ compression: type, baseOffset: 0, lastOffset: 49, count: 50 });
    expect(first).toMatchObject({ producerId: 7, producerEpoch: 2, baseSequence: 40, isTransactional: true });
    expect(first).toMatchObject({ baseTimestamp: NOW, maxTimestamp: NOW + 49, timestampType: 'CreateTime' });
    expect(first!.isValid()).toBe(true);
    expect([...records(first!)].map(({ value, timestamp }) => [String(value), timestamp])).toEqual(
      VALUES.map((value, index) => [value, NOW + index]),
    );
    expect(second).toMatchObject({ compression: type, baseOffset: 50, count: 1 });
    expect(first!.sizeInBytes).toBeLessThan(batch(VALUES).length);
  });

  it('uncompressed is what a compressed batch becomes, and plain ones stay as they are', async () => {
    const { log } = await openLog({ compressionType: 'uncompressed' });
    await append(log, batch(VALUES, { compression: 'gzip' }));
    await append(log, batch(['plain']));
    const found = await stored(log);
    expect(found.map(({ compression }) => compression)).toEqual(['none', 'none']);
    expect(found[0]!.sizeInBytes).toBe(batch(VALUES).length);
  });

  it('leaves a batch that is in its codec as its producer made it, and markers plain', async () => {
    const { log } = await openLog({ compressionType: 'gzip', compressionLevels: { gzip: 9 } });
    const sent = batch(VALUES, { compression: 'gzip', level: 1, producerId: 1, producerEpoch: 0, baseSequence: 0 });
    const body = Buffer.from(sent.subarray(BATCH_HEADER_BYTES));
    await append(log, sent);
    await append(log, marker('commit', 1), 'coordinator');
    const [kept, control] = await stored(log);
    expect(kept!.bytes().subarray(BATCH_HEADER_BYTES).equals(body)).toBe(true);
    expect(control).toMatchObject({ isControl: true, compression: 'none' });
  });

  it('with lz4 compresses at the topic’s level', async () => {
    const sizes = [];
    for (const level of [9, 1, 8]) {
      const { log } = await openLog({ compressionType: 'lz4', compressionLevels: { lz4: level } });
      const varied = Array.from({ length: 2000 }, (_, index) => `${(index * 7919) % 1013} and ${(index * 31) % 17}`);
      await append(log, batch(varied));
      const [made] = await stored(log);
      expect([...records(made!)].map(({ value }) => String(value))).toEqual(varied);
      sizes.push(made!.sizeInBytes);
    }
    // 9, the default, is the fast encoder, as in Kafka.
    expect(sizes[2]).toBeLessThan(sizes[1]!);
    expect(sizes[2]).toBeLessThan(0.9 * sizes[0]!);
  });

  it('with gzip compresses at the topic’s level', async () => {
    const sizes = [];
    for (const level of [1, 9]) {
      const { log } = await openLog({ compressionType: 'gzip', compressionLevels: { gzip: level } });
      const varied = Array.from({ length: 2000 }, (_, index) => `${(index * 7919) % 1013} and ${(index * 31) % 17}`);
      await append(log, batch(varied));
      const [made] = await stored(log);
      expect(gunzipSync(made!.bytes().subarray(BATCH_HEADER_BYTES)).length).toBeGreaterThan(10_000);
      sizes.push(made!.sizeInBytes);
    }
    expect(sizes[1]).toBeLessThan(sizes[0]!);
  });

  it('keeps the time of LogAppendTime, and its answer', async () => {
    const { log } = await openLog({ compressionType: 'zstd', messageTimestampType: 'LogAppendTime' });
    const info = await append(log, batch(VALUES, { timestamp: 5 }));
    expect(info.logAppendTimeMs).toBe(NOW);
    const [made] = await stored(log);
    expect(made).toMatchObject({ timestampType: 'LogAppendTime', maxTimestamp: NOW, compression: 'zstd' });
  });

  it('refuses a batch that grows beyond max.message.bytes', async () => {
    const sent = batch(VALUES, { compression: 'gzip' });
    const { log } = await openLog({ compressionType: 'uncompressed', maxMessageBytes: sent.length });
    await expect(append(log, sent)).rejects.toMatchObject({ error: 'MESSAGE_TOO_LARGE' });
    expect(log.logEndOffset).toBe(0);
    expect((await append(log, batch(['fits']))).baseOffset).toBe(0);
  });
});
