/**
 * A consumer's connection: one Fetch in flight over its partitions, the next as soon as the answer is whole. The request
 * is built once and its offsets are written over; of an answer only the headers of batches are read.
 */
import { connect } from 'node:net';
import { crc32c } from '@node-rs/crc32';
import { codec, messageNamed, Writer } from '../../dist/protocol/index.js';

const FETCH_VERSION = 17;
const FLEXIBLE_HEADER = 2;
/** A consumer's defaults: `max.partition.fetch.bytes`, `fetch.max.bytes`, `fetch.max.wait.ms`. */
const PARTITION_BYTES = 1024 * 1024;
const ANSWER_BYTES = 50 * 1024 * 1024;
const WAIT_MS = 500;
/** Beyond PARTITION_BYTES a partition: a first batch that is larger, and what is around the records. */
const SLACK_BYTES = 2 * 1024 * 1024;
/** Offsets in the request are found by this value, which no other field has. */
const OFFSET_MARK = 0x1acdef12340000;
/** In an answer before its topics: size, correlation id, no tags, throttle time, error code, session id. */
const ERROR_CODE = 4 + 4 + 1 + 4;
const TOPICS = ERROR_CODE + 2 + 4;
/** In a batch. */
const LENGTH = 8;
const CRC = 17;
const LAST_OFFSET_DELTA = 23;
const CRC_FROM = 21;
const BATCH_HEADER_BYTES = 61;

export class FetchConnection {
  messages = 0;
  bytes = 0;
  requests = 0;
  #socket;
  #frame;
  /** By partition: its next offset, and where that stands in the request. */
  #partitions = new Map();
  #read;
  #readBytes = 0;
  #at = 0;
  #onBatch;
  #onAnswer;
  #stopping = false;
  #resolveStopped;

  /**
   * @param partitions read from their offset 0
   * @param onBatch called with partition, base offset, next offset, and where the batch lies until it returns: buffer,
   * start, end
   * @param onAnswer called after each answer
   */
  constructor({ topicId, partitions, maxWaitMs = WAIT_MS, onBatch = () => {}, onAnswer = () => {} }) {
    this.#onBatch = onBatch;
    this.#onAnswer = onAnswer;
    this.#read = Buffer.allocUnsafeSlow(partitions.length * PARTITION_BYTES + SLACK_BYTES);
    this.#frame = fetchFrame(topicId, partitions, maxWaitMs);
    partitions.forEach((index, place) => {
      const mark = Buffer.alloc(8);
      mark.writeBigInt64BE(BigInt(OFFSET_MARK + place));
      const position = this.#frame.indexOf(mark);
      this.#partitions.set(index, { next: 0, position });
    });
  }

  connect(address) {
    const [host, port] = address.split(':');
    return new Promise((resolve, reject) => {
      const onread = { buffer: () => this.#read.subarray(this.#readBytes), callback: (bytes) => this.#take(bytes) };
      this.#socket = connect({ host, port: Number(port), noDelay: true, onread }, resolve);
      this.#socket.on('error', reject).on('close', () => {
        if (!this.#stopping) throw new Error('the broker closed a connection');
      });
    });
  }

  /** Goes on from `offset` in every partition. */
  seek(offset) {
    for (const partition of this.#partitions.values()) partition.next = offset;
  }

  /** The smallest next offset of its partitions. */
  get position() {
    return Math.min(...[...this.#partitions.values()].map(({ next }) => next));
  }

  fetch() {
    for (const { next, position } of this.#partitions.values()) this.#frame.writeBigInt64BE(BigInt(next), position);
    this.#socket.write(this.#frame);
  }

  /** Resolves when the answer in flight has come. */
  async stop() {
    this.#stopping = true;
    await new Promise((resolve) => {
      this.#resolveStopped = resolve;
    });
    await new Promise((resolve) => this.#socket.end(resolve));
  }

  /** Ends it at once. */
  close() {
    this.#stopping = true;
    this.#resolveStopped = () => {};
    this.#socket.destroy();
  }

  reset() {
    this.messages = 0;
    this.bytes = 0;
    this.requests = 0;
  }

  #take(bytes) {
    this.#readBytes += bytes;
    if (this.#readBytes < 4 || this.#readBytes < 4 + this.#read.readInt32BE(0)) return true;
    this.#readBytes = 0;
    this.#answer();
    this.requests++;
    this.#onAnswer();
    if (this.#stopping) this.#resolveStopped();
    else this.fetch();
    return true;
  }

  #answer() {
    const errorCode = this.#read.readInt16BE(ERROR_CODE);
    if (errorCode !== 0) throw new Error(`a Fetch request was answered with error ${errorCode}`);
    this.#at = TOPICS;
    for (let topics = this.#uvarint() - 1; topics > 0; topics--) {
      this.#at += 16;
      for (let partitions = this.#uvarint() - 1; partitions > 0; partitions--) this.#partition();
      this.#tags();
    }
  }

  #partition() {
    const index = this.#read.readInt32BE(this.#at);
    const errorCode = this.#read.readInt16BE(this.#at + 4);
    if (errorCode !== 0) throw new Error(`a Fetch of partition ${index} was answered with error ${errorCode}`);
    this.#at += 4 + 2 + 8 + 8 + 8;
    if (this.#uvarint() > 1) throw new Error('aborted transactions in an answer to read_uncommitted');
    this.#at += 4;
    const size = this.#uvarint() - 1;
    if (size > 0) this.#batches(index, this.#at, this.#at + size);
    this.#at += Math.max(size, 0);
    this.#tags();
  }

  /** Counts whole batches; the last one may be cut. */
  #batches(index, start, end) {
    const read = this.#read;
    const partition = this.#partitions.get(index);
    let at = start;
    while (end - at >= BATCH_HEADER_BYTES) {
      const next = at + 12 + read.readInt32BE(at + LENGTH);
      if (next > end) break;
      const baseOffset = read.readUInt32BE(at) * 2 ** 32 + read.readUInt32BE(at + 4);
      const nextOffset = baseOffset + read.readInt32BE(at + LAST_OFFSET_DELTA) + 1;
      // A broker that reads from a file begins with the batch that has the offset, which may begin before it.
      if (baseOffset > partition.next) throw new Error(`offset ${partition.next} was skipped for ${baseOffset}`);
      this.messages += nextOffset - partition.next;
      this.bytes += next - at;
      partition.next = nextOffset;
      this.#onBatch(index, baseOffset, nextOffset, read, at, next);
      at = next;
    }
  }

  #uvarint() {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.#read[this.#at++];
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value >>> 0;
    }
  }

  #tags() {
    for (let tags = this.#uvarint(); tags > 0; tags--) {
      this.#uvarint();
      this.#at += this.#uvarint();
    }
  }
}

/** Throws unless the batch at `[start, end)` has the checksum `crc`, in its header and over its bytes. */
export function verifyBatch(buffer, start, end, crc) {
  const stored = buffer.readUInt32BE(start + CRC);
  const computed = crc32c(buffer.subarray(start + CRC_FROM, end));
  if (stored !== crc || computed !== crc)
    throw new Error(`a batch came back changed: CRC ${computed}, ${crc} was sent`);
}

/** The checksum in a batch's header. */
export function checksumOf(batch) {
  return batch.readUInt32BE(CRC);
}

function fetchFrame(topicId, partitions, maxWaitMs) {
  const writer = new Writer(1024);
  codec(messageNamed('RequestHeader'), FLEXIBLE_HEADER).encode(
    { requestApiKey: 1, requestApiVersion: FETCH_VERSION, correlationId: 0, clientId: 'bench' },
    writer,
  );
  const wanted = partitions.map((partition, place) => ({
    partition,
    fetchOffset: OFFSET_MARK + place,
    partitionMaxBytes: PARTITION_BYTES,
  }));
  codec(messageNamed('FetchRequest'), FETCH_VERSION).encode(
    {
      maxWaitMs,
      minBytes: 1,
      maxBytes: ANSWER_BYTES,
      isolationLevel: 0,
      sessionId: 0,
      sessionEpoch: -1,
      topics: [{ topicId, partitions: wanted }],
      forgottenTopicsData: [],
      rackId: '',
    },
    writer,
  );
  const size = Buffer.alloc(4);
  size.writeInt32BE(writer.size);
  return Buffer.concat([size, ...writer.buffers()]);
}
