import { createRequire } from 'node:module';
import { KafkaError } from '../../errors.ts';

const require = createRequire(import.meta.url);

/** A native library, loaded now; `UNSUPPORTED_COMPRESSION_TYPE` where it has no binary for this machine. */
export function loadNative<Library>(name: string): Library {
  try {
    return require(name);
  } catch (failure) {
    const message = `the npm package ${name} does not load on this machine, so its codec cannot be used`;
    throw new KafkaError('UNSUPPORTED_COMPRESSION_TYPE', message, { cause: failure });
  }
}
