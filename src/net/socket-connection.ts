import type { Socket } from 'node:net';
import { DecodeError } from '../../protocol/wire/decode-error.ts';
import { FrameSplitter, SIZE_BYTES } from '../../protocol/wire/frame-splitter.ts';
import type { BufferPool } from '../collections/buffer-pool.ts';
import type { Clock, Timer } from '../platform/clock.ts';
import { Later } from '../platform/later.ts';
import type { Logger } from '../platform/logger.ts';
import { javaAddress } from './address.ts';
import { type AnswerLine, AnswerQueue, Place } from './answer-queue.ts';
import type { Connection, FrameAnswer, FrameHandler, ListenerConfig, SecurityProtocol } from './connection.ts';
import type { Lander } from './landing.ts';
import type { NetLimits } from './limits.ts';
import { type MemoryWaiter, READ_BYTES, type RequestMemory } from './request-memory.ts';

/** What all connections of a server share. */
export interface ConnectionPorts {
  readonly handler: FrameHandler;
  readonly limits: NetLimits;
  readonly memory: RequestMemory;
  readonly buffers: BufferPool;
  /** Where reads land that are not the rest of a large frame; what lands is used up before the next read. */
  readonly landing: Buffer;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Requests of one connection that start in one turn of the event loop, so that a flood leaves room for the others. */
const STARTS_PER_TURN = 128;
/** How long a closing connection may take to send its last answers. */
const CLOSE_MS = 5_000;
/** How long a client may take to hang up once it was sent everything; what it sends meanwhile is thrown away. */
const LINGER_MS = 1_000;
/** A connection that may complete its begun request beyond the memory's limit, and sends nothing for so long, is closed. */
const OVERDRAFT_STALL_MS = 5_000;

/** One client's connection: frames in, answers out in order, and reading only while there is room for what comes. */
export class SocketConnection implements Connection, MemoryWaiter, Lander, AnswerLine {
  readonly id: string;
  readonly listenerName: string;
  readonly securityProtocol: SecurityProtocol;
  readonly isPrivileged: boolean;
  readonly clientHost: string;
  readonly clientPort: number;
  readonly localHost: string;
  readonly localPort: number;

  readonly #socket: Socket;
  readonly #ports: ConnectionPorts;
  readonly #splitter: FrameSplitter;
  readonly #answers = new AnswerQueue();
  readonly #closeCallbacks = new Set<() => void>();
  /** Of the begun frame, when the next read goes there. */
  #room: Buffer | null = null;
  /** At least the socket's own mark, below which it does not tell when it has drained. */
  readonly #writeHighWaterBytes: number;
  #inFlightRequests = 0;
  #inFlightBytes = 0;
  /** What the memory allowed beyond its limit for the begun request. */
  #overdraftBytes = 0;
  #lastActiveMs: number;
  /** The socket is asked for data. */
  #isReading = true;
  #isTurnScheduled = false;
  #isYielding = false;
  #isOverdraftWatched = false;
  /** A request failed: nothing starts after it, and when its turn to be answered comes, the connection closes. */
  #isFailing = false;
  /** The client will send nothing more, or nothing more is wanted: what came is answered, then the socket ends. */
  #isFinishing = false;
  #isClosed = false;
  /** Answers are no longer sent; nothing starts. */
  #isShut = false;
  #closeTimer: Timer | null = null;

  /** @param open starts reading into this connection, and returns the socket */
  constructor(open: (lander: Lander) => Socket, listener: ListenerConfig, index: number, ports: ConnectionPorts) {
    this.#ports = ports;
    this.#splitter = new FrameSplitter(ports.limits.socketRequestMaxBytes, ports.buffers);
    const socket = open(this);
    this.#socket = socket;
    this.#writeHighWaterBytes = Math.max(ports.limits.writeHighWaterBytes, socket.writableHighWaterMark);
    this.#lastActiveMs = ports.clock.monotonic();
    this.listenerName = listener.name;
    this.securityProtocol = listener.securityProtocol;
    this.isPrivileged = listener.isPrivileged === true;
    this.clientHost = javaAddress(socket.remoteAddress ?? '');
    this.clientPort = socket.remotePort ?? 0;
    this.localHost = javaAddress(socket.localAddress ?? '');
    this.localPort = socket.localPort ?? 0;
    this.id = `${this.localHost}:${this.localPort}-${this.clientHost}:${this.clientPort}-0-${index}`;
    socket.on('drain', () => this.#drained());
    socket.on('end', () => this.#ended());
    socket.on('close', () => this.#shut());
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }
  get missingBytes(): number {
    return this.#splitter.missingBytes;
  }
  /** The monotonic time since which nothing has moved; undefined while a request is under way, and when closed. */
  get idleSinceMs(): number | undefined {
    return this.#inFlightRequests > 0 || this.#isShut ? undefined : this.#lastActiveMs;
  }

  onClose(callback: () => void): () => void {
    if (this.#isClosed) queueMicrotask(callback);
    else this.#closeCallbacks.add(callback);
    return () => void this.#closeCallbacks.delete(callback);
  }

  close(reason: string): void {
    if (this.#isShut) return;
    this.#ports.logger.debug({ connection: this.id, reason }, 'connection is closed');
    this.#flush();
    this.#end(CLOSE_MS);
  }

  /** Reads no more, answers what was received whole, then closes. */
  finish(): void {
    if (this.#isShut) return;
    this.#isFinishing = true;
    this.#scheduleTurn();
  }

  /** Closes at once, whatever is under way. */
  destroy(): void {
    this.#socket.destroy();
    this.#shut();
  }

  // Requests

  landing(): Buffer {
    this.#room = this.#isShut ? null : this.#splitter.room(READ_BYTES);
    return this.#room ?? this.#ports.landing;
  }

  landed(bytes: number, buffer: Buffer): void {
    if (this.#isShut) return;
    this.#lastActiveMs = this.#ports.clock.monotonic();
    this.#ports.memory.take(bytes);
    if (buffer === this.#room) this.#splitter.wrote(bytes);
    else this.#splitter.push(buffer.subarray(0, bytes));
    this.#turn();
  }

  /** Starts what may start, sends what may be sent, and decides whether to read on. */
  #turn(): void {
    if (this.#isShut) return;
    const rest = this.#startRequests();
    this.#flush();
    this.#grantTurn();
    if (this.#answers.failure !== null) this.#failed(this.#answers.failure.error);
    if (this.#isShut) return;
    if (rest === 'blocked') {
      this.#read(false);
    } else if (rest === 'yielding') {
      this.#read(false);
      this.#yield();
    } else if (this.#isFinishing) {
      this.#read(false);
      if (this.#answers.isEmpty) this.#end(CLOSE_MS);
    } else if (this.#ports.memory.isFull && !(this.#overdraftBytes > 0 && this.missingBytes > 0)) {
      this.#read(false);
      this.#ports.memory.wait(this);
    } else {
      this.#read(true);
    }
  }

  /** `blocked`: an answer or a drained socket goes on from here; `yielding`: the next turn does; `idle`: all started. */
  #startRequests(): 'blocked' | 'yielding' | 'idle' {
    for (let starts = 0; starts < STARTS_PER_TURN; starts++) {
      if (!this.#mayStart()) return 'blocked';
      let frame: Buffer | null;
      try {
        frame = this.#splitter.next();
      } catch (error) {
        if (!(error instanceof DecodeError)) throw error;
        this.#refuse(error.message);
        return 'blocked';
      }
      if (frame === null) return 'idle';
      this.#start(frame);
      if (this.#isShut) return 'blocked';
    }
    return 'yielding';
  }

  #mayStart(): boolean {
    const { requests, bytes } = this.#ports.limits.maxInFlightPerConnection;
    if (this.#inFlightRequests >= requests || this.#inFlightBytes >= bytes || this.#isFailing) return false;
    if (this.#unsentBytes() <= this.#writeHighWaterBytes) return true;
    this.#flush();
    return this.#unsentBytes() <= this.#writeHighWaterBytes;
  }

  #unsentBytes(): number {
    return this.#answers.bytes + this.#socket.writableLength;
  }

  hasTurn(place: Place): boolean {
    return this.#answers.next === place && this.#unsentBytes() <= this.#writeHighWaterBytes;
  }

  awaited(): void {
    if (!this.#isShut) this.#scheduleTurn();
  }

  /** Lets the request go on that waited until all before it were answered, and those answers taken. */
  #grantTurn(): void {
    const { next } = this.#answers;
    if (next?.isAwaited && this.#socket.writableLength <= this.#writeHighWaterBytes) next.come();
  }

  #start(frame: Buffer): void {
    const frameBytes = SIZE_BYTES + frame.length;
    const overdraftBytes = this.#overdraftBytes;
    this.#overdraftBytes = 0;
    const place = new Place(frameBytes, overdraftBytes, this);
    this.#answers.add(place);
    let answer: ReturnType<FrameHandler>;
    try {
      answer = this.#ports.handler(frame, this, place);
    } catch (error) {
      this.#isFailing = true;
      this.#answers.fail(place, error);
      this.#ports.memory.release(frameBytes, overdraftBytes);
      return;
    }
    if (!(answer instanceof Later || answer instanceof Promise)) {
      this.#answers.settle(place, answer);
      this.#ports.memory.release(frameBytes, overdraftBytes);
      return;
    }
    this.#inFlightRequests++;
    this.#inFlightBytes += frameBytes;
    const settled = (value: FrameAnswer): void => this.#settled(place, value);
    const rejected = (error: unknown): void => this.#rejected(place, error);
    if (answer instanceof Later) answer.listen(settled, rejected);
    else answer.then(settled, rejected);
  }

  #settled(place: Place, answer: FrameAnswer): void {
    this.#release(place);
    if (this.#isShut) return;
    this.#answers.settle(place, answer);
    this.#scheduleTurn();
  }

  #rejected(place: Place, error: unknown): void {
    this.#release(place);
    if (this.#isShut) return;
    this.#isFailing = true;
    this.#answers.fail(place, error);
    this.#scheduleTurn();
  }

  #release(place: Place): void {
    this.#inFlightRequests--;
    this.#inFlightBytes -= place.frameBytes;
    this.#ports.memory.release(place.frameBytes, place.overdraftBytes);
  }

  /** After all answers that are due in this turn of the event loop, so that they leave in one write. */
  #scheduleTurn(): void {
    if (this.#isTurnScheduled) return;
    this.#isTurnScheduled = true;
    process.nextTick(() => {
      this.#isTurnScheduled = false;
      this.#lastActiveMs = this.#ports.clock.monotonic();
      this.#turn();
    });
  }

  /** Goes on after the other connections had their turn. */
  #yield(): void {
    if (this.#isYielding) return;
    this.#isYielding = true;
    setImmediate(() => {
      this.#isYielding = false;
      this.#turn();
    });
  }

  // Reading and writing

  #read(wanted: boolean): void {
    if (wanted === this.#isReading) return;
    this.#isReading = wanted;
    if (wanted) {
      this.#ports.memory.forget(this);
      this.#socket.resume();
    } else {
      this.#socket.pause();
    }
  }

  memoryGranted(overdraftBytes: number): void {
    this.#overdraftBytes += overdraftBytes;
    this.#read(true);
    if (overdraftBytes > 0) this.#watchOverdraft();
  }

  #watchOverdraft(): void {
    if (this.#isOverdraftWatched) return;
    this.#isOverdraftWatched = true;
    const since = this.#lastActiveMs;
    this.#ports.clock.after(OVERDRAFT_STALL_MS, () => {
      this.#isOverdraftWatched = false;
      if (this.#isShut || this.#overdraftBytes === 0) return;
      if (this.#isReading && this.#lastActiveMs === since) {
        this.#refuse('an unfinished request stands still while queued.max.request.bytes are used up');
      } else {
        this.#watchOverdraft();
      }
    });
  }

  #flush(): void {
    if (!this.#answers.hasReady || this.#isShut) return;
    const parts = this.#answers.takeReady();
    const watched = this.#answers.takeWatched();
    const last = parts.length - 1;
    if (last > 0) this.#socket.cork();
    for (let i = 0; i < last; i++) this.#socket.write(parts[i]!);
    // Called with an error, too, when the socket is destroyed.
    if (watched === null) this.#socket.write(parts[last]!);
    else this.#socket.write(parts[last]!, () => watched.forEach((place) => void place.gone()));
    if (last > 0) this.#socket.uncork();
  }

  #drained(): void {
    this.#lastActiveMs = this.#ports.clock.monotonic();
    this.#turn();
  }

  // Closing

  #ended(): void {
    if (this.#isShut) return;
    this.#isFinishing = true;
    this.#markClosed();
    this.#turn();
  }

  /** Closes the connection because of what the client sent. */
  #refuse(reason: string): void {
    this.#ports.logger.warn({ connection: this.id, listener: this.listenerName }, `connection is closed: ${reason}`);
    this.#flush();
    this.#end(CLOSE_MS);
  }

  #failed(error: unknown): void {
    this.#refuse(`a request failed: ${error instanceof Error ? error.message : String(error)}`);
  }

  /** Ends the socket once it has sent what it holds, within `closeMs`, and gives the client a moment to hang up. */
  #end(closeMs: number): void {
    const socket = this.#socket;
    this.#shut();
    this.#destroyAfter(closeMs);
    socket.end(() => this.#destroyAfter(LINGER_MS));
    // Closing with unread data would reset the connection, and the last answers could be lost with it.
    socket.resume();
  }

  #destroyAfter(ms: number): void {
    this.#closeTimer?.cancel();
    this.#closeTimer = null;
    if (this.#socket.destroyed) return;
    this.#closeTimer = this.#ports.clock.after(ms, () => this.#socket.destroy());
  }

  #shut(): void {
    if (this.#socket.destroyed) this.#closeTimer?.cancel();
    if (this.#isShut) return;
    this.#isShut = true;
    const { memory } = this.#ports;
    memory.forget(this);
    memory.release(this.#splitter.bufferedBytes, this.#overdraftBytes);
    this.#overdraftBytes = 0;
    this.#markClosed();
    this.#answers.abandon();
  }

  #markClosed(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    for (const callback of this.#closeCallbacks) {
      try {
        callback();
      } catch (error) {
        this.#ports.logger.error({ connection: this.id, err: error }, 'a callback of a closed connection failed');
      }
    }
    this.#closeCallbacks.clear();
  }
}
