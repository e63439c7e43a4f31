/** Bytes and bounds that the codecs by hand share. */

/** The length of a compact array or string: one too high, so that 0 is null. */
export const NULL = 0;
export const EMPTY = 1;
export const ONE = 2;
export const NO_TAGS = 0;
export const ZERO_UUID = 'AAAAAAAAAAAAAAAAAAAAAA';

export const isSafe = Number.isSafeInteger;

export function isInt32(value: number): boolean {
  return value === (value | 0);
}

export function isInt16(value: number): boolean {
  return value === (value << 16) >> 16;
}
