/** Zstandard: Node's own where it has one (22.15, 23.8 and later), else WebAssembly. */
import { KafkaError } from '../../errors.ts';
import { corrupt, tooLarge } from './failures.ts';
import { isTooLarge } from './gzip.ts';
import { zstdFrames } from './zstd-frame.ts';
import { wasmZstd, type Zstd } from './zstd-wasm.ts';

/** Kafka's default, and zstd's own. */
const DEFAULT_LEVEL = 3;
const MIN_LEVEL = -131072;
const MAX_LEVEL = 22;

let zstd: Zstd | undefined;

export function compressZstd(data: Buffer, level = DEFAULT_LEVEL): Buffer {
  if (!Number.isInteger(level) || level < MIN_LEVEL || level > MAX_LEVEL) {
    throw new KafkaError('INVALID_CONFIG', `zstd level ${level} is not an integer from ${MIN_LEVEL} to ${MAX_LEVEL}`);
  }
  zstd ??= nodeZstd() ?? wasmZstd();
  return zstd.compress(data, level);
}

export function decompressZstd(data: Buffer, maxBytes: number): Buffer {
  zstd ??= nodeZstd() ?? wasmZstd();
  return zstd.decompress(data, maxBytes);
}

/** What newer Nodes have in `node:zlib`, and the types of Node 20 do not. */
interface ZlibWithZstd {
  readonly constants: { readonly ZSTD_c_compressionLevel: number };
  zstdCompressSync(data: Buffer, options: { params: { [parameter: number]: number } }): Buffer;
  zstdDecompressSync(data: Buffer, options: { maxOutputLength: number }): Buffer;
}

function hasZstd(zlib: object): zlib is ZlibWithZstd {
  return 'zstdCompressSync' in zlib && 'zstdDecompressSync' in zlib;
}

/** Undefined on a Node without it. */
export function nodeZstd(): Zstd | undefined {
  const zlib: object = process.getBuiltinModule('node:zlib');
  if (!hasZstd(zlib)) return undefined;
  return {
    compress: (data, level) =>
      zlib.zstdCompressSync(data, { params: { [zlib.constants.ZSTD_c_compressionLevel]: level } }),
    decompress: (data, maxBytes) => {
      // Node reads the first frame and leaves the others unread (24.21).
      const parts: Buffer[] = [];
      let left = maxBytes;
      for (const { start, end } of zstdFrames(data)) {
        try {
          const part = zlib.zstdDecompressSync(data.subarray(start, end), { maxOutputLength: Math.max(left, 1) });
          parts.push(part);
          left -= part.length;
        } catch (failure) {
          if (isTooLarge(failure)) throw tooLarge('zstd', maxBytes);
          throw corrupt('zstd', 'cannot be read', failure);
        }
      }
      if (left < 0) throw tooLarge('zstd', maxBytes);
      return parts.length === 1 ? parts[0]! : Buffer.concat(parts);
    },
  };
}
