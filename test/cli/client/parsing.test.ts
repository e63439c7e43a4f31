import { describe, expect, test } from 'vitest';
import { messageFormat } from '../../../src/cli/client/message-format.ts';
import { parseOffset } from '../../../src/cli/client/offset-argument.ts';

const message = {
  topic: 't',
  partition: 3,
  offset: 42,
  timestamp: 1_700_000_000_000,
  key: Buffer.from('k'),
  value: Buffer.from('val'),
  headers: [
    { key: 'a', value: Buffer.from('1') },
    { key: 'b', value: null },
  ],
};

describe('format of messages', () => {
  // The expected texts follow kcat(1), "FORMAT".
  test.each([
    ['%t [%p] at %o: key %k: %s\\n', 't [3] at 42: key k: val\n'],
    ['%K,%S,%T,%h', '1,3,1700000000000,a=1,b=NULL'],
    ['100%%\\t\\x41\\\\', '100%\tA\\'],
  ])('%s', (format, expected) => expect(messageFormat(format)(message).toString()).toBe(expected));

  test('%R is the length as four bytes', () => {
    expect(messageFormat('%R%s')(message)).toEqual(Buffer.from('\0\0\0\u0003val', 'latin1'));
    expect(messageFormat('%R')({ ...message, value: null })).toEqual(Buffer.from('ffffffff', 'hex'));
  });

  test('a token that there is not is named', () => {
    expect(() => messageFormat('%s %q')).toThrow("'%q' is no token");
    expect(() => messageFormat('50%')).toThrow("'%' is no token");
  });
});

describe('where to begin', () => {
  const nowMs = Date.parse('2026-01-01T00:00:00Z');
  test.each([
    ['earliest', { kind: 'earliest' }],
    ['beginning', { kind: 'earliest' }],
    ['end', { kind: 'latest' }],
    ['12', { kind: 'offset', offset: 12 }],
    ['-5', { kind: 'fromEnd', count: 5 }],
    ['s@1700000000000', { kind: 'time', timestamp: 1_700_000_000_000 }],
    ['5m', { kind: 'time', timestamp: nowMs - 300_000 }],
    ['2d', { kind: 'time', timestamp: nowMs - 172_800_000 }],
    ['2026-01-31T12:00:00Z', { kind: 'time', timestamp: 1_769_860_800_000 }],
  ])('%s', (text, expected) => expect(parseOffset(text, nowMs)).toEqual(expected));

  test.each(['', 'now', '5 m', '1.5', '2026-99-99', '--1'])("'%s' is refused", (text) => {
    expect(() => parseOffset(text, nowMs)).toThrow('is no place to begin');
  });
});
