/** A server on a free port and clients that speak in raw frames, for the tests of this folder. */
import { type AddressInfo, connect, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';
import type { BoundListener, FrameHandler, ListenerConfig } from '../../src/net/connection.ts';
import { defaultNetLimits, type NetLimits } from '../../src/net/limits.ts';
import { SocketServer } from '../../src/net/server.ts';
import { type Clock, SystemClock } from '../../src/platform/clock.ts';
import type { Logger } from '../../src/platform/logger.ts';

export const plaintext: ListenerConfig = {
  name: 'PLAINTEXT',
  host: '127.0.0.1',
  port: 0,
  securityProtocol: 'PLAINTEXT',
};

export interface Line {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly fields: object;
  readonly message: string;
}

/** Keeps what is logged. */
export function recordingLogger(): Logger & { readonly lines: Line[] } {
  const lines: Line[] = [];
  const at = (level: Line['level']) => (fields: object, message: string) => void lines.push({ level, fields, message });
  const logger = { lines, debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
  return Object.assign(logger, { child: () => Object.assign(logger, { child: logger }) as never });
}

export interface TestServer {
  readonly server: SocketServer;
  readonly bound: readonly BoundListener[];
  readonly port: number;
  readonly logger: ReturnType<typeof recordingLogger>;
  /** The messages of the warnings logged so far. */
  warnings(): string[];
}

export async function startServer(
  handler: FrameHandler,
  options: { limits?: Partial<NetLimits>; listeners?: ListenerConfig[]; clock?: Clock } = {},
): Promise<TestServer> {
  const logger = recordingLogger();
  const server = new SocketServer({
    listeners: options.listeners ?? [plaintext],
    handler,
    limits: { ...defaultNetLimits, ...options.limits },
    clock: options.clock ?? new SystemClock(),
    logger,
  });
  const bound = await server.start();
  onTestFinished(() => server.stop(0));
  const warnings = () => logger.lines.filter(({ level }) => level === 'warn').map(({ message }) => message);
  return { server, bound, port: bound[0]!.port, logger, warnings };
}

/** A frame with its size. */
export function framed(body: Buffer | string): Buffer {
  const bytes = Buffer.from(body);
  const size = Buffer.alloc(4);
  size.writeInt32BE(bytes.length);
  return Buffer.concat([size, bytes]);
}

/** Sends bytes, and reads the answers' frames one by one. */
export class TestClient {
  readonly socket: Socket;
  /** Settles when the connection is gone, cleanly or not. */
  readonly closed: Promise<void>;
  #received: Buffer[] = [];
  #receivedBytes = 0;
  #wake: (() => void) | null = null;
  #isClosed = false;

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.on('error', () => {});
    socket.on('data', (chunk: Buffer) => {
      this.#received.push(chunk);
      this.#receivedBytes += chunk.length;
      this.#wake?.();
    });
    this.closed = new Promise((resolve) =>
      socket.on('close', () => {
        this.#isClosed = true;
        this.#wake?.();
        resolve();
      }),
    );
    onTestFinished(() => void socket.destroy());
  }

  static async connect(port: number, host = '127.0.0.1'): Promise<TestClient> {
    const socket = connect({ port, host, noDelay: true });
    const client = new TestClient(socket);
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve);
      socket.once('error', reject);
    });
    return client;
  }

  get localPort(): number {
    return (this.socket.address() as AddressInfo).port;
  }

  send(bytes: Buffer): void {
    this.socket.write(bytes);
  }

  /** Resolves when the bytes were handed to the system. */
  sent(bytes: Buffer): Promise<void> {
    return new Promise((resolve, reject) => this.socket.write(bytes, (error) => (error ? reject(error) : resolve())));
  }

  /** The next frame's body; rejects when the connection closes before. */
  async frame(): Promise<Buffer> {
    const size = (await this.#take(4)).readInt32BE();
    return this.#take(size);
  }

  async text(): Promise<string> {
    return (await this.frame()).toString();
  }

  async #take(bytes: number): Promise<Buffer> {
    while (this.#receivedBytes < bytes) {
      if (this.#isClosed) throw new Error('the connection is closed');
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    const all = this.#received.length === 1 ? this.#received[0]! : Buffer.concat(this.#received);
    this.#received = [all.subarray(bytes)];
    this.#receivedBytes -= bytes;
    return all.subarray(0, bytes);
  }
}

/** Answers each frame with its own bytes. */
export const echo: FrameHandler = (frame) => [Buffer.from(frame)];

/** Keeps every request open until the test answers it. */
export class HeldRequests {
  readonly bodies: string[] = [];
  readonly #answer = new Map<string, (answer: readonly Buffer[] | null) => void>();
  readonly #fail = new Map<string, (error: Error) => void>();
  #wake: (() => void) | null = null;

  readonly handler = (frame: Buffer): Promise<readonly Buffer[] | null> => {
    const body = frame.toString();
    this.bodies.push(body);
    this.#wake?.();
    return new Promise((resolve, reject) => {
      this.#answer.set(body, resolve);
      this.#fail.set(body, reject);
    });
  };

  /** Resolves when `count` requests have started. */
  async started(count: number): Promise<void> {
    while (this.bodies.length < count) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  answer(body: string, answer: string | null = `answer to ${body}`): void {
    this.#answer.get(body)!(answer === null ? null : [Buffer.from(answer)]);
  }

  fail(body: string, error: Error): void {
    this.#fail.get(body)!(error);
  }
}
