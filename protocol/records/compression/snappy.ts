/**
 * Snappy as Kafka has it: the framing of the Java library `snappy-java`, a header and then blocks, each with its length
 * before it. Raw snappy is read too, as that library does; some clients write it.
 */
import { corrupt, tooLarge } from './failures.ts';
import { loadNative } from './native.ts';

interface Snappy {
  compressSync(data: Uint8Array): Buffer;
  uncompressSync(data: Uint8Array, options: { asBuffer: true }): Buffer;
}

let loaded: Snappy | undefined;

function library(): Snappy {
  loaded ??= loadNative<Snappy>('snappy');
  return loaded;
}

/** `\x82SNAPPY\0`, the version written and the lowest that can read it, both 1. */
const HEADER = Buffer.from('82534e41505059000000000100000001', 'hex');
const MAGIC_BYTES = 8;
/** As snappy-java cuts. */
const BLOCK_BYTES = 32 * 1024;
/** The densest element is a copy of 64 bytes in 3. What claims to hold more is not worth an allocation. */
const MAX_RATIO = 22;

export function compressSnappy(data: Buffer): Buffer {
  const parts: Buffer[] = [HEADER];
  for (let at = 0; at < data.length; at += BLOCK_BYTES) {
    const block = library().compressSync(data.subarray(at, at + BLOCK_BYTES));
    const length = Buffer.allocUnsafe(4);
    length.writeInt32BE(block.length);
    parts.push(length, block);
  }
  return Buffer.concat(parts);
}

export function decompressSnappy(data: Buffer, maxBytes: number): Buffer {
  const blocks = isHeader(data, 0) ? splitBlocks(data) : [data];
  let total = 0;
  for (const block of blocks) {
    const size = uncompressedBytes(block);
    total += size;
    if (total > maxBytes) throw tooLarge('snappy', maxBytes);
    if (size > block.length * MAX_RATIO) throw corrupt('snappy', `claims ${size} bytes in a block of ${block.length}`);
  }
  const parts = blocks.map(uncompress);
  return parts.length === 1 ? parts[0]! : Buffer.concat(parts, total);
}

function isHeader(data: Buffer, at: number): boolean {
  return data.length - at >= HEADER.length && data.compare(HEADER, 0, MAGIC_BYTES, at, at + MAGIC_BYTES) === 0;
}

function splitBlocks(data: Buffer): Buffer[] {
  const blocks: Buffer[] = [];
  let at = HEADER.length;
  while (at < data.length) {
    if (isHeader(data, at)) {
      at += HEADER.length; // streams one after the other
      continue;
    }
    const left = data.length - at - 4;
    const length = left < 0 ? -1 : data.readInt32BE(at);
    if (length < 0 || length > left) throw corrupt('snappy', `is cut in the block at byte ${at}`);
    blocks.push(data.subarray(at + 4, at + 4 + length));
    at += 4 + length;
  }
  return blocks;
}

/** The size that a raw block begins with, a varint. */
function uncompressedBytes(block: Buffer): number {
  let size = 0;
  for (let i = 0; i < 5; i++) {
    const byte = block[i];
    if (byte === undefined) break;
    size += (byte & 0x7f) * 2 ** (7 * i);
    if (byte < 0x80) return size;
  }
  throw corrupt('snappy', 'has a block without a size');
}

function uncompress(block: Buffer): Buffer {
  const snappy = library();
  try {
    return snappy.uncompressSync(block, { asBuffer: true });
  } catch (failure) {
    throw corrupt('snappy', 'cannot be read', failure);
  }
}
