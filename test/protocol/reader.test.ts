import { expect, it } from 'vitest';
import { decodeWhole } from '../../protocol/codec.ts';
import { decodeRequestHeader } from '../../protocol/headers.ts';
import { heartbeatRequest } from '../../protocol/schema/12-heartbeat.ts';
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

/** As many tagged fields, each of tag 127 and no bytes, as an unsigned varint of four bytes says. */
function taggedFields(count: number): Buffer {
  const length = [0x80 | (count & 0x7f), 0x80 | ((count >> 7) & 0x7f), 0x80 | ((count >> 14) & 0x7f), count >> 21];
  return Buffer.concat([Buffer.from(length), Buffer.alloc(2 * count, Buffer.from([127, 0]))]);
}

it('a message of millions of empty tagged fields is refused before they are made, in its header and in its body', () => {
  const fields = taggedFields(3_000_000);
  // Heartbeat version 4, correlation id 1, no client id.
  const frame = Buffer.concat([Buffer.from('000c000400000001ffff', 'hex'), fields]);
  expect(() => decodeRequestHeader(frame, heartbeatRequest)).toThrowError(/more than 1000000 .* tagged fields/);
  // Empty group and member, generation 0, no instance.
  const body = Buffer.concat([Buffer.from('01000000000100', 'hex'), fields]);
  expect(() => decodeWhole(heartbeatRequest, 4, body)).toThrowError(/more than 1000000 .* tagged fields/);
  expect(() => decodeWhole(heartbeatRequest, 4, body.subarray(0, 100))).toThrowError(/tagged fields before byte 11/);
});

it('a few tagged fields that nobody knows are kept', () => {
  const reader = new Reader(taggedFields(2));
  const field = { tag: 127, data: Buffer.alloc(0) };
  expect(reader.unknownTaggedFields()).toEqual([field, field]);
});
