import { DecodeError } from './decode-error.ts';

/** Every request and response is preceded by its size, an int32. */
export const SIZE_BYTES = 4;
/** The least that is allocated for a frame that lies in several chunks, when the frame is that large. */
const FIRST_ALLOCATION_BYTES = 64 * 1024;
/**
 * A frame's buffer is at most this many times what has come of it: an announced length alone costs nothing, and a frame
 * of 1 MB that comes in chunks of 64 KB is allocated once.
 */
const ALLOCATION_FACTOR = 16;
const EMPTY = Buffer.alloc(0);

/**
 * Cuts a stream of bytes, in whatever chunks it comes, into frames. A frame that lies within one chunk is a view of it;
 * any other is assembled in one buffer. `push` what came, then call `next` until it gives null.
 */
export class FrameSplitter {
  readonly #maxFrameBytes: number;
  /** What is being cut, from `#at` on. */
  #chunk: Buffer = EMPTY;
  #at = 0;
  /** Chunks that came before the one above was used up. */
  readonly #later: Buffer[] = [];
  /** The size being read when a chunk ends inside it: its first bytes, and how many. */
  #sizeSoFar = 0;
  #sizeBytes = 0;
  /** The begun frame's size, −1 between frames. */
  #frameBytes = -1;
  #frame: Buffer = EMPTY;
  #filled = 0;
  #buffered = 0;

  /** Frames of more than `maxFrameBytes`, their size prefix not counted, are refused. */
  constructor(maxFrameBytes: number) {
    this.#maxFrameBytes = maxFrameBytes;
  }

  /** Bytes that came and are in no frame given out yet, size prefixes included. */
  get bufferedBytes(): number {
    return this.#buffered;
  }

  /** Bytes still to come until the begun frame is whole; 0 between frames, and while its size is not known. */
  get missingBytes(): number {
    return this.#frameBytes < 0 ? 0 : this.#frameBytes - this.#filled;
  }

  /** Takes the next bytes; the chunk belongs to the splitter and the frames from then on. */
  push(chunk: Buffer): void {
    this.#buffered += chunk.length;
    if (this.#at === this.#chunk.length) {
      this.#chunk = chunk;
      this.#at = 0;
    } else {
      this.#later.push(chunk);
    }
  }

  /** The next whole frame without its size prefix, or null until more is pushed; throws `DecodeError` on a bad size. */
  next(): Buffer | null {
    for (;;) {
      const frame = this.#cut();
      if (frame !== null) {
        this.#buffered -= SIZE_BYTES + frame.length;
        return frame;
      }
      const later = this.#later.shift();
      // What was cut from the last chunk must not be kept alive by a quiet connection.
      this.#chunk = later ?? EMPTY;
      this.#at = 0;
      if (later === undefined) return null;
    }
  }

  /** A frame that ends in the chunk at hand; null once the chunk is used up. */
  #cut(): Buffer | null {
    if (this.#frameBytes < 0 && !this.#readSize()) return null;
    const chunk = this.#chunk;
    const at = this.#at;
    const available = chunk.length - at;
    const missing = this.#frameBytes - this.#filled;
    if (this.#filled === 0 && available >= missing) {
      this.#at = at + missing;
      this.#frameBytes = -1;
      return chunk.subarray(at, at + missing);
    }
    const taken = Math.min(available, missing);
    this.#reserve(this.#filled + taken);
    chunk.copy(this.#frame, this.#filled, at, at + taken);
    this.#filled += taken;
    this.#at = at + taken;
    if (taken < missing) return null;
    const frame = this.#frame;
    this.#frame = EMPTY;
    this.#filled = 0;
    this.#frameBytes = -1;
    return frame;
  }

  /** Reads the size before a frame; false when the chunk ends before it does. */
  #readSize(): boolean {
    const chunk = this.#chunk;
    let size: number;
    if (this.#sizeBytes === 0 && chunk.length - this.#at >= SIZE_BYTES) {
      size = chunk.readInt32BE(this.#at);
      this.#at += SIZE_BYTES;
    } else {
      while (this.#sizeBytes < SIZE_BYTES) {
        if (this.#at === chunk.length) return false;
        this.#sizeSoFar = (this.#sizeSoFar << 8) | chunk[this.#at++]!;
        this.#sizeBytes++;
      }
      size = this.#sizeSoFar;
      this.#sizeSoFar = 0;
      this.#sizeBytes = 0;
    }
    if (size < 0) throw new DecodeError(`frame of negative size ${size}`);
    if (size > this.#maxFrameBytes) {
      throw new DecodeError(`frame of ${size} bytes, ${this.#maxFrameBytes} are allowed`);
    }
    this.#frameBytes = size;
    return true;
  }

  /** Makes the begun frame's buffer hold `bytes`, leaving room for more of the frame in proportion. */
  #reserve(bytes: number): void {
    if (bytes <= this.#frame.length) return;
    const wanted = Math.max(FIRST_ALLOCATION_BYTES, bytes * ALLOCATION_FACTOR);
    // Not from Buffer's shared pool: the frame may live on for long, and would keep its neighbours alive.
    const grown = Buffer.allocUnsafeSlow(Math.min(this.#frameBytes, wanted));
    this.#frame.copy(grown, 0, 0, this.#filled);
    this.#frame = grown;
  }
}
