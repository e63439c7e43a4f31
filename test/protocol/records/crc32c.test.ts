import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { crc32, crc32c } from '../../../protocol/records/crc32c.ts';

const check = Buffer.from('123456789');

describe('crc32c', () => {
  it('gives the check value of CRC-32C, and those of RFC 3720', () => {
    expect(crc32c(check)).toBe(0xe3069283);
    expect(crc32c(Buffer.alloc(32))).toBe(0x8a9136aa);
    expect(crc32c(Buffer.alloc(32, 0xff))).toBe(0x62a8ab43);
    expect(crc32c(Buffer.from(Array.from({ length: 32 }, (_, i) => i)))).toBe(0x46dd794e);
    expect(crc32c(Buffer.alloc(0))).toBe(0);
  });

  it('is the same from both libraries, in every part of a buffer', () => {
    crc32c(Buffer.alloc(128 * 1024)); // from here on the native library has large parts
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 600, size: 'max' }), fc.nat({ max: 40 }), (bytes, from) => {
        const data = Buffer.concat([Buffer.alloc(from, 1), bytes, Buffer.from([2, 3])]);
        expect(crc32c(data, from, from + bytes.length)).toBe(bitwise(bytes));
      }),
    );
  });
});

describe('crc32', () => {
  it('gives the check value of CRC-32', () => {
    expect(crc32(Buffer.concat([Buffer.from('x'), check, Buffer.from('y')]), 1, 10)).toBe(0xcbf43926);
  });
});

/** By the definition, a bit at a time. */
function bitwise(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc & 1) !== 0 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
  }
  return (crc ^ 0xffffffff) >>> 0;
}
