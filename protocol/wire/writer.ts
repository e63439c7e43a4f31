import { EncodeError } from './decode-error.ts';
import { writeInt16, writeInt32, writeInt64 } from './integers.ts';
import { UUID_BYTES, writeUuid } from './uuid-text.ts';

/** Byte arrays from this size on are handed through as buffers of their own instead of being copied. */
const COPY_BELOW_BYTES = 1024;

/**
 * Writes Kafka's primitive types. The result is a list of buffers: what was copied in, and large byte arrays as they
 * came, so that fetched records travel from log to socket without a copy.
 */
export class Writer {
  #chunk: Buffer;
  #start = 0;
  #position = 0;
  #finished: Buffer[] = [];
  #finishedBytes = 0;

  constructor(initialBytes = 256) {
    this.#chunk = Buffer.allocUnsafe(initialBytes);
  }

  /** Bytes written so far. */
  get size(): number {
    return this.#finishedBytes + this.#position - this.#start;
  }

  /** Everything written, in order. The writer must not be used afterwards. */
  buffers(): Buffer[] {
    this.#cut();
    return this.#finished;
  }

  /** Everything written, as one buffer. The writer must not be used afterwards. */
  toBuffer(): Buffer {
    const buffers = this.buffers();
    return buffers.length === 1 ? buffers[0]! : Buffer.concat(buffers);
  }

  #cut(): void {
    if (this.#position > this.#start) {
      const isWhole = this.#start === 0 && this.#position === this.#chunk.length;
      this.#finished.push(isWhole ? this.#chunk : this.#chunk.subarray(this.#start, this.#position));
      this.#finishedBytes += this.#position - this.#start;
      this.#start = this.#position;
    }
  }

  /** Makes room for `size` bytes and returns where to write them. */
  #room(size: number): number {
    const at = this.#position;
    if (at + size > this.#chunk.length) {
      if (this.#finished.length === 0) {
        const grown = Buffer.allocUnsafe(Math.max(this.#chunk.length * 2, at + size));
        this.#chunk.copy(grown, 0, 0, at);
        this.#chunk = grown;
      } else {
        this.#cut();
        this.#chunk = Buffer.allocUnsafe(Math.max(1024, size));
        this.#start = 0;
        this.#position = size;
        return 0;
      }
    }
    this.#position = at + size;
    return at;
  }

  /** Takes `size` bytes for a caller who writes them itself, at the returned place of `claimed`. */
  claim(size: number): number {
    return this.#room(size);
  }

  /** The memory of the last claim. */
  get claimed(): Buffer {
    return this.#chunk;
  }

  bool(value: boolean): void {
    const at = this.#room(1);
    this.#chunk[at] = value ? 1 : 0;
  }
  int8(value: number): void {
    if (value !== (value << 24) >> 24) throw notOf('int8', value);
    const at = this.#room(1);
    this.#chunk[at] = value;
  }
  uint8(value: number): void {
    if (value !== (value & 0xff)) throw notOf('uint8', value);
    const at = this.#room(1);
    this.#chunk[at] = value;
  }
  int16(value: number): void {
    if (value !== (value << 16) >> 16) throw notOf('int16', value);
    const at = this.#room(2);
    writeInt16(this.#chunk, value, at);
  }
  uint16(value: number): void {
    if (value !== (value & 0xffff)) throw notOf('uint16', value);
    const at = this.#room(2);
    writeInt16(this.#chunk, value, at);
  }
  int32(value: number): void {
    if (value !== (value | 0)) throw notOf('int32', value);
    const at = this.#room(4);
    writeInt32(this.#chunk, value, at);
  }
  uint32(value: number): void {
    if (value !== value >>> 0) throw notOf('uint32', value);
    const at = this.#room(4);
    writeInt32(this.#chunk, value, at);
  }
  float64(value: number): void {
    const at = this.#room(8);
    this.#chunk.writeDoubleBE(value, at);
  }
  int64bits(value: bigint): void {
    const at = this.#room(8);
    this.#chunk.writeBigInt64BE(value, at);
  }
  int64(value: number): void {
    if (!Number.isSafeInteger(value)) throw new EncodeError(`${value} is not an integer within ±(2^53 − 1)`);
    const at = this.#room(8);
    writeInt64(this.#chunk, value, at);
  }

  uvarint(value: number): void {
    let at = this.#room(uvarintSize(value));
    const chunk = this.#chunk;
    while (value > 0x7f) {
      chunk[at++] = (value & 0x7f) | 0x80;
      value >>>= 7;
    }
    chunk[at] = value;
  }

  /** A zigzag varint of 32 bits, as records use. */
  varint(value: number): void {
    this.uvarint(((value << 1) ^ (value >> 31)) >>> 0);
  }

  /** A zigzag varint of 64 bits. */
  varlong(value: number | bigint): void {
    if (typeof value === 'number' && value >= -0x40000000 && value <= 0x3fffffff) {
      this.varint(value);
      return;
    }
    const exact = BigInt(value);
    let bits = BigInt.asUintN(64, (exact << 1n) ^ (exact >> 63n));
    while (bits > 0x7fn) {
      this.uint8(Number(bits & 0x7fn) | 0x80);
      bits >>= 7n;
    }
    this.uint8(Number(bits));
  }

  uuid(value: string): void {
    const at = this.#room(UUID_BYTES);
    if (!writeUuid(this.#chunk, value, at)) {
      throw new EncodeError(`${JSON.stringify(value)} is not a uuid of 22 base64url characters`);
    }
  }

  /** Bytes without a length; copied when small, referenced when large. */
  raw(value: Buffer): void {
    if (value.length >= COPY_BELOW_BYTES) {
      this.#cut();
      this.#finished.push(value);
      this.#finishedBytes += value.length;
    } else {
      const at = this.#room(value.length);
      value.copy(this.#chunk, at);
    }
  }

  string(value: string, compact: boolean): void {
    const size = Buffer.byteLength(value);
    if (size > 0x7fff) throw new EncodeError(`string of ${size} bytes, 32767 allowed`);
    if (compact) this.uvarint(size + 1);
    else this.int16(size);
    const at = this.#room(size);
    this.#chunk.write(value, at, size, 'utf8');
  }

  bytes(value: Buffer, compact: boolean): void {
    this.#bytesLength(value.length, compact);
    this.raw(value);
  }

  records(value: Buffer | readonly Buffer[], compact: boolean): void {
    if (Buffer.isBuffer(value)) {
      this.bytes(value, compact);
      return;
    }
    let size = 0;
    for (const part of value) size += part.length;
    this.#bytesLength(size, compact);
    for (const part of value) this.raw(part);
  }

  #bytesLength(size: number, compact: boolean): void {
    if (compact) this.uvarint(size + 1);
    else this.int32(size);
  }

  arrayLength(length: number, compact: boolean): void {
    if (compact) this.uvarint(length + 1);
    else this.int32(length);
  }

  nullString(compact: boolean): void {
    if (compact) this.uvarint(0);
    else this.int16(-1);
  }

  /** Null for bytes, records and arrays. */
  nullBytes(compact: boolean): void {
    if (compact) this.uvarint(0);
    else this.int32(-1);
  }

  /** A tagged section: how many fields, then each one's tag, size and bytes, in the order given. */
  taggedFields(fields: readonly { readonly tag: number; readonly data: Buffer }[]): void {
    this.uvarint(fields.length);
    for (const { tag, data } of fields) {
      this.uvarint(tag);
      this.uvarint(data.length);
      this.raw(data);
    }
  }

  /** What `write` makes of `value`, for a tagged field, whose size comes first. */
  detached<T>(write: (writer: Writer, value: T) => void, value: T): Buffer {
    const writer = new Writer(64);
    write(writer, value);
    return writer.toBuffer();
  }
}

function notOf(kind: string, value: number): EncodeError {
  return new EncodeError(`${value} is no ${kind}`);
}

/** The bytes that `value`, an unsigned 32-bit integer, takes as an unsigned varint. */
export function uvarintSize(value: number): number {
  if (value < 0x80) return 1;
  if (value < 0x4000) return 2;
  if (value < 0x200000) return 3;
  if (value < 0x10000000) return 4;
  return 5;
}
