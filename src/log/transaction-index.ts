/**
 * A segment's `.txnindex`: the aborted transactions whose markers are in the segment, in the markers' order. 34 bytes
 * each: version 0 (int16), producer id, first offset, last offset (the marker's), last stable offset (int64 each).
 */
import { withRoom } from './offset-index.ts';

const ENTRY_BYTES = 34;
const VERSION = 0;

export interface AbortedTransaction {
  readonly producerId: number;
  readonly firstOffset: number;
  /** The abort marker's. */
  readonly lastOffset: number;
  /** As it was once the transaction was over: no transaction that was open below it has a marker after this one's. */
  readonly lastStableOffset: number;
}

/** The aborted transactions that a reader of `[from, to)` must know, from the indexes of segments that begin with `from`'s. */
export async function abortedBetween(
  segments: Iterable<{ readonly hasTransactions: boolean; transactions(): Promise<TransactionIndex> }>,
  from: number,
  to: number,
): Promise<AbortedTransaction[]> {
  const found: AbortedTransaction[] = [];
  for (const segment of [...segments]) {
    if (segment.hasTransactions && (await segment.transactions()).collect(from, to, found)) break;
  }
  return found;
}

export class TransactionIndex {
  #bytes: Buffer;
  #count: number;

  constructor(bytes: Buffer = Buffer.alloc(0)) {
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

  append({ producerId, firstOffset, lastOffset, lastStableOffset }: AbortedTransaction): void {
    const at = this.#count * ENTRY_BYTES;
    this.#bytes = withRoom(this.#bytes, at + ENTRY_BYTES);
    this.#bytes.writeInt16BE(VERSION, at);
    this.#bytes.writeBigInt64BE(BigInt(producerId), at + 2);
    this.#bytes.writeBigInt64BE(BigInt(firstOffset), at + 10);
    this.#bytes.writeBigInt64BE(BigInt(lastOffset), at + 18);
    this.#bytes.writeBigInt64BE(BigInt(lastStableOffset), at + 26);
    this.#count++;
  }

  /**
   * Adds to `into` the transactions that a reader of `[from, to)` must know. Returns whether later segments need no
   * look: none of theirs can have begun below `to`. See `abortedBetween`.
   */
  collect(from: number, to: number, into: AbortedTransaction[]): boolean {
    for (let entry = 0; entry < this.#count; entry++) {
      const aborted = this.at(entry);
      if (aborted.lastOffset >= from && aborted.firstOffset < to) into.push(aborted);
      if (aborted.lastStableOffset >= to) return true;
    }
    return false;
  }

  /** Drops the transactions whose markers are at or above `offset`. */
  truncateTo(offset: number): void {
    while (this.#count > 0 && this.at(this.#count - 1).lastOffset >= offset) this.#count--;
  }

  /** Whether this is a whole file of the known version, for a segment that begins at `baseOffset`. */
  isSane(baseOffset: number): boolean {
    if (this.#bytes.length % ENTRY_BYTES !== 0) return false;
    for (let entry = 0; entry < this.#count; entry++) {
      if (this.#bytes.readInt16BE(entry * ENTRY_BYTES) !== VERSION || this.at(entry).lastOffset < baseOffset)
        return false;
    }
    return true;
  }

  at(entry: number): AbortedTransaction {
    const at = entry * ENTRY_BYTES;
    return {
      producerId: Number(this.#bytes.readBigInt64BE(at + 2)),
      firstOffset: Number(this.#bytes.readBigInt64BE(at + 10)),
      lastOffset: Number(this.#bytes.readBigInt64BE(at + 18)),
      lastStableOffset: Number(this.#bytes.readBigInt64BE(at + 26)),
    };
  }
}
