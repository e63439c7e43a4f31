/**
 * Zstandard in WebAssembly, from `@bokuweb/zstd-wasm`. Its own functions start asynchronously and guess one mebibyte
 * for frames without a content size, which Kafka's clients write; so its module is started here, synchronously
 * (11 ms at first use), and its one-shot calls are given a target that the frames' blocks fit.
 */
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { KafkaError } from '../../errors.ts';
import { corrupt, tooLarge } from './failures.ts';
import { zstdFrames } from './zstd-frame.ts';

export interface Zstd {
  compress(data: Buffer, level: number): Buffer;
  /** Fails with `INVALID_RECORD`, or `MESSAGE_TOO_LARGE` above `maxBytes`. */
  decompress(data: Buffer, maxBytes: number): Buffer;
}

/** The little that is used here; the types of browsers, where the rest is, are not this project's. */
declare const WebAssembly: {
  readonly Module: new (code: Uint8Array) => object;
  readonly Instance: new (module: object, imports: object) => { readonly exports: object };
};

/** The package's Emscripten module: zstd's C functions over one linear memory. */
interface ZstdModule {
  instantiateWasm?: (imports: object, receive: (instance: { readonly exports: object }) => void) => object;
  init(): void;
  readonly HEAPU8: Uint8Array;
  _malloc(size: number): number;
  _free(address: number): void;
  _ZSTD_isError(code: number): number;
  _ZSTD_compressBound(size: number): number;
  _ZSTD_compress(to: number, capacity: number, from: number, size: number, level: number): number;
  _ZSTD_decompress(to: number, capacity: number, from: number, size: number): number;
}

/** `ZSTD_error_dstSize_tooSmall`, as the functions return it. */
const TARGET_TOO_SMALL = -70;
/** Linear memory never shrinks: a module that grew beyond this is given up after the call that made it grow. */
const KEEP_MEMORY_BYTES = 64 * 1024 * 1024;

export function wasmZstd(): Zstd {
  let loaded: ZstdModule | undefined;

  /** Calls `run` with the addresses of `data` and of `capacity` bytes, and returns what it wrote there. */
  function convert(
    data: Buffer,
    capacity: number,
    run: (module: ZstdModule, to: number, from: number) => number,
    fail: (code: number) => Error,
  ): Buffer {
    loaded ??= load();
    const module = loaded;
    const from = module._malloc(data.length);
    const to = module._malloc(capacity);
    try {
      if (from === 0 || to === 0) throw new RangeError(`zstd has no memory for ${data.length} and ${capacity} bytes`);
      module.HEAPU8.set(data, from);
      const size = run(module, to, from);
      if (module._ZSTD_isError(size) !== 0) throw fail(size);
      return Buffer.from(module.HEAPU8.subarray(to, to + size));
    } catch (failure) {
      // After a trap its memory is not to be trusted.
      if (!(failure instanceof KafkaError)) loaded = undefined;
      throw failure;
    } finally {
      module._free(to);
      module._free(from);
      if (module.HEAPU8.length > KEEP_MEMORY_BYTES) loaded = undefined;
    }
  }

  return {
    compress(data, level) {
      loaded ??= load();
      const capacity = loaded._ZSTD_compressBound(data.length);
      return convert(
        data,
        capacity,
        (module, to, from) => module._ZSTD_compress(to, capacity, from, data.length, level),
        (code) => new Error(`zstd cannot compress ${data.length} bytes: error ${code}`),
      );
    },
    decompress(data, maxBytes) {
      let capacity = 0;
      for (const frame of zstdFrames(data)) capacity += frame.bound;
      capacity = Math.min(capacity, maxBytes);
      return convert(
        data,
        capacity,
        (module, to, from) => module._ZSTD_decompress(to, capacity, from, data.length),
        (code) =>
          code === TARGET_TOO_SMALL && capacity === maxBytes
            ? tooLarge('zstd', maxBytes)
            : corrupt('zstd', `cannot be read: error ${code}`),
      );
    },
  };
}

function load(): ZstdModule {
  const require = createRequire(import.meta.url);
  // The package exports only its asynchronous front; what that stands on lies beside it.
  const directory = dirname(require.resolve('@bokuweb/zstd-wasm'));
  const glue = join(directory, 'zstd.js');
  delete require.cache[glue];
  const module: ZstdModule = require(glue).Module;
  // Code of a package like what `require` reads, so not through the file system's port; read once, at first use.
  const { readFileSync } = process.getBuiltinModule('node:fs');
  module.instantiateWasm = (imports, receive) => {
    const compiled = new WebAssembly.Module(readFileSync(join(directory, 'zstd.wasm')));
    const instance = new WebAssembly.Instance(compiled, imports);
    receive(instance);
    return instance.exports;
  };
  module.init();
  return module;
}
