/**
 * One direction of talk between two threads over a ring: values, as structured clones, and bytes, in place, in the order
 * in which they were sent. What has to wait is a generator of what it waits for: a job yields that on, and the event loop
 * has `settled` wait for it.
 */
import { deserialize, serialize } from 'node:v8';
import type { Wait } from '../platform/executor.ts';
import { RingReader, RingWriter } from './shared-ring.ts';

/** The other side will neither read nor write any more. */
export class ChannelClosed extends Error {
  override readonly name = 'ChannelClosed';
  readonly code = 'CHANNEL_CLOSED';
}

/** The first byte of a message. */
const BYTES = 0;
const VALUE = 1;
/** A value that goes on in the next message. */
const VALUE_PART = 2;

export type ChannelMessage<Value> = { readonly bytes: Buffer } | { readonly value: Value };

export class ChannelWriter<Value> {
  /** The most bytes in one message. */
  readonly maxBytes: number;
  readonly #ring: RingWriter;

  constructor(memory: SharedArrayBuffer) {
    this.#ring = new RingWriter(memory);
    this.maxBytes = this.#ring.maxMessageBytes - 1;
  }

  /** Room for bytes, to be filled and then committed. Throws `ChannelClosed`. */
  *room(bytes: number): Generator<Wait, Buffer> {
    return (yield* this.#room(bytes, BYTES)).subarray(1);
  }

  /** Sends the first `bytes` of the room. */
  commit(bytes: number): void {
    this.#ring.commit(bytes + 1);
    this.#ring.publish();
  }

  /** Sends a value of any size, structured clones' kinds allowed. Throws `ChannelClosed`. */
  *value(value: Value): Generator<Wait, void> {
    const data = serialize(value);
    let at = 0;
    do {
      const size = Math.min(data.length - at, this.maxBytes);
      const isLast = at + size === data.length;
      const room = yield* this.#room(size, isLast ? VALUE : VALUE_PART);
      data.copy(room, 1, at, at + size);
      this.commit(size);
      at += size;
    } while (at < data.length);
  }

  /** Sends these one behind the other, as few messages as hold them. Throws `ChannelClosed`. */
  *bytes(parts: readonly Buffer[]): Generator<Wait, void> {
    let left = 0;
    for (const { length } of parts) left += length;
    let part = 0;
    let from = 0;
    while (left > 0) {
      const room = yield* this.room(Math.min(left, this.maxBytes));
      for (let at = 0; at < room.length; ) {
        const copied = parts[part]!.copy(room, at, from);
        at += copied;
        from += copied;
        if (from < parts[part]!.length) continue;
        part++;
        from = 0;
      }
      this.commit(room.length);
      left -= room.length;
    }
  }

  /** Nothing more will be sent. */
  close(): void {
    this.#ring.close();
  }

  *#room(bytes: number, kind: number): Generator<Wait, Buffer> {
    for (;;) {
      if (this.#ring.isClosed) throw new ChannelClosed('nobody reads what is sent');
      const room = this.#ring.reserve(bytes + 1);
      if (room !== undefined) {
        room[0] = kind;
        return room;
      }
      yield { promise: () => this.#ring.roomFor(bytes + 1), block: () => this.#ring.roomForSync(bytes + 1) };
    }
  }
}

export class ChannelReader<Value> {
  readonly #ring: RingReader;
  readonly #some: Wait;

  constructor(memory: SharedArrayBuffer) {
    this.#ring = new RingReader(memory);
    this.#some = { promise: () => this.#ring.some(), block: () => this.#ring.someSync() };
  }

  /** The next message; its bytes are in place until they are released. Throws `ChannelClosed` when none will come. */
  *take(): Generator<Wait, ChannelMessage<Value>> {
    const parts: Buffer[] = [];
    for (;;) {
      const message = this.#ring.next();
      if (message === undefined) {
        if (this.#ring.isEnded) throw new ChannelClosed('nobody sends any more');
        yield this.#some;
        continue;
      }
      const kind = message[0];
      const content = message.subarray(1);
      if (kind === BYTES) return { bytes: content };
      if (kind === VALUE && parts.length === 0) {
        const value: Value = deserialize(content);
        this.#ring.release();
        return { value };
      }
      parts.push(Buffer.from(content));
      this.#ring.release();
      if (kind === VALUE) return { value: deserialize(Buffer.concat(parts)) };
    }
  }

  /** Gives back the room of the bytes that were taken. */
  release(): void {
    this.#ring.release();
  }

  /** Takes nothing more. */
  close(): void {
    this.#ring.close();
  }
}

/** Waits, on the event loop, for all that `steps` wait for. */
export async function settled<T>(steps: Generator<Wait | undefined, T>): Promise<T> {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
    await step.value?.promise();
  }
}
