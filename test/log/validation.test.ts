import { describe, expect, it } from 'vitest';
import { buildBatch, buildLegacy } from '../../protocol/records/builder.ts';
import { append, batch, marker, NOW, openLog, produced } from './fixture.ts';

const COUNT_AT = 57;
const LENGTH_AT = 8;

/** A batch with one header field changed and its checksum made right again. */
function changed(change: (bytes: Buffer) => void): Buffer {
  const bytes = batch(['a', 'b']);
  change(bytes);
  return withChecksum(bytes);
}

describe('a leader refuses', () => {
  it.each([
    ['nothing', Buffer.alloc(0), 'INVALID_RECORD'],
    ['two batches of a client', Buffer.concat([batch(['a']), batch(['b'])]), 'INVALID_RECORD'],
    ['bytes after the batch', Buffer.concat([batch(['a']), Buffer.alloc(3)]), 'INVALID_RECORD'],
    ['a batch cut short', batch(['a']).subarray(0, -1), 'INVALID_RECORD'],
    ['magic 1', buildLegacy([{ timestamp: NOW, key: null, value: null }], { magic: 1 }), 'INVALID_RECORD'],
    ['magic 3', changed((bytes) => bytes.writeInt8(3, 16)), 'CORRUPT_MESSAGE'],
    ['a negative length', changed((bytes) => bytes.writeInt32BE(-1, LENGTH_AT)), 'CORRUPT_MESSAGE'],
    ['a wrong checksum', flipped(batch(['a'])), 'CORRUPT_MESSAGE'],
    ['a count that disagrees', changed((bytes) => bytes.writeInt32BE(3, COUNT_AT)), 'INVALID_RECORD'],
    ['no records', buildBatch([]), 'INVALID_RECORD'],
    ['a base offset', batch(['a'], { baseOffset: 4 }), 'INVALID_RECORD'],
    ['a control batch of a client', marker('commit', 1), 'INVALID_RECORD'],
    ['a producer id without a sequence', batch(['a'], { producerId: 1, producerEpoch: 0 }), 'INVALID_RECORD'],
    ['a codec that is none', changed((bytes) => bytes.writeInt16BE(6, 21)), 'UNSUPPORTED_COMPRESSION_TYPE'],
    ['LogAppendTime of a client', batch(['a'], { timestampType: 'LogAppendTime' }), 'INVALID_TIMESTAMP'],
  ])('%s', async (_, records, error) => {
    const { log } = await openLog();
    await expect(append(log, records)).rejects.toMatchObject({ error });
    expect(log.logEndOffset).toBe(0);
    expect((await append(log, batch(['good']))).baseOffset).toBe(0);
  });

  it('a batch above max.message.bytes, or above a whole segment', async () => {
    const size = batch(['a']).length;
    const { log } = await openLog({ maxMessageBytes: size });
    await append(log, batch(['a']));
    await expect(append(log, batch(['ab']))).rejects.toMatchObject({ error: 'MESSAGE_TOO_LARGE' });
    const { log: small } = await openLog({ segmentBytes: size - 1 });
    await expect(append(small, batch(['a']))).rejects.toMatchObject({ error: 'RECORD_LIST_TOO_LARGE' });
  });

  it('records without a key on a compacted topic, and names them', async () => {
    const { log } = await openLog({ cleanupPolicy: new Set(['compact', 'delete']) });
    const records = [Buffer.from('k'), null, null].map((key) => ({ timestamp: NOW, key, value: null }));
    await expect(append(log, buildBatch(records, { compression: 'gzip' }))).rejects.toMatchObject({
      error: 'INVALID_RECORD',
      recordErrors: [{ batchIndex: 1 }, { batchIndex: 2 }],
    });
    await append(log, buildBatch(records.slice(0, 1), { compression: 'gzip' }));
  });

  it('timestamps out of bounds, but not those that are absent', async () => {
    const { log } = await openLog({ messageTimestampBeforeMaxMs: 1000, messageTimestampAfterMaxMs: 500 });
    await append(log, batch(['a'], { timestamp: NOW - 1000 }));
    await append(log, batch(['a'], { timestamp: NOW + 500 }));
    await append(log, buildBatch([{ timestamp: -1, key: null, value: null }]));
    await expect(append(log, batch(['a', 'b'], { timestamp: NOW + 500 }))).rejects.toMatchObject({
      error: 'INVALID_TIMESTAMP',
      recordErrors: [{ batchIndex: 1 }],
    });
    await expect(append(log, batch(['a', 'b'], { timestamp: NOW - 1001 }))).rejects.toMatchObject({
      error: 'INVALID_TIMESTAMP',
      recordErrors: [{ batchIndex: 0 }],
    });
  });

  it('no timestamp for its size alone', async () => {
    const { log } = await openLog({ messageTimestampAfterMaxMs: Number.MAX_SAFE_INTEGER * 2 });
    const exactTimestamp = 2n ** 62n + 1n;
    const { log: unbounded } = await openLog({ messageTimestampAfterMaxMs: Number.POSITIVE_INFINITY });
    for (const each of [unbounded]) {
      await append(each, buildBatch([{ timestamp: Number(exactTimestamp), exactTimestamp, key: null, value: null }]));
      expect((await each.offsetOfMaxTimestamp())?.offset).toBe(0);
      expect((await each.offsetForTimestamp(NOW))?.offset).toBe(0);
    }
    await log.close();
  });
});

describe('a producer', () => {
  it('that repeats one of its last five batches is answered with the first answer', async () => {
    const { log } = await openLog();
    for (let at = 0; at < 6; at++) await append(log, produced(7, at * 2, ['a', 'b']));
    expect(await append(log, produced(7, 2, ['a', 'b']))).toMatchObject({
      baseOffset: 2,
      lastOffset: 3,
      isDuplicate: true,
    });
    expect(log.logEndOffset).toBe(12);
    await expect(append(log, produced(7, 0, ['a', 'b']))).rejects.toMatchObject({
      error: 'OUT_OF_ORDER_SEQUENCE_NUMBER',
    });
  });

  it('that repeats a batch in the same tick gets both answers once it is written', async () => {
    const { log } = await openLog();
    const [first, second] = await Promise.all([append(log, produced(7, 0, ['a'])), append(log, produced(7, 0, ['a']))]);
    expect([first.isDuplicate, second.isDuplicate, second.baseOffset]).toEqual([false, true, 0]);
    expect(log.logEndOffset).toBe(1);
  });

  it('that leaves a gap is refused, an unknown one may begin anywhere', async () => {
    const { log } = await openLog();
    await append(log, produced(7, 10, ['a']));
    await expect(append(log, produced(7, 12, ['b']))).rejects.toMatchObject({ error: 'OUT_OF_ORDER_SEQUENCE_NUMBER' });
    await append(log, produced(7, 11, ['b']));
  });

  it('counts on from 0 after 2^31 − 1', async () => {
    const { log } = await openLog();
    await append(log, produced(7, 2 ** 31 - 2, ['a', 'b', 'c']));
    await append(log, produced(7, 1, ['d']));
    expect(log.logEndOffset).toBe(4);
  });

  it('of an older epoch is fenced; a new epoch begins at sequence 0', async () => {
    const { log } = await openLog();
    await append(log, produced(7, 0, ['a'], { producerEpoch: 1 }));
    await expect(append(log, produced(7, 1, ['b'], { producerEpoch: 0 }))).rejects.toMatchObject({
      error: 'INVALID_PRODUCER_EPOCH',
    });
    await expect(append(log, produced(7, 1, ['b'], { producerEpoch: 2 }))).rejects.toMatchObject({
      error: 'OUT_OF_ORDER_SEQUENCE_NUMBER',
    });
    await append(log, produced(7, 0, ['b'], { producerEpoch: 2 }));
  });

  it('in a transaction must stay in it, and markers of a deposed coordinator are refused', async () => {
    const { log } = await openLog();
    await append(log, produced(7, 0, ['a'], { isTransactional: true }));
    await expect(append(log, produced(7, 1, ['b']))).rejects.toMatchObject({ error: 'INVALID_TXN_STATE' });
    await append(log, marker('commit', 7, 5), 'coordinator');
    await append(log, produced(7, 1, ['b'], { isTransactional: true }));
    await expect(append(log, marker('commit', 7, 4), 'coordinator')).rejects.toMatchObject({
      error: 'TRANSACTION_COORDINATOR_FENCED',
    });
  });

  it('is forgotten when it was silent for long, unless it is in a transaction', async () => {
    const { log, clock } = await openLog({}, { producerIdExpirationMs: 1000 });
    await append(log, produced(7, 0, ['a']));
    await append(log, produced(8, 0, ['a'], { isTransactional: true }));
    await clock.advance(999);
    log.removeExpiredProducers();
    expect([...log.producers()].map(({ producerId }) => producerId)).toEqual([7, 8]);
    await clock.advance(1);
    log.removeExpiredProducers();
    expect([...log.producers()].map(({ producerId }) => producerId)).toEqual([8]);
    await append(log, produced(7, 55, ['z']));
  });

  it('is known after a clean stop and after a crash, in a transaction or not', async () => {
    for (const wasCleanlyClosed of [true, false]) {
      const { log, reopen } = await openLog({ segmentBytes: 500 });
      await append(log, produced(7, 0, ['a'], { isTransactional: true }));
      for (let at = 0; at < 20; at++) await append(log, produced(8, at, ['b']));
      if (wasCleanlyClosed) await log.close();
      else await log.abandon();
      const again = await reopen({ wasCleanlyClosed, recoveryPoint: log.recoveryPoint });
      again.updateHighWatermark(again.logEndOffset);
      expect(again.lastStableOffset).toBe(0);
      expect(await append(again, produced(8, 19, ['b']))).toMatchObject({ baseOffset: 20, isDuplicate: true });
      await expect(append(again, produced(8, 21, ['c']))).rejects.toMatchObject({
        error: 'OUT_OF_ORDER_SEQUENCE_NUMBER',
      });
      await append(again, produced(8, 20, ['c']));
    }
  });
});

function flipped(bytes: Buffer): Buffer {
  bytes[bytes.length - 1]! ^= 1;
  return bytes;
}

/** CRC-32C bit by bit, beside the code under test. */
function withChecksum(bytes: Buffer): Buffer {
  let crc = ~0;
  for (const byte of bytes.subarray(21)) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc & 1) === 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
  }
  bytes.writeUInt32BE(~crc >>> 0, 17);
  return bytes;
}
