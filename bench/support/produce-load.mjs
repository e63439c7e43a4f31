/**
 * The raw loader's process: connections that replay pre-built Produce requests of one batch each, so many in flight.
 * Frames of a connection lie one behind the other in one buffer, so that all that fall due at once leave in one write;
 * an answer is read into a fixed buffer and looked at for its correlation id and error code, no more.
 */
import { connect } from 'node:net';
import { batchOf, produceFrames } from './frames.mjs';
import { Histogram } from './histogram.mjs';
import { serveLoad } from './load-process.mjs';

/** Where a Produce 13 answer of one partition has its error: size, correlation id, no tags, 1 topic and its id, 1 partition and its index. */
const CORRELATION_ID = 4;
const ERROR_CODE = 4 + 4 + 1 + 1 + 16 + 1 + 4;
const READ_BYTES = 256 * 1024;
/** A ring is so long at least that a wrap-around, which costs a second write, is rare. */
const RING_BYTES = 1024 * 1024;
/** With acks=0 nothing comes back: so many bytes may wait for the socket. */
const UNACKNOWLEDGED_BYTES = 1024 * 1024;

class ProduceConnection {
  requests = 0;
  #socket;
  #ring;
  #frameBytes;
  #ringFrames;
  /** Frames sent and answered since the start; their remainders are places in the ring. */
  #sent = 0;
  #answered = 0;
  #inFlight;
  /** When the requests in flight were sent, by their number modulo its length. */
  #sentAt;
  #latencies;
  #read = Buffer.allocUnsafeSlow(READ_BYTES);
  #readBytes = 0;
  #stopping = false;
  #resolveDrained;
  #pacer;
  #dueAt = [];

  constructor(frames, inFlight, latencies) {
    this.#frameBytes = frames[0].length;
    this.#ring = Buffer.concat(frames);
    this.#ringFrames = frames.length;
    this.#inFlight = inFlight;
    this.#sentAt = new Float64Array(inFlight);
    this.#latencies = latencies;
  }

  connect(host, port) {
    return new Promise((resolve, reject) => {
      const onread = { buffer: () => this.#read.subarray(this.#readBytes), callback: (bytes) => this.#take(bytes) };
      this.#socket = connect({ host, port, noDelay: true, onread }, resolve);
      this.#socket.on('error', reject).on('close', () => {
        if (!this.#stopping) throw new Error('the broker closed a connection');
      });
    });
  }

  /** As fast as the broker answers. */
  start() {
    this.#send(this.#inFlight);
  }

  /** At `rate` requests a second, each millisecond those that fell due; one that has to wait is late from then on. */
  startPaced(rate) {
    const startedAt = performance.now();
    let due = 0;
    this.#pacer = setInterval(() => {
      const now = performance.now();
      const wanted = Math.floor(((now - startedAt) * rate) / 1000);
      for (; due < wanted; due++) this.#dueAt.push(now);
      this.#sendDue();
    }, 1);
  }

  /** Sends without answers to wait for: what the socket takes. */
  startUnacknowledged() {
    if (this.#stopping) return;
    while (this.#socket.writableLength < UNACKNOWLEDGED_BYTES) {
      const frames = Math.min(this.#inFlight, this.#ringFrames - (this.#sent % this.#ringFrames));
      this.#write(frames);
      this.requests += frames;
      this.#answered += frames;
    }
    this.#socket.once('drain', () => this.startUnacknowledged());
  }

  /** Sends no more; resolves with all that were answered (with acks=0: sent) since the start. */
  async stop() {
    this.#stopping = true;
    clearInterval(this.#pacer);
    if (this.#answered < this.#sent) {
      await new Promise((resolve) => {
        this.#resolveDrained = resolve;
      });
    }
    await new Promise((resolve) => this.#socket.end(resolve));
    return this.#answered;
  }

  #sendDue() {
    const frames = Math.min(this.#dueAt.length, this.#inFlight - (this.#sent - this.#answered));
    if (frames > 0) this.#send(frames);
  }

  #send(frames) {
    const now = performance.now();
    const first = this.#sent;
    for (let i = 0; i < frames; i++) {
      this.#sentAt[(first + i) % this.#inFlight] = this.#pacer === undefined ? now : this.#dueAt.shift();
    }
    let left = frames;
    while (left > 0) {
      const some = Math.min(left, this.#ringFrames - (this.#sent % this.#ringFrames));
      this.#write(some);
      left -= some;
    }
  }

  #write(frames) {
    const start = (this.#sent % this.#ringFrames) * this.#frameBytes;
    this.#socket.write(this.#ring.subarray(start, start + frames * this.#frameBytes));
    this.#sent += frames;
  }

  #take(bytes) {
    const end = this.#readBytes + bytes;
    const read = this.#read;
    const now = performance.now();
    let at = 0;
    let answers = 0;
    while (end - at >= 4) {
      const next = at + 4 + read.readInt32BE(at);
      if (next > end) break;
      this.#check(at);
      this.#latencies.record(now - this.#sentAt[this.#answered % this.#inFlight]);
      this.#answered++;
      answers++;
      at = next;
    }
    if (at > 0) read.copyWithin(0, at, end);
    this.#readBytes = end - at;
    this.requests += answers;
    if (this.#stopping) {
      if (this.#answered === this.#sent) this.#resolveDrained?.();
    } else if (this.#pacer !== undefined) this.#sendDue();
    else if (answers > 0) this.#send(answers);
    return true;
  }

  #check(at) {
    const correlationId = this.#read.readInt32BE(at + CORRELATION_ID);
    const errorCode = this.#read.readInt16BE(at + ERROR_CODE);
    if (correlationId !== this.#answered % this.#ringFrames) {
      throw new Error(`an answer has correlation id ${correlationId}, not ${this.#answered % this.#ringFrames}`);
    }
    if (errorCode !== 0) throw new Error(`a Produce request was answered with error ${errorCode}`);
  }
}

serveLoad(async (options) => {
  const { address, topicId, partitions, inFlight, acks = -1, rate } = options;
  const [host, port] = address.split(':');
  const { batch, records } = batchOf(options);
  const latencies = new Histogram();
  const connections = [];
  // A connection has partitions of its own, as a producer's sender thread would send to them in turn.
  const count = options.connections ?? 1;
  for (let i = 0; i < count; i++) {
    const own = partitions.filter((_, place) => partitions.length < count || place % count === i);
    const least = Math.max(inFlight, Math.ceil(RING_BYTES / batch.length));
    const ring = Array.from(
      { length: Math.ceil(least / own.length) * own.length },
      (_, place) => own[place % own.length],
    );
    const frames = produceFrames({ topicId, partitions: ring, batch, acks });
    const connection = new ProduceConnection(frames, inFlight, latencies);
    await connection.connect(host, Number(port));
    connections.push(connection);
  }
  return {
    go() {
      for (const connection of connections) {
        if (acks === 0) connection.startUnacknowledged();
        else if (rate !== undefined) connection.startPaced(rate / count);
        else connection.start();
      }
    },
    reset() {
      latencies.reset();
      for (const connection of connections) connection.requests = 0;
    },
    report() {
      const requests = connections.reduce((sum, connection) => sum + connection.requests, 0);
      return { requests, messages: requests * records, bytes: requests * batch.length, latencies: latencies.toJSON() };
    },
    async stop() {
      const answered = await Promise.all(connections.map((connection) => connection.stop()));
      return { messages: answered.reduce((sum, each) => sum + each, 0) * records };
    },
  };
});
