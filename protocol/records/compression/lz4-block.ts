/** Below these a loop over bytes is faster than a call into the engine. */
const SHORT_LITERALS = 24;
const SHORT_MATCH = 48;

/**
 * Decompresses the LZ4 block `source[start, end)` into `target` from `written` on; matches reach back to `window` at
 * the furthest. Returns where it ended in `target`, or −1 when the block is malformed or passes `limit`.
 */
export function decompressLz4Block(
  source: Buffer,
  start: number,
  end: number,
  target: Buffer,
  written: number,
  window: number,
  limit: number,
): number {
  let at = start;
  let to = written;
  while (at < end) {
    const token = source[at++]!;

    let literals = token >>> 4;
    if (literals === 15) {
      let byte = 255;
      while (byte === 255) {
        if (at >= end) return -1;
        byte = source[at++]!;
        literals += byte;
      }
    }
    if (literals > end - at || literals > limit - to) return -1;
    if (literals < SHORT_LITERALS) {
      for (const last = at + literals; at < last; ) target[to++] = source[at++]!;
    } else {
      source.copy(target, to, at, at + literals);
      at += literals;
      to += literals;
    }
    // The last sequence has no match.
    if (at === end) return to;

    if (end - at < 2) return -1;
    const distance = source[at]! | (source[at + 1]! << 8);
    at += 2;
    let length = token & 0x0f;
    if (length === 15) {
      let byte = 255;
      while (byte === 255) {
        if (at >= end) return -1;
        byte = source[at++]!;
        length += byte;
      }
    }
    length += 4;
    if (distance === 0 || distance > to - window || length > limit - to) return -1;
    let from = to - distance;
    if (distance >= length && length > SHORT_MATCH) {
      target.copyWithin(to, from, from + length);
      to += length;
    } else {
      // Byte by byte, since a match may run into what it is writing.
      for (const last = to + length; to < last; ) target[to++] = target[from++]!;
    }
  }
  // Ran out after a match: a block ends in literals, if none.
  return -1;
}
