/**
 * The batches appended last to a log, so that consumers at its end are served without a read or a copy. Large ones stay in
 * the memory in which they came, small ones are copied together. A ring bounded for each log and over all of them; the log
 * that has not been written to for longest gives way first.
 */
import { BufferPool } from '../collections/buffer-pool.ts';
import { Ring } from '../collections/ring.ts';
import { type Cut, cutBatches } from './batch-walk.ts';

/** The memory that all logs' tails share. */
export class TailBudget {
  readonly maxBytes: number;
  readonly maxBytesPerLog: number;
  readonly buffers: BufferPool;
  #usedBytes = 0;
  /** In the order of their last append. */
  readonly #caches = new Set<TailCache>();
  #newest: TailCache | undefined;

  constructor(maxBytes = 64 * 1024 ** 2, maxBytesPerLog = 1024 ** 2, buffers = new BufferPool()) {
    this.maxBytes = maxBytes;
    this.maxBytesPerLog = maxBytesPerLog;
    this.buffers = buffers;
  }

  get usedBytes(): number {
    return this.#usedBytes;
  }

  /** @internal Books what a cache gave up. */
  bookFreed(cache: TailCache, bytes: number): void {
    this.#usedBytes -= bytes;
    if (cache.sizeInBytes > 0) return;
    this.#caches.delete(cache);
    if (this.#newest === cache) this.#newest = undefined;
  }

  /** @internal Books an append, which may have pushed out as much or more, and makes room when there is too much. */
  bookAppend(cache: TailCache, addedBytes: number): void {
    this.#usedBytes += addedBytes;
    if (this.#newest !== cache) {
      this.#caches.delete(cache);
      this.#caches.add(cache);
      this.#newest = cache;
    }
    while (this.#usedBytes > this.maxBytes) {
      const [oldest] = this.#caches;
      if (oldest === undefined) break;
      oldest.clear();
    }
  }
}

/** Batches that follow one another: one append of them, or small ones that were copied together. */
interface Piece {
  readonly baseOffset: number;
  nextOffset: number;
  readonly memory: Buffer;
  /** How much of the memory is used. */
  bytes: number;
}

export interface TailRead {
  /** Retained for the reader (`BufferPool`), who releases them when they are not used any more. */
  readonly records: Buffer[];
  readonly sizeInBytes: number;
  readonly nextOffset: number;
}

/** A log's memory for small batches grows from the size of the first to this part of what the log may hold. */
const BLOCKS_PER_LOG = 16;
const SMALLEST_KEPT_BYTES = 2048;
/** In times what a log may hold. */
const LARGEST_APPEND = 2;

export class TailCache {
  readonly #budget: TailBudget;
  readonly #pieces = new Ring<Piece>();
  #sizeInBytes = 0;
  #blockBytes = 0;

  constructor(budget: TailBudget) {
    this.#budget = budget;
  }

  get sizeInBytes(): number {
    return this.#sizeInBytes;
  }

  /** What its reads are retained in. */
  get buffers(): BufferPool {
    return this.#budget.buffers;
  }

  /**
   * Adds whole batches `[baseOffset, nextOffset)`, which must follow what is there. The bytes must not change after, unless
   * their memory is the pool's and was given back.
   */
  append(baseOffset: number, nextOffset: number, buffer: Buffer): void {
    const { maxBytesPerLog, buffers } = this.#budget;
    if (buffer.length > LARGEST_APPEND * maxBytesPerLog) {
      this.clear();
      return;
    }
    if (isMostOfItsMemory(buffer)) {
      buffers.retain(buffer);
      this.#pieces.push({ baseOffset, nextOffset, memory: buffer, bytes: buffer.length });
    } else {
      this.#appendCopy(baseOffset, nextOffset, buffer);
    }
    this.#sizeInBytes += buffer.length;
    let freedBytes = 0;
    // The newest stays, also where it alone is above the limit: batches of 1 MB have consumers at their heels, too.
    while (this.#pieces.length > 1 && this.#sizeInBytes - freedBytes > maxBytesPerLog) freedBytes += this.#dropFirst();
    this.#sizeInBytes -= freedBytes;
    this.#budget.bookAppend(this, buffer.length - freedBytes);
  }

  #appendCopy(baseOffset: number, nextOffset: number, buffer: Buffer): void {
    const last = this.#pieces.at(this.#pieces.length - 1);
    if (last !== undefined && last.bytes + buffer.length <= last.memory.length) {
      last.memory.set(buffer, last.bytes);
      last.bytes += buffer.length;
      last.nextOffset = nextOffset;
      return;
    }
    const { maxBytesPerLog, buffers } = this.#budget;
    // A log that is written to once holds little.
    this.#blockBytes = Math.max(buffer.length, Math.min(2 * this.#blockBytes, maxBytesPerLog / BLOCKS_PER_LOG));
    const memory = buffers.take(this.#blockBytes);
    buffer.copy(memory);
    this.#pieces.push({ baseOffset, nextOffset, memory, bytes: buffer.length });
  }

  /** Returns how many bytes went. */
  #dropFirst(): number {
    const { memory, bytes } = this.#pieces.shift()!;
    this.#budget.buffers.release(memory);
    return bytes;
  }

  clear(): void {
    const size = this.#sizeInBytes;
    while (this.#pieces.length > 0) this.#dropFirst();
    this.#pieces.clear();
    this.#sizeInBytes = 0;
    this.#blockBytes = 0;
    if (size > 0) this.#budget.bookFreed(this, size);
  }

  /** Forgets what was appended at offsets below `offset`, and what lies together with it. */
  dropBefore(offset: number): void {
    let freedBytes = 0;
    for (let first = this.#pieces.at(0); first !== undefined && first.baseOffset < offset; first = this.#pieces.at(0)) {
      freedBytes += this.#dropFirst();
    }
    this.#sizeInBytes -= freedBytes;
    if (freedBytes > 0) this.#budget.bookFreed(this, freedBytes);
  }

  /** Batches from the one that holds `from`, none that reaches `bound`; `undefined` when `from` is before the tail. */
  read(from: number, bound: number, maxBytes: number, minOneMessage: boolean): TailRead | undefined {
    const first = this.#pieces.at(0);
    if (first === undefined || from < first.baseOffset) return undefined;
    const records: Buffer[] = [];
    let sizeInBytes = 0;
    let nextOffset = from;
    for (let at = this.#find(from); at < this.#pieces.length; at++) {
      const piece = this.#pieces.at(at)!;
      if (piece.baseOffset >= bound) break;
      const left = maxBytes - sizeInBytes;
      const whole = piece.baseOffset >= nextOffset && piece.nextOffset <= bound && piece.bytes <= left;
      const cut = whole ? wholeOf(piece) : cutOf(piece, nextOffset, bound, left, minOneMessage && sizeInBytes === 0);
      if (cut.end > cut.start) {
        records.push(piece.memory.subarray(cut.start, cut.end));
        this.#budget.buffers.retain(piece.memory);
        sizeInBytes += cut.end - cut.start;
        nextOffset = cut.nextOffset;
      }
      if (cut.end < piece.bytes) break;
    }
    return { records, sizeInBytes, nextOffset };
  }

  /** The index of the first piece that ends above `offset`. */
  #find(offset: number): number {
    let low = 0;
    let high = this.#pieces.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#pieces.at(middle)!.nextOffset <= offset) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

function wholeOf({ bytes, nextOffset }: Piece): Pick<Cut, 'start' | 'end' | 'nextOffset'> {
  return { start: 0, end: bytes, nextOffset };
}

function cutOf({ memory, bytes }: Piece, from: number, bound: number, maxBytes: number, minOneMessage: boolean): Cut {
  return cutBatches(memory.subarray(0, bytes), from, bound, maxBytes, minOneMessage);
}

/** Kept as it is, it would not keep much else alive: the rest of a request, or of Node's pool. */
function isMostOfItsMemory(batch: Buffer): boolean {
  // Asking a view for its memory is a call into V8's runtime.
  return batch.length >= SMALLEST_KEPT_BYTES && batch.length * 2 >= batch.buffer.byteLength;
}
