/**
 * What two threads send each other over a ring in the tests: messages that a seed decides, each with its number and a
 * checksum, in batches of a size that the same seed decides. As a worker, one of the two blocking ends.
 */
import { isMainThread, workerData } from 'node:worker_threads';
import { RingReader, RingWriter } from '../../src/collections/shared-ring.ts';
import { type Random, seededRandom } from '../../src/platform/random.ts';

export interface Traffic {
  readonly memory: SharedArrayBuffer;
  readonly seed: number;
  readonly count: number;
}

interface Role extends Traffic {
  readonly role: 'writer' | 'reader';
}

/** Number, checksum, and what the seed makes of both. */
const HEAD_BYTES = 8;

class Messages {
  readonly #random: Random;
  readonly #maxBytes: number;
  #number = 0;

  constructor(seed: number, maxBytes: number) {
    this.#random = seededRandom(seed);
    this.#maxBytes = maxBytes;
  }

  next(): Buffer {
    const room = this.#maxBytes - HEAD_BYTES + 1;
    // Mostly small ones, so that several fit, and now and then the largest.
    const length = this.#below(8) === 0 ? this.#below(room) : this.#below(Math.min(room, 24));
    const message = Buffer.alloc(HEAD_BYTES + length);
    for (let at = HEAD_BYTES; at < message.length; at++) message[at] = this.#below(256);
    message.writeUInt32LE(this.#number++);
    message.writeUInt32LE(checksum(message), 4);
    return message;
  }

  #below(bound: number): number {
    return Math.floor(this.#random.float() * bound);
  }
}

/** FNV-1a of all but the checksum itself. */
function checksum(message: Buffer): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < message.length; at++) {
    if (at < 4 || at >= HEAD_BYTES) hash = Math.imul(hash ^ message[at]!, 0x01000193);
  }
  return hash >>> 0;
}

/** Writes one batch of messages after the other. Yields the size that there is no room for. */
export function* writing(writer: RingWriter, { seed, count }: Traffic): Generator<number, void, boolean> {
  const messages = new Messages(seed, writer.maxMessageBytes);
  const random = seededRandom(seed + 1);
  let left = 1;
  for (let sent = 0; sent < count; sent++) {
    const message = messages.next();
    let room = writer.reserve(message.length);
    while (room === undefined) {
      writer.publish();
      if (!(yield message.length)) throw new Error('the reader went away');
      room = writer.reserve(message.length);
    }
    room.set(message);
    writer.commit();
    if (--left > 0) continue;
    writer.publish();
    left = 1 + Math.floor(random.float() * 5);
  }
  writer.publish();
  writer.close();
}

/** Reads and checks all of it. Yields when there is no message. Returns how many came. */
export function* reading(reader: RingReader, { seed }: Traffic): Generator<void, number, boolean> {
  const messages = new Messages(seed, reader.maxMessageBytes);
  const random = seededRandom(seed + 2);
  let seen = 0;
  for (;;) {
    for (const message of random.float() < 0.5 ? reader.drain() : [reader.next()]) {
      if (message === undefined) continue;
      const expected = messages.next();
      if (message.readUInt32LE() !== seen) throw new Error(`message ${message.readUInt32LE()} came for ${seen}`);
      if (checksum(message) !== message.readUInt32LE(4)) throw new Error(`message ${seen} is torn`);
      if (!expected.equals(message)) throw new Error(`message ${seen} is not what was sent`);
      seen++;
    }
    reader.release();
    if (reader.length === 0 && !(yield)) return seen;
  }
}

if (!isMainThread) {
  const traffic: Role = workerData;
  if (traffic.role === 'writer') {
    const writer = new RingWriter(traffic.memory);
    const steps = writing(writer, traffic);
    for (let step = steps.next(); step.done !== true; ) step = steps.next(writer.roomForSync(step.value));
  } else {
    const reader = new RingReader(traffic.memory);
    const steps = reading(reader, traffic);
    let step = steps.next();
    while (step.done !== true) step = steps.next(reader.someSync());
    if (step.value !== traffic.count) throw new Error(`${step.value} messages of ${traffic.count} came`);
  }
}
