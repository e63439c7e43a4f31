import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  readInt8,
  readInt16,
  readInt32,
  readInt64,
  readUint32,
  writeInt16,
  writeInt32,
  writeInt64,
} from '../../../protocol/wire/integers.ts';

// Node's own methods are the second implementation.
const bytes = fc.uint8Array({ minLength: 9, maxLength: 9 }).map((array) => Buffer.from(array));

test('bytes are read as Node reads them', () => {
  fc.assert(
    fc.property(bytes, (buffer) => {
      expect(readInt8(buffer, 1)).toBe(buffer.readInt8(1));
      expect(readInt16(buffer, 1)).toBe(buffer.readInt16BE(1));
      expect(readInt32(buffer, 1)).toBe(buffer.readInt32BE(1));
      expect(readUint32(buffer, 1)).toBe(buffer.readUInt32BE(1));
      expect(readInt64(buffer, 1)).toBe(Number(buffer.readBigInt64BE(1)));
    }),
  );
});

test('numbers are written as Node writes them', () => {
  const within = (bits: number) => fc.integer({ min: -(2 ** (bits - 1)), max: 2 ** (bits - 1) - 1 });
  fc.assert(
    fc.property(within(16), within(32), fc.maxSafeInteger(), (short, int, long) => {
      const ours = Buffer.alloc(18, 0x55);
      writeInt16(ours, short, 1);
      writeInt32(ours, int, 4);
      writeInt64(ours, long, 9);
      const nodes = Buffer.alloc(18, 0x55);
      nodes.writeInt16BE(short, 1);
      nodes.writeInt32BE(int, 4);
      nodes.writeBigInt64BE(BigInt(long), 9);
      expect(ours.toString('hex')).toBe(nodes.toString('hex'));
    }),
  );
});

test('an int64 beyond 2^53 is the nearest double, as Number makes it of the exact one', () => {
  for (const exact of [2n ** 63n - 1n, -(2n ** 63n), 2n ** 53n + 1n]) {
    const buffer = Buffer.alloc(8);
    buffer.writeBigInt64BE(exact);
    expect(readInt64(buffer, 0)).toBe(Number(exact));
  }
});
