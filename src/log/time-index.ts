/**
 * A segment's `.timeindex`: the highest timestamp up to some batch (8 bytes) and that batch's last offset relative to
 * the segment's base (4 bytes), big-endian, both increasing. Held in memory; the bytes are the file's.
 */
import { withRoom } from './offset-index.ts';

const ENTRY_BYTES = 12;
const TWO_32 = 2 ** 32;

/** A timestamp beyond this cannot be told from its neighbours; it is kept as the bound, on the safe side for searches. */
const HIGHEST_TIMESTAMP = Number.MAX_SAFE_INTEGER;

export interface TimestampOffset {
  readonly timestamp: number;
  readonly offset: number;
}

export class TimeIndex {
  readonly #baseOffset: number;
  #bytes: Buffer;
  #count: number;

  constructor(baseOffset: number, bytes: Buffer = Buffer.alloc(0)) {
    this.#baseOffset = baseOffset;
    this.#bytes = bytes;
    this.#count = Math.floor(bytes.length / ENTRY_BYTES);
  }

  get count(): number {
    return this.#count;
  }

  /** What the file holds. */
  get bytes(): Buffer {
    return this.#bytes.subarray(0, this.#count * ENTRY_BYTES);
  }

  /** One entry is kept free for the one that sealing adds. */
  isFull(maxBytes: number): boolean {
    return this.#count >= Math.floor(maxBytes / ENTRY_BYTES) - 1;
  }

  /** The last entry; −1 at the base offset when there is none. */
  last(): TimestampOffset {
    return this.#count === 0 ? { timestamp: -1, offset: this.#baseOffset } : this.at(this.#count - 1);
  }

  /** Adds an entry unless its timestamp is no later than the last one's. */
  maybeAppend(timestamp: number, offset: number): void {
    const clamped = Math.min(timestamp, HIGHEST_TIMESTAMP);
    if (clamped <= this.last().timestamp) return;
    const at = this.#count * ENTRY_BYTES;
    this.#bytes = withRoom(this.#bytes, at + ENTRY_BYTES);
    const high = Math.floor(clamped / TWO_32);
    this.#bytes.writeInt32BE(high, at);
    this.#bytes.writeUInt32BE(clamped - high * TWO_32, at + 4);
    this.#bytes.writeInt32BE(offset - this.#baseOffset, at + 8);
    this.#count++;
  }

  /** The last entry with a timestamp ≤ `timestamp`; −1 at the base offset when there is none. */
  lookup(timestamp: number): TimestampOffset {
    const count = this.#countWhere((entry) => this.#timestampAt(entry) <= timestamp);
    return count === 0 ? { timestamp: -1, offset: this.#baseOffset } : this.at(count - 1);
  }

  /** The same, in memory of its own. */
  copy(): TimeIndex {
    return new TimeIndex(this.#baseOffset, Buffer.from(this.bytes));
  }

  /** Lets go of the bytes, which are nobody's from now on. */
  detach(): void {
    this.#bytes = Buffer.alloc(0);
    this.#count = 0;
  }

  /** Drops the entries at or above `offset`. */
  truncateTo(offset: number): void {
    this.#count = this.#countWhere((entry) => this.#offsetAt(entry) < offset);
  }

  /** Whether the entries increase; a torn or zero-filled file's do not. */
  isSane(): boolean {
    if (this.#bytes.length % ENTRY_BYTES !== 0) return false;
    if (this.#count === 0) return true;
    const last = this.#count - 1;
    if (this.#offsetAt(last) < this.#baseOffset || this.#timestampAt(last) < 0) return false;
    const timestamp = this.#timestampAt(last);
    return last === 0 || (this.#timestampAt(last - 1) < timestamp && this.#timestampAt(0) < timestamp);
  }

  #countWhere(holds: (entry: number) => boolean): number {
    let low = 0;
    let high = this.#count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (holds(middle)) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  at(entry: number): TimestampOffset {
    return { timestamp: this.#timestampAt(entry), offset: this.#offsetAt(entry) };
  }

  #timestampAt(entry: number): number {
    const at = entry * ENTRY_BYTES;
    return this.#bytes.readInt32BE(at) * TWO_32 + this.#bytes.readUInt32BE(at + 4);
  }

  #offsetAt(entry: number): number {
    return this.#baseOffset + this.#bytes.readInt32BE(entry * ENTRY_BYTES + 8);
  }
}
