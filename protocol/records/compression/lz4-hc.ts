/**
 * LZ4 blocks by a longer search, for the levels that Kafka has besides its default one: what `LZ4_compress_HC` is to
 * `LZ4_compress`. The native library has no such encoder. A level is how far the chain of earlier places with the same
 * four bytes is followed, as in lz4-java: 2^(level − 1) places; a match is put off by a byte where the next one is longer.
 */

const MIN_MATCH = 4;
/** A match begins this far before a block's end at the latest, and ends this far before it. */
const LAST_MATCH_START = 12;
const LAST_LITERALS = 5;
const MAX_DISTANCE = 65_535;
const HASH_BITS = 15;
const NONE = -1;

/** For blocks of at most 64 KiB; one for all blocks of a frame. */
export class Lz4HighCompressor {
  readonly #attempts: number;
  /** The last place of each hash. */
  readonly #heads = new Int32Array(1 << HASH_BITS);
  /** The place before, of the same hash. */
  readonly #before = new Int32Array(MAX_DISTANCE + 1);
  #source: Buffer = Buffer.alloc(0);
  #start = 0;
  #end = 0;
  /** The first place that is not in the chains yet. */
  #next = 0;
  #matchAt = 0;

  /** @param level 1 to 17 */
  constructor(level: number) {
    this.#attempts = 2 ** (level - 1);
  }

  /**
   * Compresses `source[start, end)` into `target` from `at` on. Returns where it ended, or −1 when it would pass the
   * target's end.
   */
  compress(source: Buffer, start: number, end: number, target: Buffer, at: number): number {
    this.#source = source;
    this.#start = start;
    this.#end = end;
    this.#next = start;
    this.#heads.fill(NONE);
    const output = new Sequences(source, target, at);
    let anchor = start;
    let from = start;
    const lastStart = end - LAST_MATCH_START;
    while (from <= lastStart) {
      let length = this.#longest(from, MIN_MATCH - 1);
      if (length < MIN_MATCH) {
        from++;
        continue;
      }
      let matchAt = this.#matchAt;
      while (from + 1 <= lastStart) {
        const later = this.#longest(from + 1, length);
        if (later <= length) break;
        from++;
        length = later;
        matchAt = this.#matchAt;
      }
      if (!output.sequence(anchor, from, from - matchAt, length)) return -1;
      from += length;
      anchor = from;
    }
    return output.end(anchor, end) ? output.at : -1;
  }

  /** The length of the longest match at a place, when it is above `shortest`; `shortest` when there is none. */
  #longest(from: number, shortest: number): number {
    const source = this.#source;
    this.#insertUpTo(from);
    const limit = this.#end - LAST_LITERALS;
    let best = shortest;
    let candidate = this.#heads[this.#hash(from)]!;
    for (let attempt = 0; attempt < this.#attempts && candidate !== NONE; attempt++) {
      // What is no longer than the best differs here, if not before.
      if (source[candidate + best] === source[from + best]) {
        let length = 0;
        while (from + length < limit && source[candidate + length] === source[from + length]) length++;
        if (length > best) {
          best = length;
          this.#matchAt = candidate;
        }
      }
      candidate = this.#before[candidate - this.#start]!;
    }
    return best;
  }

  #insertUpTo(to: number): void {
    for (; this.#next < to; this.#next++) {
      const hash = this.#hash(this.#next);
      this.#before[this.#next - this.#start] = this.#heads[hash]!;
      this.#heads[hash] = this.#next;
    }
  }

  /** Of four bytes. */
  #hash(at: number): number {
    return Math.imul(this.#source.readInt32LE(at), -1640531535) >>> (32 - HASH_BITS);
  }
}

/** Writes a block's sequences: literals, then a match. */
class Sequences {
  readonly #source: Buffer;
  readonly #target: Buffer;
  at: number;

  constructor(source: Buffer, target: Buffer, at: number) {
    this.#source = source;
    this.#target = target;
    this.at = at;
  }

  /** Returns whether there was room. */
  sequence(from: number, to: number, distance: number, length: number): boolean {
    const beyond = length - MIN_MATCH;
    if (!this.#literals(from, to, Math.min(beyond, 15))) return false;
    if (this.at + 2 + beyond / 255 + 1 > this.#target.length) return false;
    this.#target.writeUInt16LE(distance, this.at);
    this.at += 2;
    if (beyond >= 15) this.#more(beyond - 15);
    return true;
  }

  /** The last literals, which no match follows. */
  end(from: number, to: number): boolean {
    return this.#literals(from, to, 0);
  }

  #literals(from: number, to: number, matchNibble: number): boolean {
    const count = to - from;
    if (this.at + 1 + count / 255 + 1 + count > this.#target.length) return false;
    this.#target[this.at++] = (Math.min(count, 15) << 4) | matchNibble;
    if (count >= 15) this.#more(count - 15);
    this.#source.copy(this.#target, this.at, from, to);
    this.at += count;
    return true;
  }

  #more(left: number): void {
    for (; left >= 255; left -= 255) this.#target[this.at++] = 255;
    this.#target[this.at++] = left;
  }
}
