import { expect, it } from 'vitest';
import { Reader } from '../../protocol/wire/reader.ts';

it('a message of millions of empty elements is refused before they are made', () => {
  const frame = Buffer.alloc(8_000_000);
  frame.writeInt32BE(3_000_000, 0);
  expect(() => new Reader(frame).arrayLength(false, 2)).toThrowError(/more than 1000000 array elements/);
  frame.writeInt32BE(600_000, 0);
  frame.writeInt32BE(600_000, 4);
  const reader = new Reader(frame);
  expect(reader.arrayLength(false, 2)).toBe(600_000);
  expect(() => reader.arrayLength(false, 2)).toThrowError(expect.objectContaining({ code: 'DECODE_ERROR' }));
});
