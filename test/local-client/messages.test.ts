import { describe, expect, test } from 'vitest';
import { buildBatch } from '../../protocol/records/builder.ts';
import { buildEndTxnMarker } from '../../protocol/records/control.ts';
import { readRecords, toRecord } from '../../src/local-client/messages.ts';

const NOW_MS = 1_700_000_000_000;

describe('messages to records', () => {
  test('strings become UTF-8, absent ones null, and a message without a time is of now', () => {
    expect(toRecord({ value: 'żółw' }, NOW_MS)).toEqual({
      timestamp: NOW_MS,
      key: null,
      value: Buffer.from('c5bcc3b3c58277', 'hex'),
      headers: [],
    });
  });

  test('an empty key is a key, and a date is a time', () => {
    const record = toRecord({ key: '', value: null, timestamp: new Date(5) }, NOW_MS);
    expect(record).toMatchObject({ key: Buffer.alloc(0), value: null, timestamp: 5 });
  });

  test('headers come as a list, or as an object whose lists repeat a key', () => {
    const wanted = [
      { key: 'a', value: Buffer.from('1') },
      { key: 'b', value: null },
      { key: 'a', value: Buffer.from('2') },
    ];
    const list = [
      { key: 'a', value: '1' },
      { key: 'b', value: null },
      { key: 'a', value: Buffer.from('2') },
    ];
    expect(toRecord({ headers: list }, NOW_MS).headers).toEqual(wanted);
    expect(toRecord({ headers: { a: ['1', Buffer.from('2')], b: null } }, NOW_MS).headers).toEqual([
      wanted[0],
      wanted[2],
      wanted[1],
    ]);
  });

  test('bytes that are a view stay those of the view', () => {
    const bytes = new Uint8Array([1, 2, 3, 4]).subarray(1, 3);
    expect(toRecord({ value: bytes }, NOW_MS).value).toEqual(Buffer.from([2, 3]));
  });
});

const record = (value: string) => ({ timestamp: NOW_MS, key: null, value: Buffer.from(value) });

/** Offsets 0 1 | 2 (producer 7) | 3 (producer 8) | 4 abort of 7 | 5 (producer 7) | 6 commit of 8 | 7 commit of 7. */
const log = Buffer.concat([
  buildBatch([record('a'), record('b')], { baseOffset: 0, compression: 'gzip' }),
  buildBatch([record('aborted')], { baseOffset: 2, ...producer(7) }),
  buildBatch([record('c')], { baseOffset: 3, ...producer(8) }),
  marker('abort', 7, 4),
  buildBatch([record('d')], { baseOffset: 5, ...producer(7) }),
  marker('commit', 8, 6),
  marker('commit', 7, 7),
]);

function producer(producerId: number) {
  return { producerId, producerEpoch: 0, baseSequence: 0, isTransactional: true };
}

function marker(type: 'abort' | 'commit', producerId: number, baseOffset: number): Buffer {
  return buildEndTxnMarker({ type, coordinatorEpoch: 0, producerId, producerEpoch: 0, timestamp: NOW_MS, baseOffset });
}

function read(
  fetchOffset: number,
  maxMessages = 100,
  abortedTransactions: { producerId: number; firstOffset: number }[] | null = null,
) {
  const { records, nextOffset } = readRecords({ bytes: log, fetchOffset, maxMessages, abortedTransactions });
  return { values: records.map(({ offset, value }) => `${offset}${value}`), nextOffset };
}

describe('records to messages', () => {
  test('begin at the offset asked for, also inside a batch, and go on behind the last marker', () => {
    expect(read(1)).toEqual({ values: ['1b', '2aborted', '3c', '5d'], nextOffset: 8 });
  });

  test('stop at the number asked for, and go on with the next one', () => {
    expect(read(0, 1)).toEqual({ values: ['0a'], nextOffset: 1 });
    expect(read(0, 0)).toEqual({ values: [], nextOffset: 0 });
  });

  test('leave out what was aborted, and what the same producer committed later is there', () => {
    expect(read(0, 100, [{ producerId: 7, firstOffset: 2 }])).toEqual({
      values: ['0a', '1b', '3c', '5d'],
      nextOffset: 8,
    });
  });

  test('a batch cut at the end is left for the next read', () => {
    const cut = log.subarray(0, log.length - 1);
    expect(readRecords({ bytes: cut, fetchOffset: 0, maxMessages: 100, abortedTransactions: null }).nextOffset).toBe(7);
  });
});
