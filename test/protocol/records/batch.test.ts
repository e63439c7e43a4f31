import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BATCH_HEADER_BYTES, BatchView, batches, type NewRecord, records } from '../../../protocol/records/batch.ts';
import { buildBatch, buildLegacy } from '../../../protocol/records/builder.ts';
import type { CompressionType } from '../../../protocol/records/compression.ts';
import { crc32c } from '../../../protocol/records/crc32c.ts';

const CODECS: readonly CompressionType[] = ['none', 'gzip', 'snappy', 'lz4', 'zstd'];
const LEGACY_CODECS: readonly CompressionType[] = ['none', 'gzip', 'snappy', 'lz4'];

const invalid = expect.objectContaining({ error: 'INVALID_RECORD' });
const corrupt = expect.objectContaining({ error: 'CORRUPT_MESSAGE' });

const bytes = fc.oneof(
  fc.constant(null),
  fc.uint8Array({ maxLength: 200 }).map((array) => Buffer.from(array)),
);
const int64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
const timestamp = fc.oneof(fc.nat(), fc.integer({ min: -1, max: 2 ** 42 }), fc.maxSafeInteger(), int64);
const newRecord = fc
  .record({
    time: timestamp,
    key: bytes,
    value: bytes,
    headers: fc.array(fc.record({ key: fc.string({ unit: 'grapheme', maxLength: 8 }), value: bytes }), {
      maxLength: 3,
    }),
  })
  .map(({ time, ...rest }): NewRecord => ({ ...rest, timestamp: Number(time), exactTimestamp: exact(time) }));

function exact(time: number | bigint): bigint | null {
  return Number.isSafeInteger(Number(time)) ? null : BigInt(time);
}

function one(buffer: Buffer): BatchView {
  const all = [...batches(buffer)];
  expect(all).toHaveLength(1);
  return all[0]!;
}

function simple(count: number): NewRecord[] {
  return Array.from({ length: count }, (_, i) => ({
    timestamp: 1000 + i,
    key: null,
    value: Buffer.from(`value ${i}`),
  }));
}

describe.each(CODECS)('a batch in %s', (compression) => {
  it('gives back its records and header', () => {
    fc.assert(
      fc.property(
        fc.array(newRecord, { minLength: 1, maxLength: 20 }),
        fc.record({
          baseOffset: fc.nat({ max: 2 ** 50 }),
          producerId: fc.integer({ min: -1, max: 2 ** 50 }),
          producerEpoch: fc.integer({ min: -1, max: 32767 }),
          baseSequence: fc.integer({ min: -1, max: 2 ** 31 - 1 }),
          partitionLeaderEpoch: fc.integer({ min: -1, max: 2 ** 31 - 1 }),
          isTransactional: fc.boolean(),
          isControl: fc.boolean(),
        }),
        (list, header) => {
          const batch = one(buildBatch(list, { ...header, compression }));
          expect(batch).toMatchObject({ ...header, magic: 2, compression, count: list.length });
          expect(batch.lastOffset).toBe(header.baseOffset + list.length - 1);
          expect(batch.isValid()).toBe(true);
          expect([...records(batch)]).toMatchObject(
            list.map((record, i) => ({ ...record, offset: header.baseOffset + i })),
          );
          const latest = list.map((record) => record.exactTimestamp ?? BigInt(record.timestamp));
          expect(batch.exactMaxTimestamp).toBe(latest.reduce((a, b) => (a > b ? a : b), -1n));
        },
      ),
      { numRuns: 60 },
    );
  });

  it('cut anywhere is left out, and so is what follows it', () => {
    const whole = buildBatch(simple(3), { compression });
    const two = Buffer.concat([whole, whole]);
    for (let length = 0; length < two.length; length++) {
      expect([...batches(two.subarray(0, length))], `${length} bytes`).toHaveLength(length < whole.length ? 0 : 1);
    }
  });

  it('with its records cut anywhere is refused', () => {
    const whole = buildBatch(simple(3), { compression });
    for (let length = BATCH_HEADER_BYTES; length < whole.length; length++) {
      const cut = Buffer.from(whole.subarray(0, length));
      cut.writeInt32BE(length - 12, 8);
      const batch = one(cut);
      expect(batch.isValid(), `${length} bytes`).toBe(false);
      expect(() => [...records(batch)], `${length} bytes`).toThrowError(invalid);
    }
  });

  it('with any byte changed is not valid, but for base offset and leader epoch', () => {
    const whole = buildBatch(simple(2), { compression });
    for (let at = 0; at < whole.length; at++) {
      if (at >= 8 && at < 12) continue; // the length
      if (at === 16) continue; // the magic
      const changed = Buffer.from(whole);
      changed[at] = changed[at]! ^ 0x10;
      expect(new BatchView(changed).isValid(), `byte ${at}`).toBe(at < 16);
    }
  });
});

describe.each(LEGACY_CODECS)('legacy messages in %s', (compression) => {
  it.each([0, 1] as const)('of magic %d give back their records', (magic) => {
    fc.assert(
      fc.property(fc.array(newRecord, { minLength: 1, maxLength: 10 }), fc.nat(), (list, baseOffset) => {
        const views = [...batches(buildLegacy(list, { magic, baseOffset, compression }))];
        expect(views.map((view) => view.isValid())).not.toContain(false);
        expect(views.flatMap((view) => [...records(view)])).toMatchObject(
          list.map(({ timestamp, exactTimestamp, key, value }, i) => ({
            offset: baseOffset + i,
            timestamp: magic === 0 ? -1 : timestamp,
            exactTimestamp: magic === 0 ? null : exactTimestamp,
            key,
            value,
            headers: [],
            sequence: -1,
          })),
        );
        expect(views[0]!.baseOffset).toBe(baseOffset);
        expect(views.at(-1)!.lastOffset).toBe(baseOffset + list.length - 1);
        expect(views.reduce((sum, view) => sum + view.count, 0)).toBe(list.length);
      }),
      { numRuns: 40 },
    );
  });
});

describe('a batch’s stamps', () => {
  it('of offset and leader epoch need no new checksum', () => {
    const batch = one(buildBatch(simple(3)));
    const { checksum } = batch;
    batch.setBaseOffset(2 ** 52 + 1);
    batch.setPartitionLeaderEpoch(77);
    expect(batch).toMatchObject({
      baseOffset: 2 ** 52 + 1,
      nextOffset: 2 ** 52 + 4,
      partitionLeaderEpoch: 77,
      checksum,
    });
    expect(batch.isValid()).toBe(true);
  });

  it('of LogAppendTime give every record that time, until they are taken back', () => {
    const batch = one(buildBatch(simple(3), { compression: 'lz4' }));
    batch.setMaxTimestamp('LogAppendTime', 5_000_000_000_000);
    expect(batch).toMatchObject({
      timestampType: 'LogAppendTime',
      maxTimestamp: 5_000_000_000_000,
      baseTimestamp: 1000,
    });
    expect(batch.isValid()).toBe(true);
    expect([...records(batch)].map((record) => record.timestamp)).toEqual(Array(3).fill(5_000_000_000_000));
    batch.setMaxTimestamp('CreateTime', 1002);
    expect(batch.bytes()).toEqual(buildBatch(simple(3), { compression: 'lz4' }));
  });

  it('are for magic 2 only', () => {
    const [message] = batches(buildLegacy(simple(1), { magic: 1 }));
    expect(() => message!.setBaseOffset(1)).toThrowError(TypeError);
  });
});

describe('sequences', () => {
  it('go from 2^31 − 1 back to 0', () => {
    const batch = one(buildBatch(simple(4), { producerId: 1, producerEpoch: 0, baseSequence: 2 ** 31 - 2 }));
    expect(batch.lastSequence).toBe(1);
    expect([...records(batch)].map((record) => record.sequence)).toEqual([2 ** 31 - 2, 2 ** 31 - 1, 0, 1]);
  });

  it('are −1 without a producer', () => {
    const batch = one(buildBatch(simple(2)));
    expect([batch.baseSequence, batch.lastSequence, [...records(batch)][1]!.sequence]).toEqual([-1, -1, -1]);
  });
});

describe('a compacted batch', () => {
  it('keeps its offsets, and its delete horizon in the base timestamp', () => {
    const kept = simple(5)
      .map((record, i) => ({ ...record, offsetDelta: i }))
      .filter((_, i) => i % 2 === 1);
    const batch = one(buildBatch(kept, { baseOffset: 10, lastOffsetDelta: 4, deleteHorizonMs: 9999 }));
    expect(batch).toMatchObject({ lastOffset: 14, count: 2, deleteHorizonMs: 9999, maxTimestamp: 1003 });
    expect([...records(batch)]).toMatchObject([
      { offset: 11, timestamp: 1001 },
      { offset: 13, timestamp: 1003 },
    ]);
  });

  it('may have no records left', () => {
    const empty = buildBatch([], { baseOffset: 10, lastOffsetDelta: 4, producerId: 3, compression: 'gzip' });
    const batch = one(empty);
    expect(empty).toHaveLength(BATCH_HEADER_BYTES);
    expect(batch).toMatchObject({ lastOffset: 14, count: 0, compression: 'none', baseTimestamp: -1, maxTimestamp: -1 });
    expect([...records(batch)]).toEqual([]);
  });
});

describe('hostile bytes', () => {
  it.each([
    ['a negative length', 8, 'ffffffff'],
    ['a length of −2^31', 8, '80000000'],
    ['a length below any message', 8, '0000000d'],
    ['a length below the header', 8, '00000030'],
    ['magic 3', 16, '03'],
    ['magic −1', 16, 'ff'],
    ['a base offset of 2^53', 0, '0020000000000000'],
    ['the lowest base offset', 0, '8000000000000000'],
  ])('%s is corrupt', (_, at, hex) => {
    expect(() => [...batches(patched(at, hex))]).toThrowError(corrupt);
  });

  it('a length of 2 GiB is a batch that is not all there', () => {
    expect([...batches(patched(8, '7fffffff'))]).toEqual([]);
  });

  it('a producer id beyond 2^53 is refused', () => {
    expect(() => [...batches(patched(43, '7fffffffffffffff'))]).toThrowError(invalid);
  });

  it.each([
    ['more records than there are', 57, '00000003'],
    ['2^31 − 1 records', 57, '7fffffff'],
    ['fewer records than there are', 57, '00000001'],
    ['fewer than no records', 57, 'ffffffff'],
    ['a record longer than the batch', 61, '7e'],
    ['a record of 2 GiB', 61, 'feffffff0f'],
    ['a record of negative length', 61, '01'],
    ['a record shorter than its fields', 61, '04'],
    ['a length that does not end', 61, 'ffffffffff'],
    ['a timestamp delta that does not end', 63, 'ffffffffffffffffffffff'],
    ['a key longer than the record', 65, '7e'],
    ['a key of 2 GiB', 65, 'feffffff0f'],
    ['a value longer than the record', 66, '7e'],
  ])('%s is an invalid record', (_, at, hex) => {
    const batch = one(patched(at, hex));
    expect(() => [...records(batch)]).toThrowError(invalid);
  });

  it('headers that cannot all be there are refused before any is made', () => {
    const whole = buildBatch([{ timestamp: 0, key: null, value: null }]);
    const hostile = Buffer.concat([
      whole.subarray(0, 61),
      Buffer.from('14000000 01 01 feffffff0f 00'.replaceAll(' ', ''), 'hex'),
    ]);
    hostile.writeInt32BE(hostile.length - 12, 8);
    expect(() => [...records(one(hostile))]).toThrowError(/2147483647 headers/);
  });

  it('an unknown compression is told by its error', () => {
    const batch = one(patched(22, '05'));
    expect(() => [...records(batch)]).toThrowError(expect.objectContaining({ error: 'UNSUPPORTED_COMPRESSION_TYPE' }));
  });

  it('a batch that decompresses beyond the limit is refused', () => {
    const bomb = [{ timestamp: 0, key: null, value: Buffer.alloc(1 << 20) }];
    for (const compression of CODECS.slice(1)) {
      const batch = one(buildBatch(bomb, { compression }));
      expect(() => [...records(batch, { maxDecompressedBytes: 1 << 20 })], compression).toThrowError(
        expect.objectContaining({ error: 'MESSAGE_TOO_LARGE' }),
      );
      expect([...records(batch, { maxDecompressedBytes: 2 << 20 })]).toHaveLength(1);
    }
  });

  it('random records under a right checksum fail cleanly, or are read', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 120 }),
        fc.integer({ min: 0, max: 127 }),
        fc.integer({ min: -1, max: 5 }),
        (body, attributes, count) => {
          const batch = Buffer.concat([buildBatch([]), body]);
          batch.writeInt32BE(batch.length - 12, 8);
          batch.writeInt16BE(attributes, 21);
          batch.writeInt32BE(count, 57);
          batch.writeUInt32BE(crc32c(batch, 21), 17);
          expectClean(batch);
        },
      ),
      { numRuns: 2000 },
    );
  });

  it('random legacy messages fail cleanly, or are read', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 120 }),
        fc.integer({ min: 0, max: 15 }),
        fc.nat(1),
        (body, flags, magic) => {
          const message = Buffer.concat([Buffer.alloc(18), body]);
          message.writeInt32BE(message.length - 12, 8);
          message[16] = magic;
          message[17] = flags;
          expectClean(message);
        },
      ),
      { numRuns: 2000 },
    );
  });

  it('legacy messages with any byte changed fail cleanly, or are read', () => {
    for (const magic of [0, 1] as const) {
      for (const compression of LEGACY_CODECS) {
        const whole = buildLegacy(simple(3), { magic, compression, baseOffset: 7 });
        for (let at = 0; at < whole.length; at++) {
          const changed = Buffer.from(whole);
          changed[at] = changed[at]! ^ 0xff;
          expectClean(changed);
        }
      }
    }
  });

  function patched(at: number, hex: string): Buffer {
    const batch = buildBatch(simple(2));
    Buffer.from(hex, 'hex').copy(batch, at);
    return batch;
  }

  function expectClean(buffer: Buffer): void {
    try {
      for (const batch of batches(buffer)) {
        batch.isValid();
        for (const record of records(batch, { maxDecompressedBytes: 1 << 20 })) {
          expect(typeof record.offset).toBe('number');
        }
      }
    } catch (failure) {
      expect(failure).toMatchObject({
        name: 'KafkaError',
        error: expect.stringMatching(
          /^(INVALID_RECORD|CORRUPT_MESSAGE|MESSAGE_TOO_LARGE|UNSUPPORTED_COMPRESSION_TYPE)$/,
        ),
      });
    }
  }
});
