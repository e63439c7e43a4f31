/**
 * Memory that is used again, with owners counted. Buffers as large as a produced batch, allocated anew for each, are
 * garbage at the pace of the traffic: V8 answered 450 MB/s of them with thirty full collections a second, which cost
 * half of the broker's time (`perf`, Node 20.20).
 *
 * Memory that nobody gives back is collected like any other; memory that is given back too early is overwritten while
 * somebody reads it. So every `release` pairs with one `take` or `retain` of who calls it, and in doubt there is none.
 */

/** Smaller buffers are not pooled: they are cheap to allocate, and V8 hardly notices them. */
export const SMALLEST_POOLED_BYTES = 16 * 1024;
const LARGEST_POOLED_BYTES = 2 * 1024 * 1024;
/** Sizes between one power of two and the next: a buffer takes a quarter more memory than was asked for at most. */
const STEPS_PER_OCTAVE = 4;
const DEFAULT_MAX_FREE_BYTES = 16 * 1024 * 1024;

export interface BufferPoolOptions {
  /** Memory that is kept for the next one who asks; what goes beyond is left to the collector. */
  readonly maxFreeBytes?: number;
  /** A byte that memory is overwritten with when it becomes free: tests see with it what was given back too early. */
  readonly overwriteFreed?: number;
}

interface Slab {
  readonly memory: Buffer;
  users: number;
}

export class BufferPool {
  readonly #maxFreeBytes: number;
  readonly #overwriteFreed: number | undefined;
  readonly #slabs = new WeakMap<ArrayBufferLike, Slab>();
  /** By size of their memory; the last freed first, whose memory is still in the processor's caches. */
  readonly #free = new Map<number, Slab[]>();
  #freeBytes = 0;

  constructor({ maxFreeBytes = DEFAULT_MAX_FREE_BYTES, overwriteFreed }: BufferPoolOptions = {}) {
    this.#maxFreeBytes = maxFreeBytes;
    this.#overwriteFreed = overwriteFreed;
  }

  get freeBytes(): number {
    return this.#freeBytes;
  }

  /** A buffer of `bytes` with whatever was in it before, and the caller as its one owner. */
  take(bytes: number): Buffer {
    if (bytes < SMALLEST_POOLED_BYTES || bytes > LARGEST_POOLED_BYTES) return Buffer.allocUnsafeSlow(bytes);
    const memoryBytes = memoryFor(bytes);
    let slab = this.#free.get(memoryBytes)?.pop();
    if (slab === undefined) {
      slab = { memory: Buffer.allocUnsafeSlow(memoryBytes), users: 0 };
      this.#slabs.set(slab.memory.buffer, slab);
    } else {
      this.#freeBytes -= memoryBytes;
    }
    slab.users = 1;
    return slab.memory.subarray(0, bytes);
  }

  /** One more owner for the memory that `view` lies in. Nothing where that is not of this pool; `release` likewise. */
  retain(view: Buffer): void {
    const slab = this.#slabOf(view);
    if (slab !== undefined) slab.users++;
  }

  /** One owner less; the memory of which that was the last is used again. */
  release(view: Buffer): void {
    const slab = this.#slabOf(view);
    if (slab === undefined) return;
    if (slab.users === 0)
      throw new RangeError(`pooled memory of ${slab.memory.length} bytes was released once too often`);
    slab.users--;
    if (slab.users > 0) return;
    const { memory } = slab;
    if (this.#freeBytes + memory.length > this.#maxFreeBytes) {
      this.#slabs.delete(memory.buffer);
      return;
    }
    if (this.#overwriteFreed !== undefined) memory.fill(this.#overwriteFreed);
    this.#freeBytes += memory.length;
    let ofSize = this.#free.get(memory.length);
    if (ofSize === undefined) {
      ofSize = [];
      this.#free.set(memory.length, ofSize);
    }
    ofSize.push(slab);
  }

  #slabOf({ buffer }: Buffer): Slab | undefined {
    // Spares small buffers the look-up; one that was moved to another thread has no bytes any more.
    return buffer.byteLength < SMALLEST_POOLED_BYTES ? undefined : this.#slabs.get(buffer);
  }
}

/** The size of memory that holds `bytes`. */
function memoryFor(bytes: number): number {
  const step = 2 ** (31 - Math.clz32(bytes - 1)) / STEPS_PER_OCTAVE;
  return Math.ceil(bytes / step) * step;
}
