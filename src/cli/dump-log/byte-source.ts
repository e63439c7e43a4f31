/** A file that is only read, through a window of bounded size: segments are larger than memory should be. */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

const WINDOW_BYTES = 1024 ** 2;

export class ByteSource {
  readonly path: string;
  readonly size: number;
  readonly #descriptor: number;
  #window: Buffer = Buffer.alloc(0);
  #windowStart = 0;

  /** Throws Node's errors: ENOENT, EACCES, EISDIR … */
  constructor(path: string) {
    this.path = path;
    this.#descriptor = openSync(path, 'r');
    this.size = fstatSync(this.#descriptor).size;
  }

  /** The bytes of `[position, position + length)` that are there; valid for as long as they are held. */
  read(position: number, length: number): Buffer {
    const wanted = Math.max(0, Math.min(length, this.size - position));
    const from = position - this.#windowStart;
    if (from >= 0 && from + wanted <= this.#window.length) return this.#window.subarray(from, from + wanted);
    this.#window = this.#load(position, Math.min(this.size - position, Math.max(wanted, WINDOW_BYTES)));
    this.#windowStart = position;
    return this.#window.subarray(0, Math.min(wanted, this.#window.length));
  }

  #load(position: number, length: number): Buffer {
    const buffer = Buffer.allocUnsafeSlow(Math.max(0, length));
    let at = 0;
    while (at < buffer.length) {
      const count = readSync(this.#descriptor, buffer, at, buffer.length - at, position + at);
      if (count === 0) break;
      at += count;
    }
    return buffer.subarray(0, at);
  }

  close(): void {
    closeSync(this.#descriptor);
  }
}

/** Opens `path` for as long as `use` runs. */
export function* reading<T, R>(path: string, use: (source: ByteSource) => Generator<T, R>): Generator<T, R> {
  const source = new ByteSource(path);
  try {
    return yield* use(source);
  } finally {
    source.close();
  }
}
