/**
 * A queue of messages between two threads: one writes, one reads, first in, first out, over one SharedArrayBuffer and
 * without a lock. Messages are of any size up to a little less than half of the ring, lie in one piece, and are filled
 * and read in place; several are handed over, and given back, in one go. Who finds no room, or no message, waits.
 *
 * The positions of the two ends count bytes modulo 2^32, each stored by one side only. A message's bytes are written
 * before the writer's position is stored, and read before the reader's is: that order, which `Atomics` keeps, is all the
 * two have to agree on.
 */
import { SharedSignal, SIGNAL_WORDS } from './shared-signal.ts';

/** Words that a cache line holds: what one side stores is on no line that the other stores to. */
const LINE = 16;
const WRITTEN = 0;
const WRITTEN_COUNT = 1;
const READ = LINE;
const READ_COUNT = LINE + 1;
const CLOSED = 2 * LINE;
const READABLE = 3 * LINE;
const WRITABLE = READABLE + SIGNAL_WORDS;
const CONTROL_BYTES = 4 * 4 * LINE;

/** Before each message: its length, in 8 bytes, which messages are aligned to. */
const PREFIX_BYTES = 8;
/** In a length's place: the rest of the ring up to its end is left out. */
const SKIP = -1;

const WRITER_CLOSED = 1;
const READER_CLOSED = 2;

const MIN_CAPACITY = 64;
const MAX_CAPACITY = 2 ** 30;

/** Memory for a ring of at least `bytes`, rounded up to a power of two. */
export function newRing(bytes: number): SharedArrayBuffer {
  const capacity = 2 ** Math.ceil(Math.log2(Math.max(bytes, MIN_CAPACITY)));
  if (!(capacity <= MAX_CAPACITY)) throw new RangeError(`a ring of ${bytes} bytes is above ${MAX_CAPACITY}`);
  return new SharedArrayBuffer(CONTROL_BYTES + capacity);
}

/** What both ends know. */
class RingEnd {
  /** The largest message. */
  readonly maxMessageBytes: number;
  protected readonly words: Int32Array;
  protected readonly bytes: Buffer;
  protected readonly lengths: Int32Array;
  protected readonly capacity: number;
  protected readonly readable: SharedSignal;
  protected readonly writable: SharedSignal;

  constructor(memory: SharedArrayBuffer) {
    this.words = new Int32Array(memory, 0, CONTROL_BYTES / 4);
    this.bytes = Buffer.from(memory, CONTROL_BYTES);
    this.lengths = new Int32Array(memory, CONTROL_BYTES);
    this.capacity = this.bytes.length;
    this.maxMessageBytes = this.capacity / 2 - PREFIX_BYTES;
    this.readable = new SharedSignal(this.words, READABLE);
    this.writable = new SharedSignal(this.words, WRITABLE);
  }

  /** Messages that were published and not given back. The other side may change it at any time, like `sizeInBytes`. */
  get length(): number {
    return this.#between(READ_COUNT, WRITTEN_COUNT);
  }

  /** What they take, with their prefixes and what was left out at the ring's end. */
  get sizeInBytes(): number {
    return this.#between(READ, WRITTEN);
  }

  /** The reader's number first: the writer's, which is looked at later, is never below it. */
  #between(read: number, written: number): number {
    const before = Atomics.load(this.words, read);
    return (Atomics.load(this.words, written) - before) >>> 0;
  }

  protected closeAs(side: number): void {
    Atomics.or(this.words, CLOSED, side);
    this.readable.raise();
    this.writable.raise();
  }

  protected isClosedAs(side: number): boolean {
    return (Atomics.load(this.words, CLOSED) & side) !== 0;
  }
}

export class RingWriter extends RingEnd {
  /** Where the next message goes; what lies between here and the published position is committed. */
  #at = Atomics.load(this.words, WRITTEN);
  #count = Atomics.load(this.words, WRITTEN_COUNT);
  /** The reader's position when it was last looked at. */
  #seenRead = Atomics.load(this.words, READ);
  #reserved: number | undefined;

  /** Whether the reader takes nothing more. */
  get isClosed(): boolean {
    return this.isClosedAs(READER_CLOSED | WRITER_CLOSED);
  }

  /**
   * Room for the next message, to be filled and then committed; `undefined` when there is none, or the ring is closed.
   * A second call without a commit gives the same room anew.
   */
  reserve(bytes: number): Buffer | undefined {
    if (bytes > this.maxMessageBytes) {
      throw new RangeError(`a message of ${bytes} bytes is above the ring's ${this.maxMessageBytes}`);
    }
    if (this.isClosed || !this.#hasRoom(bytes)) return undefined;
    const start = this.#startFor(bytes);
    this.#reserved = bytes;
    return this.bytes.subarray(start + PREFIX_BYTES, start + PREFIX_BYTES + bytes);
  }

  /** Ends the reserved message, after its first `bytes`. It is not seen before it is published. */
  commit(bytes = this.#reserved ?? -1): void {
    if (this.#reserved === undefined || bytes < 0 || bytes > this.#reserved) {
      throw new RangeError(`a message of ${bytes} bytes was committed, ${this.#reserved} were reserved`);
    }
    const start = this.#startFor(this.#reserved);
    const before = this.#at & (this.capacity - 1);
    if (start !== before) {
      this.lengths[before / 4] = SKIP;
      this.#at = (this.#at + this.capacity - before) | 0;
    }
    this.lengths[start / 4] = bytes;
    this.#at = (this.#at + sizeOf(bytes)) | 0;
    this.#count = (this.#count + 1) | 0;
    this.#reserved = undefined;
  }

  /** Lets the reader see all that was committed. */
  publish(): void {
    Atomics.store(this.words, WRITTEN_COUNT, this.#count);
    Atomics.store(this.words, WRITTEN, this.#at);
    this.readable.raise();
  }

  /** Copies messages in as long as they fit, publishes them together, and returns how many went in. */
  offer(...messages: readonly Uint8Array[]): number {
    let count = 0;
    for (const message of messages) {
      const room = this.reserve(message.length);
      if (room === undefined) break;
      room.set(message);
      this.commit();
      count++;
    }
    if (count > 0) this.publish();
    return count;
  }

  /** Resolves when `reserve(bytes)` would succeed: with `true`, or with `false` because the ring is closed. */
  async roomFor(bytes: number): Promise<boolean> {
    await this.writable.wait(() => this.isClosed || this.#hasRoom(bytes));
    return !this.isClosed;
  }

  /** The same, but blocks the thread. */
  roomForSync(bytes: number): boolean {
    this.writable.waitSync(() => this.isClosed || this.#hasRoom(bytes));
    return !this.isClosed;
  }

  /** Nothing more will be written; what was published may still be read. */
  close(): void {
    this.closeAs(WRITER_CLOSED);
  }

  #hasRoom(bytes: number): boolean {
    const wanted = this.#skipped(bytes) + sizeOf(bytes);
    if (this.capacity - ((this.#at - this.#seenRead) >>> 0) >= wanted) return true;
    this.#seenRead = Atomics.load(this.words, READ);
    return this.capacity - ((this.#at - this.#seenRead) >>> 0) >= wanted;
  }

  /** What is left out at the ring's end, so that the message lies in one piece. */
  #skipped(bytes: number): number {
    const rest = this.capacity - (this.#at & (this.capacity - 1));
    return rest < sizeOf(bytes) ? rest : 0;
  }

  #startFor(bytes: number): number {
    return (this.#at + this.#skipped(bytes)) & (this.capacity - 1);
  }
}

export class RingReader extends RingEnd {
  /** Behind the last message that was looked at; what lies before it is given back by `release`. */
  #at = Atomics.load(this.words, READ);
  #count = Atomics.load(this.words, READ_COUNT);
  #seenWritten = this.#at;

  /** Whether nothing more will come. */
  get isEnded(): boolean {
    if (this.isClosedAs(READER_CLOSED)) return true;
    return this.isClosedAs(WRITER_CLOSED) && !this.#hasNext();
  }

  /** The next message, in place until it is released; `undefined` when there is none now. */
  next(): Buffer | undefined {
    if (this.isClosedAs(READER_CLOSED) || !this.#hasNext()) return undefined;
    let start = this.#at & (this.capacity - 1);
    let length = this.lengths[start / 4]!;
    if (length === SKIP) {
      this.#at = (this.#at + this.capacity - start) | 0;
      start = 0;
      length = this.lengths[0]!;
    }
    this.#at = (this.#at + sizeOf(length)) | 0;
    this.#count = (this.#count + 1) | 0;
    return this.bytes.subarray(start + PREFIX_BYTES, start + PREFIX_BYTES + length);
  }

  /** All messages that are there now, in place until they are released. */
  drain(): Buffer[] {
    const messages: Buffer[] = [];
    for (let message = this.next(); message !== undefined; message = this.next()) messages.push(message);
    return messages;
  }

  /** Gives the room of all messages that were taken back to the writer. */
  release(): void {
    Atomics.store(this.words, READ_COUNT, this.#count);
    Atomics.store(this.words, READ, this.#at);
    this.writable.raise();
  }

  /** Resolves when there is a message: with `true`, or with `false` because none will come any more. */
  async some(): Promise<boolean> {
    await this.readable.wait(() => this.#hasNext() || this.isEnded);
    return !this.isEnded;
  }

  /** The same, but blocks the thread. */
  someSync(): boolean {
    this.readable.waitSync(() => this.#hasNext() || this.isEnded);
    return !this.isEnded;
  }

  /** Takes nothing more: who waits for room is told. */
  close(): void {
    this.closeAs(READER_CLOSED);
  }

  #hasNext(): boolean {
    if (this.#at !== this.#seenWritten) return true;
    this.#seenWritten = Atomics.load(this.words, WRITTEN);
    return this.#at !== this.#seenWritten;
  }
}

/** With its prefix and up to the next message. */
function sizeOf(bytes: number): number {
  return (PREFIX_BYTES + bytes + 7) & ~7;
}
