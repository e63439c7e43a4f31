/**
 * The binary sub-protocol, `samsa.binary.v1`: a type, then numbers big-endian, then bytes behind their length as int32, −1
 * for null. docs/http.md has the frames.
 */
import { KafkaError } from '../../../protocol/errors.ts';
import type { RecordHeader } from '../../../protocol/records/record.ts';
import type { Message } from '../../local-client/messages.ts';
import type { ProduceOutcome } from '../../local-client/produce.ts';
import type { Problem } from '../problem.ts';
import type { ConsumerFrame, Wire } from './wire.ts';

const Type = {
  RECORD: 0x01,
  WRITTEN: 0x02,
  PERMIT: 0x10,
  ACK: 0x11,
  NACK: 0x12,
  MESSAGE: 0x20,
  POSITION: 0x21,
  ASSIGNED: 0x22,
  REVOKED: 0x23,
  PROBLEM: 0x7f,
} as const;

export const binaryWire: Wire = {
  readRecord(data, isBinary) {
    let id: number | undefined;
    try {
      const reader = new FrameReader(data, isBinary, [Type.RECORD]);
      id = reader.uint32();
      const message = reader.record();
      reader.end();
      return { id, message };
    } catch (failure) {
      if (!(failure instanceof KafkaError)) throw failure;
      return { id, message: failure };
    }
  },

  readConsumer(data, isBinary) {
    const reader = new FrameReader(data, isBinary, [Type.PERMIT, Type.ACK, Type.NACK]);
    const frame: ConsumerFrame =
      reader.type === Type.PERMIT
        ? { type: 'permit', count: reader.uint32() }
        : { type: reader.type === Type.ACK ? 'ack' : 'nack', partition: reader.int32(), offset: reader.int64() };
    reader.end();
    return frame;
  },

  written(id, { partition, offset, timestamp, error }) {
    const detail = Buffer.from(error?.message ?? '');
    const frame = Buffer.alloc(27 + detail.length);
    frame[0] = Type.WRITTEN;
    frame.writeUInt32BE(Number(id ?? 0), 1);
    frame.writeInt16BE(error?.errorCode ?? 0, 5);
    frame.writeInt32BE(partition, 7);
    frame.writeBigInt64BE(BigInt(offset), 11);
    frame.writeBigInt64BE(BigInt(error === null ? timestamp : -1), 19);
    detail.copy(frame, 27);
    return frame;
  },

  refused(id, problem) {
    return this.written(id, { ...NOT_WRITTEN, error: errorOfProblem(problem) });
  },

  message({ message, redelivery }) {
    const { partition, offset, timestamp, key, value, headers } = message;
    const head = Buffer.alloc(23);
    head[0] = Type.MESSAGE;
    head.writeInt32BE(partition, 1);
    head.writeBigInt64BE(BigInt(offset), 5);
    head.writeBigInt64BE(BigInt(timestamp), 13);
    head.writeUInt16BE(Math.min(redelivery, 0xffff), 21);
    const parts = [head, ...sized(key), ...sized(value)];
    const count = Buffer.alloc(4);
    count.writeInt32BE(headers.length);
    parts.push(count);
    for (const header of headers) parts.push(...sized(Buffer.from(header.key)), ...sized(header.value));
    return Buffer.concat(parts);
  },

  position: (offsets) => offsetsFrame(Type.POSITION, offsets),
  assigned: (offsets) => offsetsFrame(Type.ASSIGNED, offsets),
  revoked: (offsets) => offsetsFrame(Type.REVOKED, offsets),

  problem({ status, errorCode, detail }) {
    const text = Buffer.from(detail);
    const frame = Buffer.alloc(5 + text.length);
    frame[0] = Type.PROBLEM;
    frame.writeUInt16BE(status, 1);
    frame.writeInt16BE(errorCode, 3);
    text.copy(frame, 5);
    return frame;
  },
};

const NOT_WRITTEN: ProduceOutcome = { partition: -1, offset: -1, timestamp: -1, error: null };

function errorOfProblem({ error, detail }: Problem): KafkaError {
  return new KafkaError(error, detail);
}

function offsetsFrame(type: number, offsets: ReadonlyMap<number, number>): Buffer {
  const frame = Buffer.alloc(5 + 12 * offsets.size);
  frame[0] = type;
  frame.writeInt32BE(offsets.size, 1);
  let at = 5;
  for (const [partition, offset] of offsets) {
    at = frame.writeInt32BE(partition, at);
    at = frame.writeBigInt64BE(BigInt(offset), at);
  }
  return frame;
}

function sized(bytes: Buffer | null): Buffer[] {
  const length = Buffer.alloc(4);
  length.writeInt32BE(bytes?.length ?? -1);
  return bytes === null ? [length] : [length, bytes];
}

/** Throws INVALID_REQUEST for a frame that is of none of the types, too short or too long. */
class FrameReader {
  readonly type: number;
  readonly #data: Buffer;
  #at = 1;

  constructor(data: Buffer, isBinary: boolean, types: readonly number[]) {
    if (!isBinary) throw new KafkaError('INVALID_REQUEST', 'a frame of samsa.binary.v1 is binary, not text');
    this.#data = data;
    this.type = data[0] ?? -1;
    if (!types.includes(this.type)) {
      const known = types.map((type) => `0x${type.toString(16)}`).join(', ');
      throw new KafkaError('INVALID_REQUEST', `a frame begins with ${this.type}; ${known} are understood here`);
    }
  }

  uint32(): number {
    return this.#data.readUInt32BE(this.#take(4));
  }

  int32(): number {
    return this.#data.readInt32BE(this.#take(4));
  }

  int64(): number {
    const value = Number(this.#data.readBigInt64BE(this.#take(8)));
    if (!Number.isSafeInteger(value)) throw new KafkaError('INVALID_REQUEST', `${value} is beyond ±(2^53 − 1)`);
    return value;
  }

  record(): Message {
    const [partition, timestamp, key, value] = [this.int32(), this.int64(), this.bytes(), this.bytes()];
    const headers: RecordHeader[] = [];
    for (let left = this.int32(); left > 0; left--) {
      const name = this.bytes();
      if (name === null) throw new KafkaError('INVALID_REQUEST', 'a header has no key');
      headers.push({ key: name.toString(), value: this.bytes() });
    }
    return {
      key,
      value,
      headers,
      partition: partition < 0 ? undefined : partition,
      timestamp: timestamp < 0 ? undefined : timestamp,
    };
  }

  bytes(): Buffer | null {
    const length = this.int32();
    if (length < 0) return null;
    const start = this.#take(length);
    return this.#data.subarray(start, start + length);
  }

  end(): void {
    const left = this.#data.length - this.#at;
    if (left > 0) throw new KafkaError('INVALID_REQUEST', `a frame has ${left} bytes too many`);
  }

  #take(bytes: number): number {
    const start = this.#at;
    this.#at += bytes;
    if (this.#at > this.#data.length) {
      throw new KafkaError('INVALID_REQUEST', `a frame ends at ${this.#data.length}, ${this.#at} bytes are announced`);
    }
    return start;
  }
}
