import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BufferPool, SMALLEST_POOLED_BYTES } from '../../src/collections/buffer-pool.ts';

const KIB = 1024;

describe('BufferPool', () => {
  it('uses memory again when its last owner has given it back, whichever view of it they have', () => {
    const pool = new BufferPool();
    const first = pool.take(64 * KIB);
    const memory = first.buffer;
    const part = first.subarray(100, 200);
    pool.retain(part);
    pool.release(first);
    expect(pool.take(64 * KIB).buffer).not.toBe(memory);
    pool.release(part);
    expect(pool.freeBytes).toBe(64 * KIB);
    const again = pool.take(60 * KIB);
    expect([again.buffer === memory, again.length, pool.freeBytes]).toEqual([true, 60 * KIB, 0]);
  });

  it('refuses a release too many', () => {
    const pool = new BufferPool();
    const buffer = pool.take(64 * KIB);
    pool.release(buffer);
    expect(() => pool.release(buffer)).toThrow(RangeError);
  });

  it('takes a quarter more memory than was asked for at most, small buffers exactly', () => {
    const pool = new BufferPool();
    const sizes = fc.integer({ min: 1, max: 2 * KIB * KIB });
    fc.assert(
      fc.property(sizes, (bytes) => {
        const buffer = pool.take(bytes);
        expect(buffer.length).toBe(bytes);
        const memoryBytes = buffer.buffer.byteLength;
        expect(memoryBytes).toBeGreaterThanOrEqual(bytes);
        expect(memoryBytes).toBeLessThanOrEqual(bytes < SMALLEST_POOLED_BYTES ? bytes : bytes * 1.25);
        pool.release(buffer);
      }),
    );
  });

  it('keeps no more free memory than it may', () => {
    const pool = new BufferPool({ maxFreeBytes: 100 * KIB });
    const [first, second] = [pool.take(64 * KIB), pool.take(64 * KIB)];
    pool.release(first);
    pool.release(second);
    expect(pool.freeBytes).toBe(64 * KIB);
    expect(pool.take(64 * KIB).buffer).toBe(first.buffer);
  });

  it('leaves alone what is not its own, small or large', () => {
    const pool = new BufferPool();
    for (const foreign of [Buffer.from('small'), Buffer.alloc(64 * KIB), pool.take(100), pool.take(4 * KIB * KIB)]) {
      pool.retain(foreign);
      pool.release(foreign);
      pool.release(foreign);
    }
    expect(pool.freeBytes).toBe(0);
  });

  it('never has one piece of memory with two owners', () => {
    const step = fc.record({ take: fc.boolean(), bytes: fc.integer({ min: 1, max: 200 * KIB }), which: fc.nat() });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const pool = new BufferPool({ maxFreeBytes: 300 * KIB, overwriteFreed: 0xdd });
        const held: { buffer: Buffer; mark: number }[] = [];
        steps.forEach(({ take, bytes, which }, mark) => {
          if (take) {
            const buffer = pool.take(bytes);
            buffer.fill(mark % 200);
            held.push({ buffer, mark: mark % 200 });
          } else if (held.length > 0) {
            for (const { buffer } of held.splice(which % held.length, 1)) pool.release(buffer);
          }
          for (const { buffer, mark } of held) expect([buffer[0], buffer.at(-1)]).toEqual([mark, mark]);
        });
      }),
    );
  });
});
