/**
 * Big-endian integers by their bytes. V8 compiles these to a few instructions; `Buffer`'s own methods stay calls there, which
 * were a tenth of what a small Produce request costs. Nothing is checked: the bytes must be there, and the value must fit.
 */

const TWO_32 = 2 ** 32;

export function readInt8(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 24) >> 24;
}

export function readInt16(bytes: Uint8Array, at: number): number {
  return ((bytes[at]! << 24) >> 16) | bytes[at + 1]!;
}

export function readInt32(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!;
}

export function readUint32(bytes: Uint8Array, at: number): number {
  return readInt32(bytes, at) >>> 0;
}

/** An int64 as the nearest double: exact within ±2^53. */
export function readInt64(bytes: Uint8Array, at: number): number {
  return readInt32(bytes, at) * TWO_32 + readUint32(bytes, at + 4);
}

export function writeInt16(bytes: Uint8Array, value: number, at: number): void {
  bytes[at] = value >> 8;
  bytes[at + 1] = value;
}

/** Also of an unsigned one. */
export function writeInt32(bytes: Uint8Array, value: number, at: number): void {
  bytes[at] = value >>> 24;
  bytes[at + 1] = value >>> 16;
  bytes[at + 2] = value >>> 8;
  bytes[at + 3] = value;
}

/** Of a safe integer. */
export function writeInt64(bytes: Uint8Array, value: number, at: number): void {
  const high = Math.floor(value / TWO_32);
  writeInt32(bytes, high, at);
  writeInt32(bytes, value - high * TWO_32, at + 4);
}
