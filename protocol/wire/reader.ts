import { DecodeError } from './decode-error.ts';
import { readInt8, readInt16, readInt32, readInt64, readUint32 } from './integers.ts';
import type { NameCache } from './name-cache.ts';

/**
 * Array elements and tagged fields that one reader gives, over all arrays and sections: far beyond any request, and a
 * bound on what a frame of 100 MB full of empty strings makes of memory and time (3 GB and tens of seconds without it;
 * 8 GB of empty tagged fields).
 */
const MOST_ELEMENTS = 1_000_000;

/**
 * Reads Kafka's primitive types from one buffer, forward only. Every read checks the bytes that are there before it
 * takes or allocates anything, and throws a `DecodeError` otherwise. Returned buffers are views, never copies.
 */
export class Reader {
  readonly buffer: Buffer;
  position: number;
  /** Exclusive. */
  readonly end: number;
  #elementsLeft = MOST_ELEMENTS;
  readonly #names: NameCache | undefined;

  /** @param names where strings and uuids are taken from that came before */
  constructor(buffer: Buffer, position = 0, end = buffer.length, names?: NameCache) {
    this.buffer = buffer;
    this.position = position;
    this.end = end;
    this.#names = names;
  }

  get remaining(): number {
    return this.end - this.position;
  }

  /** Moves past `size` bytes and returns where they begin. */
  #take(size: number): number {
    const at = this.position;
    if (size > this.end - at) {
      throw new DecodeError(`${size} bytes wanted at byte ${at}, ${this.end - at} are left`);
    }
    this.position = at + size;
    return at;
  }

  bool(): boolean {
    return this.buffer[this.#take(1)] !== 0;
  }
  int8(): number {
    return readInt8(this.buffer, this.#take(1));
  }
  uint8(): number {
    return this.buffer[this.#take(1)]!;
  }
  int16(): number {
    return readInt16(this.buffer, this.#take(2));
  }
  uint16(): number {
    return readInt16(this.buffer, this.#take(2)) & 0xffff;
  }
  int32(): number {
    return readInt32(this.buffer, this.#take(4));
  }
  uint32(): number {
    return readUint32(this.buffer, this.#take(4));
  }
  float64(): number {
    return this.buffer.readDoubleBE(this.#take(8));
  }
  int64bits(): bigint {
    return this.buffer.readBigInt64BE(this.#take(8));
  }
  /** An int64 that must lie within ±(2^53 − 1) (ADR 0001). */
  int64(): number {
    const at = this.#take(8);
    const value = readInt64(this.buffer, at);
    if (!Number.isSafeInteger(value)) {
      throw new DecodeError(`int64 at byte ${at} is ${this.buffer.readBigInt64BE(at)}, outside ±(2^53 − 1)`);
    }
    return value;
  }

  /** An unsigned varint of at most 32 bits. */
  uvarint(): number {
    const { buffer, end } = this;
    let at = this.position;
    let value = 0;
    for (let shift = 0; shift <= 28; shift += 7) {
      if (at >= end) throw new DecodeError(`varint at byte ${this.position} runs past the end`);
      const byte = buffer[at++]!;
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) {
        this.position = at;
        return value >>> 0;
      }
    }
    throw new DecodeError(`varint at byte ${this.position} is longer than 5 bytes`);
  }

  /** A zigzag varint of 32 bits, as records use. */
  varint(): number {
    const value = this.uvarint();
    return (value >>> 1) ^ -(value & 1);
  }

  /** A zigzag varint of 64 bits whose value must be a safe integer. */
  varlong(): number {
    const { buffer, end } = this;
    const start = this.position;
    let at = start;
    // Below 2^28 the value fits the integer path: nearly every timestamp and offset delta.
    let small = 0;
    for (let shift = 0; shift < 28; shift += 7) {
      if (at >= end) throw new DecodeError(`varlong at byte ${start} runs past the end`);
      const byte = buffer[at++]!;
      small |= (byte & 0x7f) << shift;
      if (byte < 0x80) {
        this.position = at;
        return (small >>> 1) ^ -(small & 1);
      }
    }
    const value = this.varlongBits();
    const number = Number(value);
    if (!Number.isSafeInteger(number))
      throw new DecodeError(`varlong at byte ${start} is ${value}, outside ±(2^53 − 1)`);
    return number;
  }

  /** A zigzag varint of 64 bits, exact. */
  varlongBits(): bigint {
    const { buffer, end } = this;
    let at = this.position;
    let value = 0n;
    for (let shift = 0n; shift <= 63n; shift += 7n) {
      if (at >= end) throw new DecodeError(`varlong at byte ${this.position} runs past the end`);
      const byte = buffer[at++]!;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) {
        this.position = at;
        const bits = BigInt.asUintN(64, value);
        return BigInt.asIntN(64, (bits >> 1n) ^ -(bits & 1n));
      }
    }
    throw new DecodeError(`varlong at byte ${this.position} is longer than 10 bytes`);
  }

  uuid(): string {
    const at = this.#take(16);
    return this.#names?.uuid(this.buffer, at) ?? this.buffer.toString('base64url', at, at + 16);
  }

  /** `size` bytes as a view. */
  slice(size: number): Buffer {
    if (size < 0) throw new DecodeError(`negative length ${size} before byte ${this.position}`);
    const at = this.#take(size);
    return this.buffer.subarray(at, at + size);
  }

  utf8(size: number): string {
    if (size < 0) throw new DecodeError(`negative length ${size} before byte ${this.position}`);
    const at = this.#take(size);
    return this.#names?.utf8(this.buffer, at, at + size) ?? this.buffer.toString('utf8', at, at + size);
  }

  /**
   * An array's length prefix, −1 for null, refused when its elements of at least `minimumBytes` each cannot all be in
   * the bytes that are left. `compact` lengths are uvarints one too high.
   */
  arrayLength(compact: boolean, minimumBytes: number): number {
    const length = compact ? this.uvarint() - 1 : this.int32();
    if (length > 0 && length * minimumBytes > this.remaining) {
      throw new DecodeError(
        `array of ${length} elements before byte ${this.position}, ${this.remaining} bytes are left`,
      );
    }
    if (length < -1) throw new DecodeError(`negative array length ${length} before byte ${this.position}`);
    this.#count(Math.max(length, 0));
    return length;
  }

  #count(elements: number): void {
    this.#elementsLeft -= elements;
    if (this.#elementsLeft < 0) {
      throw new DecodeError(`more than ${MOST_ELEMENTS} array elements and tagged fields in one message`);
    }
  }

  /** How many fields a tagged section has: no more than fit the bytes that are left, a tag and a size each. */
  taggedFieldCount(): number {
    const count = this.uvarint();
    if (count === 0) return 0;
    if (count * 2 > this.remaining) {
      throw new DecodeError(`${count} tagged fields before byte ${this.position}, ${this.remaining} bytes are left`);
    }
    this.#count(count);
    return count;
  }

  /** A string's length prefix, −1 for null. */
  stringLength(compact: boolean): number {
    const length = compact ? this.uvarint() - 1 : this.int16();
    if (length > 0x7fff) throw new DecodeError(`string of ${length} bytes before byte ${this.position}, 32767 allowed`);
    if (length < -1) throw new DecodeError(`negative string length ${length} before byte ${this.position}`);
    return length;
  }

  /** A tagged section of which nothing is known; `undefined` when it is empty. */
  unknownTaggedFields(): { tag: number; data: Buffer }[] | undefined {
    let fields: { tag: number; data: Buffer }[] | undefined;
    for (let count = this.taggedFieldCount(); count > 0; count--) {
      const tag = this.uvarint();
      fields ??= [];
      fields.push({ tag, data: this.slice(this.uvarint()) });
    }
    return fields;
  }

  /** A byte array's length prefix, −1 for null. */
  bytesLength(compact: boolean): number {
    const length = compact ? this.uvarint() - 1 : this.int32();
    if (length < -1) throw new DecodeError(`negative bytes length ${length} before byte ${this.position}`);
    return length;
  }
}
