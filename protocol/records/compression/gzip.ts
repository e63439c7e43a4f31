import { corrupt, tooLarge } from './failures.ts';

export function compressGzip(data: Buffer, level?: number): Buffer {
  return process.getBuiltinModule('node:zlib').gzipSync(data, level === undefined ? {} : { level });
}

/** Reads all members, as Java does. */
export function decompressGzip(data: Buffer, maxBytes: number): Buffer {
  try {
    return process.getBuiltinModule('node:zlib').gunzipSync(data, { maxOutputLength: maxBytes });
  } catch (failure) {
    if (isTooLarge(failure)) throw tooLarge('gzip', maxBytes);
    throw corrupt('gzip', 'cannot be read', failure);
  }
}

/** Whether zlib stopped at `maxOutputLength`. */
export function isTooLarge(failure: unknown): boolean {
  return failure instanceof Error && 'code' in failure && failure.code === 'ERR_BUFFER_TOO_LARGE';
}
