/**
 * A connection that replays pre-built Produce requests of one batch each, so many in flight. Frames lie one behind the
 * other in one buffer, so that all that fall due at once leave in one write; an answer is read into a fixed buffer and
 * looked at for its correlation id and error code, no more.
 */
import { connect } from 'node:net';
import { produceFrames } from './frames.mjs';

/** Where a Produce 13 answer of one partition has its error: size, correlation id, no tags, 1 topic and its id, 1 partition and its index. */
const CORRELATION_ID = 4;
const ERROR_CODE = 4 + 4 + 1 + 1 + 16 + 1 + 4;
const READ_BYTES = 256 * 1024;
/** A ring is so long at least that a wrap-around, which costs a second write, is rare. */
const RING_BYTES = 1024 * 1024;
/** With acks=0 nothing comes back: so many bytes may wait for the socket. */
const UNACKNOWLEDGED_BYTES = 1024 * 1024;
/** So many requests' times are remembered, for readers that come behind. */
const TIMES = 65_536;

export class ProduceConnection {
  requests = 0;
  #socket;
  #ring;
  #frameBytes;
  #ringFrames;
  /** Frames sent and answered since the start; their remainders are places in the ring. */
  #sent = 0;
  #answered = 0;
  #inFlight;
  /** When the last requests were sent, by their number modulo its length. */
  #sentAt = new Float64Array(TIMES);
  #latencies;
  #maySend;
  #read = Buffer.allocUnsafeSlow(READ_BYTES);
  #readBytes = 0;
  #stopping = false;
  #resolveDrained;
  #pacer;
  #dueAt = [];

  /**
   * @param partitions that are written to in turn
   * @param latencies a Histogram, from send to answer
   * @param maySend asked before more is sent; after a no, `resume` asks again
   */
  constructor({ topicId, partitions, batch, acks = -1, inFlight, latencies, maySend = () => true }) {
    const least = Math.max(inFlight, Math.ceil(RING_BYTES / batch.length));
    const length = Math.ceil(least / partitions.length) * partitions.length;
    const ring = Array.from({ length }, (_, place) => partitions[place % partitions.length]);
    const frames = produceFrames({ topicId, partitions: ring, batch, acks });
    this.#frameBytes = frames[0].length;
    this.#ring = Buffer.concat(frames);
    this.#ringFrames = length;
    this.#inFlight = inFlight;
    this.#latencies = latencies;
    this.#maySend = maySend;
  }

  /** When a request was sent, or fell due; they count from 0. */
  sentAt(number) {
    return this.#sentAt[number % TIMES];
  }

  get answered() {
    return this.#answered;
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

  /** As fast as the broker answers. */
  start() {
    this.resume();
  }

  /** Sends what may be sent now. */
  resume() {
    if (this.#stopping) return;
    if (this.#pacer !== undefined) this.#sendDue();
    else if (this.#maySend()) this.#send(this.#inFlight - (this.#sent - this.#answered));
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
    if (frames > 0 && this.#maySend()) this.#send(frames);
  }

  #send(frames) {
    const now = performance.now();
    const first = this.#sent;
    for (let i = 0; i < frames; i++) {
      this.#sentAt[(first + i) % TIMES] = this.#pacer === undefined ? now : this.#dueAt.shift();
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
      this.#latencies.record(now - this.sentAt(this.#answered));
      this.#answered++;
      answers++;
      at = next;
    }
    if (at > 0) read.copyWithin(0, at, end);
    this.#readBytes = end - at;
    this.requests += answers;
    if (this.#stopping) {
      if (this.#answered === this.#sent) this.#resolveDrained?.();
    } else if (answers > 0) this.resume();
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
