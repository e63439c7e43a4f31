import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DecodeError } from '../../../protocol/wire/decode-error.ts';
import { FrameSplitter } from '../../../protocol/wire/frame-splitter.ts';

const MAX = 1024 * 1024;

function framed(body: Uint8Array): Buffer {
  const size = Buffer.alloc(4);
  size.writeInt32BE(body.length);
  return Buffer.concat([size, body]);
}

function sizeOnly(size: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(size);
  return bytes;
}

function allFrames(splitter: FrameSplitter): Buffer[] {
  const frames: Buffer[] = [];
  for (let frame = splitter.next(); frame !== null; frame = splitter.next()) frames.push(frame);
  return frames;
}

describe('frame splitter', () => {
  test('gives the same frames for any chunking', () => {
    const bodies = fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 12 });
    const cuts = fc.array(fc.nat(4000));
    fc.assert(
      fc.property(bodies, cuts, (frames, at) => {
        const stream = Buffer.concat(frames.map(framed));
        const edges = [0, ...at.filter((cut) => cut < stream.length).sort((a, b) => a - b), stream.length];
        const splitter = new FrameSplitter(MAX);
        const found = edges.slice(1).flatMap((edge, index) => {
          splitter.push(Buffer.from(stream.subarray(edges[index], edge)));
          return allFrames(splitter);
        });
        expect(found.map((frame) => [...frame])).toEqual(frames.map((frame) => [...frame]));
        expect(splitter.bufferedBytes).toBe(0);
      }),
    );
  });

  test('byte by byte', () => {
    const splitter = new FrameSplitter(MAX);
    const stream = Buffer.concat([framed(Buffer.from('first')), framed(Buffer.alloc(0)), framed(Buffer.from('third'))]);
    const found: string[] = [];
    for (const byte of stream) {
      splitter.push(Buffer.of(byte));
      for (const frame of allFrames(splitter)) found.push(frame.toString());
    }
    expect(found).toEqual(['first', '', 'third']);
  });

  test('chunks pushed before the last one is used up keep their order', () => {
    const splitter = new FrameSplitter(MAX);
    const stream = Buffer.concat(['a', 'bb', 'ccc'].map((body) => framed(Buffer.from(body))));
    splitter.push(stream.subarray(0, 6));
    splitter.push(stream.subarray(6, 7));
    splitter.push(stream.subarray(7));
    expect(splitter.bufferedBytes).toBe(stream.length);
    expect(allFrames(splitter).map(String)).toEqual(['a', 'bb', 'ccc']);
  });

  test('a frame within one chunk is a view of it, another is one buffer of its size', () => {
    const splitter = new FrameSplitter(MAX);
    const whole = framed(Buffer.from('whole'));
    splitter.push(whole);
    expect(splitter.next()?.buffer).toBe(whole.buffer);
    const large = framed(Buffer.alloc(300_000, 7));
    splitter.push(large.subarray(0, 100));
    expect(splitter.next()).toBeNull();
    splitter.push(large.subarray(100));
    const frame = splitter.next()!;
    expect(frame.equals(large.subarray(4))).toBe(true);
    expect(frame.buffer.byteLength).toBe(300_000);
  });

  test('says how much it holds, and how much its begun frame lacks', () => {
    const splitter = new FrameSplitter(MAX);
    const bytes = framed(Buffer.alloc(100));
    splitter.push(bytes.subarray(0, 3));
    expect(splitter.next()).toBeNull();
    expect([splitter.bufferedBytes, splitter.missingBytes]).toEqual([3, 0]);
    splitter.push(bytes.subarray(3, 44));
    expect(splitter.next()).toBeNull();
    expect([splitter.bufferedBytes, splitter.missingBytes]).toEqual([44, 60]);
    splitter.push(bytes.subarray(44));
    expect(splitter.next()?.length).toBe(100);
    expect([splitter.bufferedBytes, splitter.missingBytes]).toEqual([0, 0]);
  });

  test('the largest frame passes, one byte more does not', () => {
    const splitter = new FrameSplitter(10);
    splitter.push(framed(Buffer.alloc(10)));
    expect(splitter.next()?.length).toBe(10);
    splitter.push(sizeOnly(11));
    expect(() => splitter.next()).toThrow(new DecodeError('frame of 11 bytes, 10 are allowed'));
  });

  test.each([-1, -(2 ** 31), 2 ** 31 - 1])('a size of %d is refused, in one chunk and byte by byte', (size) => {
    const splitter = new FrameSplitter(100 * MAX);
    splitter.push(sizeOnly(size));
    expect(() => splitter.next()).toThrow(DecodeError);
    const slow = new FrameSplitter(100 * MAX);
    for (const byte of sizeOnly(size)) slow.push(Buffer.of(byte));
    expect(() => slow.next()).toThrow(DecodeError);
  });

  test('an announced length allocates in proportion to the bytes that came', () => {
    const before = process.memoryUsage().arrayBuffers;
    const splitters = Array.from({ length: 20 }, () => {
      const splitter = new FrameSplitter(100 * MAX);
      splitter.push(sizeOnly(100 * MAX));
      splitter.push(Buffer.alloc(1000));
      expect(splitter.next()).toBeNull();
      return splitter;
    });
    const grown = process.memoryUsage().arrayBuffers - before;
    expect(grown).toBeLessThan(splitters.length * 70_000 + MAX);
  });
});
