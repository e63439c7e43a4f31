import { DecodeError } from './decode-error.ts';
import { readInt32 } from './integers.ts';

/** Every request and response is preceded by its size, an int32. */
export const SIZE_BYTES = 4;
/** The least that is allocated for a frame that comes in pieces, when the frame is that large. */
const FIRST_ALLOCATION_BYTES = 64 * 1024;
/**
 * The first frame's buffer is at most this many times what has come of it: an announced length alone costs nothing, and
 * a frame of 1 MB that comes in pieces of 64 KB is allocated once.
 */
const ALLOCATION_FACTOR = 16;
/**
 * Who has sent a frame whole gets the next one's memory at once, up to its size and this one: otherwise a frame of 1 MB
 * that follows another in the same read begins with a few bytes, grows, and is copied (an eighth of the broker's time).
 */
const MOST_TRUSTED_BYTES = 2 * 1024 * 1024;
/** Frames below this size come out of Node's own pool (`Buffer.poolSize / 2`), which is faster than an allocation. */
const SMALL_FRAME_BYTES = 4096;
/** A frame that lacks less is not worth a read of its own. */
const SMALLEST_ROOM_BYTES = 4096;
/** Small frames that come together share memory up to this size. One that is kept keeps it all. */
const SHARED_BYTES = 16 * 1024;
const EMPTY = Buffer.alloc(0);

/** Where the memory of frames comes from. */
export interface FrameMemory {
  /** `bytes` bytes, which belong to the caller. */
  take(bytes: number): Buffer;
  /** What was taken and is not used any more. */
  release(buffer: Buffer): void;
}

const unpooled: FrameMemory = { take: (bytes) => Buffer.allocUnsafeSlow(bytes), release: () => {} };

/**
 * Cuts a stream of bytes, in whatever pieces it comes, into frames, each in memory of its own. What came is pushed, or
 * read straight into the begun frame's `room`, which spares large frames a copy; then `next` is called until it gives
 * null.
 */
export class FrameSplitter {
  readonly #maxFrameBytes: number;
  readonly #memory: FrameMemory;
  /** Whole frames, from `#given` on not given out yet. */
  #frames: Buffer[] = [];
  #given = 0;
  /** What follows the last whole frame and can be none. */
  #failure: DecodeError | null = null;
  /** The size being read when the bytes end inside it: its first bytes, and how many. */
  #sizeSoFar = 0;
  #sizeBytes = 0;
  /** The begun frame's size, −1 between frames. */
  #frameBytes = -1;
  /** Of the last frame that had memory of its own; `#takeSmall` gives none. */
  #lastFrameBytes = 0;
  #frame: Buffer = EMPTY;
  #filled = 0;
  #buffered = 0;

  /** Frames of more than `maxFrameBytes`, their size prefix not counted, are refused. */
  constructor(maxFrameBytes: number, memory: FrameMemory = unpooled) {
    this.#maxFrameBytes = maxFrameBytes;
    this.#memory = memory;
  }

  /** Bytes that came and are in no frame given out yet, size prefixes included. */
  get bufferedBytes(): number {
    return this.#buffered;
  }

  /** Bytes still to come until the begun frame is whole; 0 between frames, and while its size is not known. */
  get missingBytes(): number {
    return this.#frameBytes < 0 ? 0 : this.#frameBytes - this.#filled;
  }

  /** Takes the next bytes. They are copied: the buffer is the caller's again. */
  push(bytes: Buffer): void {
    this.#buffered += bytes.length;
    let at = 0;
    while (at < bytes.length && this.#failure === null) {
      if (this.#frameBytes < 0) {
        if (this.#sizeBytes === 0) at = this.#takeSmall(bytes, at);
        at = this.#readSize(bytes, at);
        if (this.#frameBytes === 0) this.#finish();
      } else {
        const taken = Math.min(bytes.length - at, this.#frameBytes - this.#filled);
        this.#reserve(this.#filled + taken);
        bytes.copy(this.#frame, this.#filled, at, at + taken);
        at += taken;
        this.#filled += taken;
        if (this.#filled === this.#frameBytes) this.#finish();
      }
    }
  }

  /**
   * Where the next bytes may be written instead of being pushed, at most `maxBytes` of them; `wrote` tells how many were.
   * Null while no frame is begun that lacks many.
   */
  room(maxBytes: number): Buffer | null {
    if (this.#filled === 0 || this.missingBytes < SMALLEST_ROOM_BYTES) return null;
    if (this.#filled === this.#frame.length) this.#reserve(this.#filled + 1);
    return this.#frame.subarray(this.#filled, Math.min(this.#frame.length, this.#filled + maxBytes));
  }

  /** `bytes` bytes were written to `room`. */
  wrote(bytes: number): void {
    this.#buffered += bytes;
    this.#filled += bytes;
    if (this.#filled === this.#frameBytes) this.#finish();
  }

  /** The next whole frame without its size prefix, or null until more comes; throws `DecodeError` on a bad size. */
  next(): Buffer | null {
    if (this.#given === this.#frames.length) {
      if (this.#failure !== null) throw this.#failure;
      return null;
    }
    const frame = this.#frames[this.#given++]!;
    if (this.#given === this.#frames.length) {
      // What was given out must not be kept alive by a quiet connection.
      this.#frames = [];
      this.#given = 0;
    }
    this.#buffered -= SIZE_BYTES + frame.length;
    return frame;
  }

  /** Takes the whole small frames that begin at `start`, with one copy; returns where they end. */
  #takeSmall(bytes: Buffer, start: number): number {
    const mostBytes = Math.min(this.#maxFrameBytes, SMALL_FRAME_BYTES - 1);
    let end = start;
    while (bytes.length - end >= SIZE_BYTES) {
      const size = readInt32(bytes, end);
      const next = end + SIZE_BYTES + size;
      if (size < 0 || size > mostBytes || next > bytes.length || next - start > SHARED_BYTES) break;
      end = next;
    }
    if (end === start) return start;
    const copy = Buffer.allocUnsafe(end - start);
    bytes.copy(copy, 0, start, end);
    for (let at = 0; at < copy.length; ) {
      const frameAt = at + SIZE_BYTES;
      at = frameAt + readInt32(copy, at);
      this.#frames.push(copy.subarray(frameAt, at));
    }
    return end;
  }

  #finish(): void {
    this.#frames.push(this.#frame);
    this.#lastFrameBytes = this.#frameBytes;
    this.#frame = EMPTY;
    this.#filled = 0;
    this.#frameBytes = -1;
  }

  /** Reads the size before a frame, as far as it is there; returns where it ends. */
  #readSize(bytes: Buffer, start: number): number {
    let at = start;
    let size: number;
    if (this.#sizeBytes === 0 && bytes.length - at >= SIZE_BYTES) {
      size = bytes.readInt32BE(at);
      at += SIZE_BYTES;
    } else {
      while (this.#sizeBytes < SIZE_BYTES) {
        if (at === bytes.length) return at;
        this.#sizeSoFar = (this.#sizeSoFar << 8) | bytes[at++]!;
        this.#sizeBytes++;
      }
      size = this.#sizeSoFar;
      this.#sizeSoFar = 0;
      this.#sizeBytes = 0;
    }
    if (size < 0) this.#failure = new DecodeError(`frame of negative size ${size}`);
    else if (size > this.#maxFrameBytes) {
      this.#failure = new DecodeError(`frame of ${size} bytes, ${this.#maxFrameBytes} are allowed`);
    } else this.#frameBytes = size;
    return at;
  }

  /** Makes the begun frame's buffer hold `bytes`, leaving room for more of the frame: in proportion, or as trusted. */
  #reserve(bytes: number): void {
    if (bytes <= this.#frame.length) return;
    const known = Math.min(this.#lastFrameBytes, MOST_TRUSTED_BYTES);
    const trusted = Math.max(FIRST_ALLOCATION_BYTES, bytes * ALLOCATION_FACTOR, known);
    const wanted = Math.min(this.#frameBytes, trusted);
    const old = this.#frame;
    this.#frame = wanted < SMALL_FRAME_BYTES ? Buffer.allocUnsafe(wanted) : this.#memory.take(wanted);
    if (this.#filled === 0) return;
    old.copy(this.#frame, 0, 0, this.#filled);
    this.#memory.release(old);
  }
}
