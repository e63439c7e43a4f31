import { randomBytes } from 'node:crypto';
import { createRequire } from 'node:module';
import * as zlib from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decompressLz4Block } from '../../../protocol/records/compression/lz4-block.ts';
import { xxhash32 } from '../../../protocol/records/compression/xxhash32.ts';
import { nodeZstd } from '../../../protocol/records/compression/zstd.ts';
import { zstdFrames } from '../../../protocol/records/compression/zstd-frame.ts';
import { wasmZstd } from '../../../protocol/records/compression/zstd-wasm.ts';
import {
  type CompressionType,
  compress,
  compressionCode,
  compressionType,
  decompress,
} from '../../../protocol/records/compression.ts';
import { lz4BlockChecksums, lz4Linked, text, zstdSeveral, zstdStream } from './foreign-frames.ts';

const require = createRequire(import.meta.url);
const snappy: { compressSync(data: Buffer): Buffer } = require('snappy');
const lz4: { compressSync(data: Buffer, dictionary?: Buffer): Buffer } = require('lz4-napi');

const CODECS = ['gzip', 'snappy', 'lz4', 'zstd'] as const;
const ALL: readonly CompressionType[] = ['none', ...CODECS];

const invalid = expect.objectContaining({ error: 'INVALID_RECORD' });
const tooLarge = expect.objectContaining({ error: 'MESSAGE_TOO_LARGE' });

/** Bytes with and without repetition, from none to several blocks of every codec. */
const data = fc
  .tuple(fc.uint8Array({ maxLength: 300 }), fc.integer({ min: 1, max: 1500 }), fc.uint8Array({ maxLength: 300 }))
  .map(([part, times, tail]) => Buffer.concat([...Array<Uint8Array>(times).fill(part), tail]));

/** `toEqual` takes a second on these. */
function expectSame(actual: Buffer, expected: Buffer): void {
  expect(actual).toHaveLength(expected.length);
  expect(actual.equals(expected)).toBe(true);
}

describe('compression types', () => {
  it('have Kafka’s numbers', () => {
    expect(ALL.map(compressionCode)).toEqual([0, 1, 2, 3, 4]);
    expect([0, 1, 2, 3, 4].map(compressionType)).toEqual(ALL);
  });

  it.each([5, 6, 7])('%d is none of them', (code) => {
    expect(() => compressionType(code)).toThrowError(
      expect.objectContaining({ error: 'UNSUPPORTED_COMPRESSION_TYPE' }),
    );
  });
});

describe.each(ALL)('%s', (type) => {
  it('gives back what was compressed', () => {
    fc.assert(
      fc.property(data, (bytes) => {
        expect(decompress(type, compress(type, bytes)).equals(bytes)).toBe(true);
      }),
      { numRuns: 60 },
    );
  });
});

describe.each(CODECS)('%s', (type) => {
  const plain = text.subarray(0, 2000);
  const compressed = compress(type, plain);

  it('cut short anywhere is refused, or ends where a block does', () => {
    for (let length = 0; length < compressed.length; length++) {
      let read: Buffer;
      try {
        read = decompress(type, compressed.subarray(0, length));
      } catch (failure) {
        expect(failure, `${length} bytes`).toEqual(invalid);
        continue;
      }
      // Snappy's framing has no end mark; its header alone is an empty stream.
      expect(type === 'snappy' && length === 16, `${length} bytes`).toBe(true);
      expect(read).toHaveLength(0);
    }
  });

  it('fails cleanly on random bytes, after its own header too', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat({ max: 40 }), (bytes, kept) => {
        const hostile = Buffer.concat([compressed.subarray(0, kept), bytes]);
        try {
          expect(decompress(type, hostile, { maxBytes: 1 << 20 }).length).toBeLessThanOrEqual(1 << 20);
        } catch (failure) {
          expect([invalid, tooLarge]).toContainEqual(failure);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('with any byte changed is refused, or bounded', () => {
    for (let at = 0; at < compressed.length; at++) {
      const hostile = Buffer.from(compressed);
      hostile[at] = hostile[at]! ^ 0xff;
      try {
        expect(decompress(type, hostile, { maxBytes: 1 << 20 }).length).toBeLessThanOrEqual(1 << 20);
      } catch (failure) {
        expect([invalid, tooLarge], `byte ${at}`).toContainEqual(failure);
      }
    }
  });

  it('stops at the limit', () => {
    const bomb = compress(type, Buffer.alloc(32 << 20));
    expect(() => decompress(type, bomb, { maxBytes: 1 << 20 })).toThrowError(tooLarge);
    expect(() => decompress(type, bomb, { maxBytes: (32 << 20) - 1 })).toThrowError(tooLarge);
    expect(decompress(type, bomb, { maxBytes: 32 << 20 })).toHaveLength(32 << 20);
    expect(decompress(type, compressed)).toEqual(plain);
  });
});

describe('gzip', () => {
  it('takes a level, and reads several members', () => {
    const [fast, small] = [1, 9].map((level) => compress('gzip', text, { level }));
    expect(small!.length).toBeLessThan(fast!.length);
    expectSame(decompress('gzip', Buffer.concat([fast!, small!])), Buffer.concat([text, text]));
  });
});

describe('snappy', () => {
  it('reads raw snappy', () => {
    expectSame(decompress('snappy', snappy.compressSync(text)), text);
  });

  it('reads framed streams one after the other', () => {
    const stream = compress('snappy', text);
    expectSame(decompress('snappy', Buffer.concat([stream, stream])), Buffer.concat([text, text]));
  });

  it.each([
    ['a block of 2 GiB', '82534e41505059000000000100000001 7fffffff 00'],
    ['a negative block', '82534e41505059000000000100000001 ffffffff 00'],
    ['a block that claims 4 GiB', '82534e41505059000000000100000001 00000006 ffffffff0f00'],
    ['raw bytes that claim 200 MiB', '80 80 80 64 00'],
    ['a size without an end', 'ffffffffffffffff'],
    ['nothing', ''],
  ])('refuses %s', (_, hex) => {
    const bytes = Buffer.from(hex.replaceAll(' ', ''), 'hex');
    expect(() => decompress('snappy', bytes, { maxBytes: 2 ** 40 })).toThrowError(invalid);
  });
});

describe('lz4 at a level other than the default', () => {
  const native: { decompressFrameSync(frame: Buffer): Buffer } = require('lz4-napi');
  const levels = fc.constantFrom(1, 2, 4, 8, 12, 17);

  it('gives back what was compressed, here and in the native library', () => {
    fc.assert(
      fc.property(data, levels, (bytes, level) => {
        const frame = compress('lz4', bytes, { level });
        expectSame(decompress('lz4', frame), bytes);
        expectSame(native.decompressFrameSync(frame), bytes);
      }),
      { numRuns: 100 },
    );
  });

  it('is smaller than the fast encoder, the more so the higher it is, and no larger than its blocks', () => {
    const json = Array.from({ length: 8000 }, (_, n) =>
      JSON.stringify({ id: n, user: (n * 7919) % 1009, amount: (n * 31) % 977 }),
    );
    const bytes = Buffer.from(json.join('\n'));
    const [fast, ...thorough] = [9, 1, 4, 8].map((level) => compress('lz4', bytes, { level }).length);
    expect(thorough).toEqual([...thorough].sort((a, b) => b - a));
    expect(thorough.at(-1)!).toBeLessThan(0.85 * fast!);
    const random = randomBytes(200_000);
    expect(compress('lz4', random, { level: 12 })).toHaveLength(7 + 200_000 + 4 * 4 + 4);
  });

  it('has the header that Kafka writes, also the wrong checksum of magic 0', () => {
    const header = (magic: number) =>
      compress('lz4', Buffer.from('a'), { level: 3, magic }).subarray(0, 7).toString('hex');
    expect([header(2), header(0)]).toEqual(['04224d18604082', '04224d1860401a']);
  });
});

describe('lz4', () => {
  it('reads blocks that reach back into those before them', () => {
    expectSame(decompress('lz4', lz4Linked), text);
  });

  it('reads and checks checksums of blocks', () => {
    expectSame(decompress('lz4', lz4BlockChecksums), text);
    const wrong = Buffer.from(lz4BlockChecksums);
    wrong[30] = wrong[30]! ^ 1;
    expect(() => decompress('lz4', wrong)).toThrowError(/checksum/);
  });

  it('sums the header from its magic on for messages of magic 0, as Kafka did', () => {
    // Both from Kafka's golden vectors: flags 60, block size 40.
    expect(compress('lz4', Buffer.from('a'), { magic: 0 }).subarray(0, 7).toString('hex')).toBe('04224d1860401a');
    expect(compress('lz4', Buffer.from('a'), { magic: 2 }).subarray(0, 7).toString('hex')).toBe('04224d18604082');
    const broken = compress('lz4', text, { magic: 0 });
    expectSame(decompress('lz4', broken, { magic: 0 }), text);
    expect(() => decompress('lz4', broken, { magic: 1 })).toThrowError(/header checksum/);
  });

  it('reads blocks that the native library wrote', () => {
    fc.assert(
      fc.property(data, (bytes) => {
        const block = lz4.compressSync(bytes).subarray(4);
        const target = Buffer.alloc(bytes.length);
        expect(decompressLz4Block(block, 0, block.length, target, 0, 0, bytes.length)).toBe(bytes.length);
        expect(target.equals(bytes)).toBe(true);
      }),
      { numRuns: 60 },
    );
  });

  it('never writes a block beyond its limit', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), fc.nat({ max: 100 }), (bytes, limit) => {
        const target = Buffer.alloc(200, 0xaa);
        const reached = decompressLz4Block(Buffer.from(bytes), 0, bytes.length, target, 10, 10, 10 + limit);
        expect(reached).toBeLessThanOrEqual(10 + limit);
        expect(target.subarray(0, 10).every((byte) => byte === 0xaa)).toBe(true);
        expect(target.subarray(10 + limit).every((byte) => byte === 0xaa)).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  it('has the checksum that xxHash defines', () => {
    expect(xxhash32(Buffer.from(''))).toBe(0x02cc5d05);
    expect(xxhash32(Buffer.from('a'))).toBe(0x550d7456);
    expect(xxhash32(Buffer.from('abc'))).toBe(0x32d153ff);
    expect(xxhash32(Buffer.from('Nobody inspects the spammish repetition'))).toBe(0xe2293b2f);
  });
});

describe('zstd', () => {
  const node = nodeZstd();
  const implementations = node === undefined ? [wasmZstd()] : [wasmZstd(), node];

  it('is Node’s own where Node has one', () => {
    expect(node !== undefined).toBe('zstdCompressSync' in zlib);
  });

  it.each(implementations)('reads frames without a content size, and several', (zstd) => {
    expectSame(zstd.decompress(zstdStream, text.length), text);
    expectSame(zstd.decompress(zstdSeveral, 1 << 20), text);
    expect(() => zstd.decompress(zstdStream, text.length - 1)).toThrowError(tooLarge);
  });

  it.each(implementations)('reads what every other implementation wrote, at every level', (zstd) => {
    for (const writer of implementations) {
      for (const level of [-5, 1, 3, 19]) expectSame(zstd.decompress(writer.compress(text, level), 1 << 20), text);
    }
  });

  it.each(implementations)('stays whole after failures', (zstd) => {
    const broken = Buffer.from(zstdStream);
    broken[40] = broken[40]! ^ 0xff;
    for (let i = 0; i < 100; i++) expect(() => zstd.decompress(broken, 1 << 20)).toThrowError(invalid);
    expectSame(zstd.decompress(zstdStream, 1 << 20), text);
  });

  it('bounds a frame by its blocks, whatever it says of its content', () => {
    const [frame] = zstdFrames(zstdStream);
    expect(frame).toMatchObject({ start: 0, end: zstdStream.length });
    expect(frame!.bound).toBeGreaterThanOrEqual(text.length);
    expect(frame!.bound).toBeLessThanOrEqual(text.length + 2 * 128 * 1024);
    // A single-segment frame that claims 2^62 bytes of content and has one raw block of one byte.
    const liar = Buffer.from('28b52ffde0000000000000004009000061', 'hex');
    expect(zstdFrames(liar)).toEqual([{ start: 0, end: liar.length, bound: 1 }]);
    for (const zstd of implementations) expect(() => zstd.decompress(liar, 1 << 20)).toThrowError(invalid);
  });

  it.each([-131073, 23, 1.5])('refuses level %d', (level) => {
    expect(() => compress('zstd', text, { level })).toThrowError(expect.objectContaining({ error: 'INVALID_CONFIG' }));
  });
});
