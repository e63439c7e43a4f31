import { createRequire } from 'node:module';

type Checksum = (data: Uint8Array, seed?: number) => number;

/**
 * Below this a call into the native library costs more than the sum itself. Nanoseconds a call on Node 20.20, native
 * and `crc-32`: 64 bytes 475 and 245, 256 bytes 740 and 550, 400 bytes 600 and 670, 512 bytes 460 and 960, 4 KiB 1,580
 * and 6,400, 1 MiB 0.25 ms and 1.6 ms.
 */
const NATIVE_FROM_BYTES = 256;

/**
 * The native library is loaded (5 to 13 ms) only after this many bytes, so that a broker's start, whose few batches of
 * metadata are small, does not wait for it.
 */
const NATIVE_AFTER_BYTES = 64 * 1024;

const require = createRequire(import.meta.url);

let portable: Checksum | undefined;
let native: Checksum | undefined;
let untilNativeBytes = NATIVE_AFTER_BYTES;

/** CRC-32C (Castagnoli) of `data[start, end)` as an unsigned 32-bit number: the checksum of magic-2 batches. */
export function crc32c(data: Buffer, start = 0, end = data.length): number {
  const bytes = start === 0 && end === data.length ? data : data.subarray(start, end);
  if (bytes.length >= NATIVE_FROM_BYTES) {
    if (native === undefined) {
      untilNativeBytes -= bytes.length;
      if (untilNativeBytes < 0) native = loadNative();
    }
    if (native !== undefined) return native(bytes);
  }
  portable ??= loadPortable();
  return portable(bytes) >>> 0;
}

/** CRC-32 (IEEE) of `data[start, end)` as an unsigned 32-bit number: the checksum of legacy messages. */
export function crc32(data: Buffer, start = 0, end = data.length): number {
  return process.getBuiltinModule('node:zlib').crc32(data.subarray(start, end));
}

/** The native library, or the portable one where no binary of it runs on this machine. */
function loadNative(): Checksum {
  try {
    return require('@node-rs/crc32').crc32c;
  } catch {
    const fallback = loadPortable();
    return (bytes) => fallback(bytes) >>> 0;
  }
}

function loadPortable(): Checksum {
  return require('crc-32/crc32c.js').buf;
}
