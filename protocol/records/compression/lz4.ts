/**
 * LZ4 frames. They are read here rather than by the native library, which bounds no output, refuses the headers of
 * magic 0, and is no faster (records in JSON, Node 20.20: 16 KiB 74 µs here, 82 there; 1 MiB 3.4 ms and 4.3).
 */
import { corrupt, tooLarge } from './failures.ts';
import { decompressLz4Block } from './lz4-block.ts';
import { Lz4HighCompressor } from './lz4-hc.ts';
import { loadNative } from './native.ts';
import { xxhash32 } from './xxhash32.ts';

interface Lz4 {
  compressFrameSync(data: Buffer): Buffer;
}

let library: Lz4 | undefined;

const MAGIC = 0x184d2204;
const MAGIC_BYTES = 4;
/** Magic, flags, block descriptor and header checksum; a content size would come before the checksum. */
const HEADER_BYTES = 7;

const VERSION_MASK = 0xc0;
const VERSION = 0x40;
const INDEPENDENT_FLAG = 0x20;
const BLOCK_CHECKSUM_FLAG = 0x10;
const CONTENT_SIZE_FLAG = 0x08;
/** A reserved bit and a dictionary's id, neither of which Kafka has. */
const UNSUPPORTED_FLAGS = 0x03;

const STORED_FLAG = 0x80000000;

/** Kafka's default, which stands for the fast encoder; every other level is the thorough one's (`lz4-hc.ts`). */
const DEFAULT_LEVEL = 9;
const BLOCK_BYTES = 64 * 1024;
/** Version 1, independent blocks of 64 KiB, no checksums: as Kafka writes. */
const FLAGS_AND_DESCRIPTOR = [VERSION | INDEPENDENT_FLAG, 0x40];

/** `brokenChecksum` for messages of magic 0, whose writers summed the header from its magic on. */
export function compressLz4(data: Buffer, level = DEFAULT_LEVEL, brokenChecksum = false): Buffer {
  library ??= loadNative<Lz4>('lz4-napi');
  const frame = level === DEFAULT_LEVEL ? library.compressFrameSync(data) : compressThoroughly(data, level);
  if (brokenChecksum) frame[HEADER_BYTES - 1] = headerChecksum(frame, 0, HEADER_BYTES - 1);
  return frame;
}

function compressThoroughly(data: Buffer, level: number): Buffer {
  const encoder = new Lz4HighCompressor(level);
  const blocks = Math.ceil(data.length / BLOCK_BYTES);
  // A block that does not shrink is stored as it is.
  const frame = Buffer.allocUnsafe(HEADER_BYTES + data.length + 4 * blocks + 4);
  frame.writeUInt32LE(MAGIC, 0);
  frame.set(FLAGS_AND_DESCRIPTOR, MAGIC_BYTES);
  frame[HEADER_BYTES - 1] = headerChecksum(frame, MAGIC_BYTES, HEADER_BYTES - 1);
  let at = HEADER_BYTES;
  for (let start = 0; start < data.length; start += BLOCK_BYTES) {
    const end = Math.min(start + BLOCK_BYTES, data.length);
    const room = frame.subarray(at + 4, at + 4 + end - start - 1);
    const size = encoder.compress(data, start, end, room, 0);
    if (size < 0) data.copy(frame, at + 4, start, end);
    frame.writeUInt32LE(size < 0 ? (end - start + STORED_FLAG) >>> 0 : size, at);
    at += 4 + (size < 0 ? end - start : size);
  }
  frame.writeUInt32LE(0, at);
  return frame.subarray(0, at + 4);
}

function headerChecksum(frame: Buffer, start: number, end: number): number {
  return (xxhash32(frame, start, end) >>> 8) & 0xff;
}

/** Reads one frame; what follows its end mark is left alone, as in Kafka. */
export function decompressLz4(data: Buffer, maxBytes: number, ignoreHeaderChecksum = false): Buffer {
  const header = readHeader(data, ignoreHeaderChecksum);
  let at = header.size;
  let output: Buffer = Buffer.allocUnsafe(0);
  let written = 0;
  for (;;) {
    if (data.length - at < 4) throw corrupt('lz4', 'is cut before its end mark');
    const word = data.readUInt32LE(at);
    if (word === 0) return output.subarray(0, written);
    at += 4;
    const size = word & ~STORED_FLAG;
    const end = at + size;
    if (end > data.length || size > header.blockBytes)
      throw corrupt('lz4', `has a block of ${size} bytes at byte ${at}`);
    if (header.blockChecksums) {
      if (data.length - end < 4 || data.readUInt32LE(end) !== xxhash32(data, at, end)) {
        throw corrupt('lz4', `has a wrong checksum after the block at byte ${at}`);
      }
    }
    const isStored = word >= STORED_FLAG;
    // A byte of a block stands for 255 at most.
    const most = isStored ? size : Math.min(header.blockBytes, size * 255);
    output = withRoom(output, written, Math.min(most, maxBytes - written), maxBytes);
    if (isStored) {
      if (size > maxBytes - written) throw tooLarge('lz4', maxBytes);
      data.copy(output, written, at, end);
      written += size;
    } else {
      const limit = Math.min(written + header.blockBytes, maxBytes);
      const window = header.isIndependent ? written : 0;
      const reached = decompressLz4Block(data, at, end, output, written, window, Math.min(limit, output.length));
      if (reached < 0) {
        if (limit === maxBytes) throw tooLarge('lz4', maxBytes);
        throw corrupt('lz4', `has a block at byte ${at} that cannot be read`);
      }
      written = reached;
    }
    at = header.blockChecksums ? end + 4 : end;
  }
}

interface Header {
  readonly size: number;
  /** The most that a block holds, decompressed. */
  readonly blockBytes: number;
  readonly isIndependent: boolean;
  readonly blockChecksums: boolean;
}

function readHeader(data: Buffer, ignoreChecksum: boolean): Header {
  if (data.length < HEADER_BYTES || data.readUInt32LE(0) !== MAGIC) throw corrupt('lz4', 'does not begin as a frame');
  const flags = data[MAGIC_BYTES]!;
  const descriptor = data[MAGIC_BYTES + 1]!;
  if ((flags & VERSION_MASK) !== VERSION || (flags & UNSUPPORTED_FLAGS) !== 0) {
    throw corrupt('lz4', `has unsupported flags 0x${flags.toString(16)}`);
  }
  const blockSizeId = descriptor >> 4;
  if ((descriptor & 0x0f) !== 0 || blockSizeId < 4 || blockSizeId > 7) {
    throw corrupt('lz4', `has block descriptor 0x${descriptor.toString(16)}`);
  }
  const size = (flags & CONTENT_SIZE_FLAG) !== 0 ? HEADER_BYTES + 8 : HEADER_BYTES;
  if (data.length < size) throw corrupt('lz4', 'is cut in its header');
  if (!ignoreChecksum && data[size - 1] !== headerChecksum(data, MAGIC_BYTES, size - 1)) {
    throw corrupt('lz4', 'has a wrong header checksum');
  }
  return {
    size,
    blockBytes: 1 << (8 + 2 * blockSizeId),
    isIndependent: (flags & INDEPENDENT_FLAG) !== 0,
    blockChecksums: (flags & BLOCK_CHECKSUM_FLAG) !== 0,
  };
}

/** `output` or a larger copy of it, with `room` bytes behind `written`. */
function withRoom(output: Buffer, written: number, room: number, maxBytes: number): Buffer {
  const wanted = written + room;
  if (wanted <= output.length) return output;
  const grown = Buffer.allocUnsafe(Math.min(Math.max(wanted, written * 2), Math.max(maxBytes, wanted)));
  output.copy(grown, 0, 0, written);
  return grown;
}
