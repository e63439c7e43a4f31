/** xxHash of 32 bits with seed 0, the checksum of lz4 frames. */

const PRIME_1 = 0x9e3779b1 | 0;
const PRIME_2 = 0x85ebca77 | 0;
const PRIME_3 = 0xc2b2ae3d | 0;
const PRIME_4 = 0x27d4eb2f | 0;
const PRIME_5 = 0x165667b1 | 0;

/** Of `data[start, end)`, unsigned. */
export function xxhash32(data: Buffer, start = 0, end = data.length): number {
  const { imul } = Math;
  let at = start;
  let hash = PRIME_5;
  if (end - start >= 16) {
    let a = (PRIME_1 + PRIME_2) | 0;
    let b = PRIME_2;
    let c = 0;
    let d = -PRIME_1 | 0;
    for (; end - at >= 16; at += 16) {
      a = imul(rotateLeft((a + imul(data.readInt32LE(at), PRIME_2)) | 0, 13), PRIME_1);
      b = imul(rotateLeft((b + imul(data.readInt32LE(at + 4), PRIME_2)) | 0, 13), PRIME_1);
      c = imul(rotateLeft((c + imul(data.readInt32LE(at + 8), PRIME_2)) | 0, 13), PRIME_1);
      d = imul(rotateLeft((d + imul(data.readInt32LE(at + 12), PRIME_2)) | 0, 13), PRIME_1);
    }
    hash = (rotateLeft(a, 1) + rotateLeft(b, 7) + rotateLeft(c, 12) + rotateLeft(d, 18)) | 0;
  }
  hash = (hash + end - start) | 0;
  for (; end - at >= 4; at += 4) {
    hash = imul(rotateLeft((hash + imul(data.readInt32LE(at), PRIME_3)) | 0, 17), PRIME_4);
  }
  for (; at < end; at++) {
    hash = imul(rotateLeft((hash + imul(data[at]!, PRIME_5)) | 0, 11), PRIME_1);
  }
  hash = imul(hash ^ (hash >>> 15), PRIME_2);
  hash = imul(hash ^ (hash >>> 13), PRIME_3);
  return (hash ^ (hash >>> 16)) >>> 0;
}

function rotateLeft(value: number, bits: number): number {
  return (value << bits) | (value >>> (32 - bits));
}
