/**
 * Walks zstd frames (RFC 8878) without decoding them, to know beforehand where they end and how much room their content
 * may need: they need not say.
 */
import { corrupt } from './failures.ts';

const FRAME_MAGIC = 0xfd2fb528;
const SKIPPABLE_MAGIC = 0x184d2a50;
const SKIPPABLE_MASK = 0xfffffff0;

const SINGLE_SEGMENT_FLAG = 0x20;
const CHECKSUM_FLAG = 0x04;
const DICTIONARY_ID_BYTES = [0, 1, 2, 4] as const;
const CONTENT_SIZE_BYTES = [0, 2, 4, 8] as const;

const MAX_BLOCK_BYTES = 128 * 1024;
const RLE_BLOCK = 1;
const COMPRESSED_BLOCK = 2;

export interface ZstdFrame {
  readonly start: number;
  readonly end: number;
  /** The most bytes that it can decompress to, by its blocks; what it says of its content's size is not believed. */
  readonly bound: number;
}

/** The frames that fill `data`, skippable ones left out. Throws `INVALID_RECORD` for anything else. */
export function zstdFrames(data: Buffer): ZstdFrame[] {
  const frames: ZstdFrame[] = [];
  let at = 0;
  while (at < data.length) {
    const magic = at + 4 <= data.length ? data.readUInt32LE(at) : 0;
    if (magic === FRAME_MAGIC) {
      const frame = walkFrame(data, at);
      frames.push(frame);
      at = frame.end;
    } else if ((magic & SKIPPABLE_MASK) >>> 0 === SKIPPABLE_MAGIC && at + 8 <= data.length) {
      at += 8 + data.readUInt32LE(at + 4);
    } else {
      throw corrupt('zstd', `has no frame at byte ${at}`);
    }
  }
  if (at > data.length) throw corrupt('zstd', 'is cut');
  if (frames.length === 0) throw corrupt('zstd', 'has no frame');
  return frames;
}

function walkFrame(data: Buffer, start: number): ZstdFrame {
  const descriptor = data[start + 4] ?? 0;
  const isSingleSegment = (descriptor & SINGLE_SEGMENT_FLAG) !== 0;
  const contentSizeCode = descriptor >> 6;
  const contentSizeBytes = contentSizeCode === 0 && isSingleSegment ? 1 : CONTENT_SIZE_BYTES[contentSizeCode]!;
  let at = start + 5 + (isSingleSegment ? 0 : 1) + DICTIONARY_ID_BYTES[descriptor & 3]! + contentSizeBytes;
  let bound = 0;
  for (let isLast = false; !isLast; ) {
    if (at + 3 > data.length) throw corrupt('zstd', `is cut in the frame at byte ${start}`);
    const header = data.readUIntLE(at, 3);
    const type = (header >> 1) & 3;
    const size = header >> 3;
    isLast = (header & 1) !== 0;
    bound += type === COMPRESSED_BLOCK ? MAX_BLOCK_BYTES : Math.min(size, MAX_BLOCK_BYTES);
    at += 3 + (type === RLE_BLOCK ? 1 : size);
  }
  if ((descriptor & CHECKSUM_FLAG) !== 0) at += 4;
  return { start, end: at, bound };
}
