import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DecodeError } from '../../../protocol/wire/decode-error.ts';
import { type FrameMemory, FrameSplitter } from '../../../protocol/wire/frame-splitter.ts';

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

  test('a frame has memory of its own: what was pushed may be written over', () => {
    const splitter = new FrameSplitter(MAX);
    const small = framed(Buffer.from('small'));
    const large = framed(Buffer.alloc(300_000, 7));
    const bytes = Buffer.concat([small, large]);
    splitter.push(bytes.subarray(0, 100_000));
    bytes.fill(0, 0, 100_000);
    splitter.push(bytes.subarray(100_000));
    bytes.fill(0);
    expect(splitter.next()?.toString()).toBe('small');
    const frame = splitter.next()!;
    expect(frame.equals(large.subarray(4))).toBe(true);
    expect(frame.buffer.byteLength).toBe(300_000);
  });

  test('gives the same frames when the rest of large ones is written to their room', () => {
    const bodies = fc.array(
      fc.integer({ min: 0, max: 40_000 }).map((size) => Buffer.alloc(size, size)),
      { maxLength: 6 },
    );
    const reads = fc.array(fc.integer({ min: 1, max: 30_000 }), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(bodies, reads, (frames, sizes) => {
        const stream = Buffer.concat(frames.map(framed));
        const splitter = new FrameSplitter(MAX);
        const found: Buffer[] = [];
        let at = 0;
        for (let i = 0; at < stream.length; i++) {
          const room = splitter.room(20_000);
          if (room !== null) expect(room.length).toBeLessThanOrEqual(splitter.missingBytes);
          const bytes = stream.subarray(at, at + Math.min(sizes[i % sizes.length]!, room?.length ?? 10_000));
          if (room === null) splitter.push(bytes);
          else {
            bytes.copy(room);
            splitter.wrote(bytes.length);
          }
          at += bytes.length;
          found.push(...allFrames(splitter));
          expect(splitter.bufferedBytes + found.reduce((sum, frame) => sum + 4 + frame.length, 0)).toBe(at);
        }
        expect(found.map((frame) => frame.equals(Buffer.alloc(frame.length, frame.length)))).toEqual(
          frames.map(() => true),
        );
        expect(found.map(({ length }) => length)).toEqual(frames.map(({ length }) => length));
      }),
    );
  });

  test('a begun frame grows in memory that goes back when it is outgrown', () => {
    const memory = new NotedMemory();
    const splitter = new FrameSplitter(MAX, memory);
    const stream = framed(Buffer.alloc(500_000, 7));
    for (let at = 0; at < stream.length; at += 10_000) splitter.push(stream.subarray(at, at + 10_000));
    expect(splitter.next()?.equals(stream.subarray(4))).toBe(true);
    expect(memory.taken.map(({ length }) => length)).toEqual([159_936, 500_000]);
    expect(memory.released).toEqual([memory.taken[0]]);
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

  test('who has sent a large frame gets the memory of the next one at once, up to its size', () => {
    const memory = new NotedMemory();
    const splitter = new FrameSplitter(100 * MAX, memory);
    splitter.push(framed(Buffer.alloc(MAX)));
    expect(splitter.next()).toHaveLength(MAX);
    splitter.push(Buffer.concat([sizeOnly(MAX), Buffer.alloc(10)]));
    expect(memory.taken.at(-1)).toHaveLength(MAX);
    splitter.push(Buffer.alloc(MAX - 10, 7));
    const second = splitter.next()!;
    expect(second.subarray(10).equals(Buffer.alloc(MAX - 10, 7))).toBe(true);
    splitter.push(Buffer.concat([sizeOnly(100 * MAX), Buffer.alloc(10)]));
    expect(memory.taken.map(({ length }) => length)).toEqual([MAX, MAX, MAX]);
  });

  test('a frame of more than 2 MiB vouches for 2 MiB', () => {
    const memory = new NotedMemory();
    const splitter = new FrameSplitter(5 * MAX, memory);
    splitter.push(framed(Buffer.alloc(5 * MAX)));
    splitter.next();
    splitter.push(Buffer.concat([sizeOnly(5 * MAX), Buffer.alloc(10)]));
    expect(memory.taken.map(({ length }) => length)).toEqual([5 * MAX, 2 * 1024 * 1024]);
  });
});

/** Notes what is taken and what comes back. */
class NotedMemory implements FrameMemory {
  readonly taken: Buffer[] = [];
  readonly released: Buffer[] = [];

  take(bytes: number): Buffer {
    const buffer = Buffer.alloc(bytes);
    this.taken.push(buffer);
    return buffer;
  }

  release(buffer: Buffer): void {
    this.released.push(buffer);
  }
}
