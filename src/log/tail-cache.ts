/**
 * The batches appended last to a log, as they came, so that consumers at its end are served without a read or a copy. A
 * ring bounded for each log and over all of them; the log that has not been written to for longest gives way first.
 */
import { Ring } from '../collections/ring.ts';
import { cutBatches } from './batch-walk.ts';

/** The memory that all logs' tails share. */
export class TailBudget {
  readonly maxBytes: number;
  readonly maxBytesPerLog: number;
  #usedBytes = 0;
  /** In the order of their last append. */
  readonly #caches = new Set<TailCache>();

  constructor(maxBytes = 64 * 1024 ** 2, maxBytesPerLog = 1024 ** 2) {
    this.maxBytes = maxBytes;
    this.maxBytesPerLog = maxBytesPerLog;
  }

  get usedBytes(): number {
    return this.#usedBytes;
  }

  /** @internal Books a change of a cache's size, and makes room when there is too much. */
  book(cache: TailCache, bytes: number): void {
    this.#usedBytes += bytes;
    if (bytes <= 0) {
      if (cache.sizeInBytes === 0) this.#caches.delete(cache);
      return;
    }
    this.#caches.delete(cache);
    this.#caches.add(cache);
    while (this.#usedBytes > this.maxBytes) {
      const [oldest] = this.#caches;
      if (oldest === undefined) break;
      oldest.clear();
    }
  }
}

interface Entry {
  readonly baseOffset: number;
  readonly nextOffset: number;
  readonly buffer: Buffer;
}

export interface TailRead {
  readonly records: Buffer[];
  readonly sizeInBytes: number;
  readonly nextOffset: number;
}

export class TailCache {
  readonly #budget: TailBudget;
  readonly #entries = new Ring<Entry>();
  #sizeInBytes = 0;

  constructor(budget: TailBudget) {
    this.#budget = budget;
  }

  get sizeInBytes(): number {
    return this.#sizeInBytes;
  }

  /** Adds whole batches `[baseOffset, nextOffset)`, which must follow what is there. The buffer must not change after. */
  append(baseOffset: number, nextOffset: number, buffer: Buffer): void {
    if (buffer.length > this.#budget.maxBytesPerLog) {
      this.clear();
      return;
    }
    this.#entries.push({ baseOffset, nextOffset, buffer: unpinned(buffer) });
    this.#sizeInBytes += buffer.length;
    let freedBytes = 0;
    while (this.#sizeInBytes > this.#budget.maxBytesPerLog) {
      const size = this.#entries.shift()!.buffer.length;
      this.#sizeInBytes -= size;
      freedBytes += size;
    }
    this.#budget.book(this, buffer.length - freedBytes);
  }

  clear(): void {
    const size = this.#sizeInBytes;
    this.#entries.clear();
    this.#sizeInBytes = 0;
    if (size > 0) this.#budget.book(this, -size);
  }

  /** Forgets what was appended at offsets below `offset`. */
  dropBefore(offset: number): void {
    let freedBytes = 0;
    for (
      let first = this.#entries.at(0);
      first !== undefined && first.baseOffset < offset;
      first = this.#entries.at(0)
    ) {
      this.#entries.shift();
      freedBytes += first.buffer.length;
    }
    this.#sizeInBytes -= freedBytes;
    if (freedBytes > 0) this.#budget.book(this, -freedBytes);
  }

  /** Batches from the one that holds `from`, none that reaches `bound`; `undefined` when `from` is before the tail. */
  read(from: number, bound: number, maxBytes: number, minOneMessage: boolean): TailRead | undefined {
    const first = this.#entries.at(0);
    if (first === undefined || from < first.baseOffset) return undefined;
    const records: Buffer[] = [];
    let sizeInBytes = 0;
    let nextOffset = from;
    for (let at = this.#find(from); at < this.#entries.length; at++) {
      const entry = this.#entries.at(at)!;
      if (entry.baseOffset >= bound) break;
      const left = maxBytes - sizeInBytes;
      const whole = entry.baseOffset >= nextOffset && entry.nextOffset <= bound && entry.buffer.length <= left;
      if (whole) {
        records.push(entry.buffer);
        sizeInBytes += entry.buffer.length;
        nextOffset = entry.nextOffset;
        continue;
      }
      const cut = cutBatches(entry.buffer, nextOffset, bound, left, minOneMessage && sizeInBytes === 0);
      if (cut.end > cut.start) {
        records.push(entry.buffer.subarray(cut.start, cut.end));
        sizeInBytes += cut.end - cut.start;
        nextOffset = cut.nextOffset;
      }
      if (cut.end < entry.buffer.length) break;
    }
    return { records, sizeInBytes, nextOffset };
  }

  /** The index of the first entry that ends above `offset`. */
  #find(offset: number): number {
    let low = 0;
    let high = this.#entries.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#entries.at(middle)!.nextOffset <= offset) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/**
 * The same bytes, in memory of their own if they are a small part of a larger piece (a socket's 64 KiB chunk, the pool),
 * which they would keep alive. Copying 16 KiB takes 1 µs.
 */
function unpinned(buffer: Buffer): Buffer {
  if (buffer.length * 2 >= buffer.buffer.byteLength) return buffer;
  const copy = Buffer.allocUnsafeSlow(buffer.length);
  buffer.copy(copy);
  return copy;
}
