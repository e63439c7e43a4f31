/**
 * A segment's `.index`: for some batches, the batch's last offset (relative to the segment's base) and its position in
 * the `.log`; 4 bytes each, big-endian, both increasing. Held in memory; the bytes are the file's.
 */
const ENTRY_BYTES = 8;

export class OffsetIndex {
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

  isFull(maxBytes: number): boolean {
    return this.#count >= Math.floor(maxBytes / ENTRY_BYTES);
  }

  append(offset: number, position: number): void {
    if (this.#count > 0 && offset <= this.#offsetAt(this.#count - 1)) {
      throw new RangeError(`offset ${offset} is not above ${this.#offsetAt(this.#count - 1)}, the index's last`);
    }
    const at = this.#count * ENTRY_BYTES;
    this.#bytes = withRoom(this.#bytes, at + ENTRY_BYTES);
    this.#bytes.writeInt32BE(offset - this.#baseOffset, at);
    this.#bytes.writeInt32BE(position, at + 4);
    this.#count++;
  }

  /** Where to begin reading for `offset`: the position of the last entry at or below it, or 0. */
  lookup(offset: number): number {
    const count = this.#countUpTo(offset);
    return count === 0 ? 0 : this.#positionAt(count - 1);
  }

  /** The last entry's position, or 0. */
  get lastPosition(): number {
    return this.#count === 0 ? 0 : this.#positionAt(this.#count - 1);
  }

  /** The same, in memory of its own. */
  copy(): OffsetIndex {
    return new OffsetIndex(this.#baseOffset, Buffer.from(this.bytes));
  }

  /** Lets go of the bytes, which are nobody's from now on. */
  detach(): void {
    this.#bytes = Buffer.alloc(0);
    this.#count = 0;
  }

  /** Drops the entries at or above `offset`. */
  truncateTo(offset: number): void {
    this.#count = this.#countUpTo(offset - 1);
  }

  /** Whether the entries increase and lie within a log of `logSize` bytes; a torn or zero-filled file's do not. */
  isSane(logSize: number): boolean {
    if (this.#bytes.length % ENTRY_BYTES !== 0) return false;
    if (this.#count === 0) return true;
    const last = this.#count - 1;
    if (this.#positionAt(last) >= logSize || this.#offsetAt(last) <= this.#baseOffset) return false;
    return last === 0 || this.#offsetAt(last - 1) < this.#offsetAt(last);
  }

  at(entry: number): { readonly offset: number; readonly position: number } {
    return { offset: this.#offsetAt(entry), position: this.#positionAt(entry) };
  }

  /** How many entries have an offset ≤ `offset`. */
  #countUpTo(offset: number): number {
    let low = 0;
    let high = this.#count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#offsetAt(middle) <= offset) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #offsetAt(entry: number): number {
    return this.#baseOffset + this.#bytes.readInt32BE(entry * ENTRY_BYTES);
  }

  #positionAt(entry: number): number {
    return this.#bytes.readInt32BE(entry * ENTRY_BYTES + 4);
  }
}

/** A buffer with what `bytes` holds and room for `size` bytes. */
export function withRoom(bytes: Buffer, size: number): Buffer {
  if (bytes.length >= size) return bytes;
  const grown = Buffer.alloc(Math.max(size, bytes.length * 2, 64));
  bytes.copy(grown);
  return grown;
}
