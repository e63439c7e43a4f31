/** The client's end of a connection: frames out, frames in, over TCP or TLS. */
import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { type ConnectionOptions, connect as connectTls } from 'node:tls';
import { FrameSplitter, SIZE_BYTES } from '../../protocol/wire/frame-splitter.ts';
import type { Clock } from '../platform/clock.ts';

/** What a TLS connection is made with, in PEM. */
export interface ClientTls {
  /** Who is trusted; Node's own list when absent. */
  readonly ca?: string;
  /** What the client shows of itself. */
  readonly cert?: string;
  readonly key?: string;
  readonly passphrase?: string;
  /** Whether the server's certificate must be for the name that was dialled (`ssl.endpoint.identification.algorithm`). */
  readonly verifiesHostName: boolean;
}

export interface ClientSocketOptions {
  readonly host: string;
  readonly port: number;
  /** Plain TCP when absent. */
  readonly tls?: ClientTls | undefined;
  readonly clock: Clock;
  /** `socket.connection.setup.timeout.ms`, TLS's handshake included. */
  readonly connectTimeoutMs: number;
  /** A larger answer closes the connection. */
  readonly maxFrameBytes: number;
}

/** Why there is no connection (any more). `cause` is the socket's own error, with its code. */
export class ConnectionError extends Error {
  override readonly name = 'ConnectionError';
  /** The beginning of what came in the place of Kafka's protocol. */
  readonly received: Buffer | undefined;

  constructor(message: string, options?: ErrorOptions & { readonly received?: Buffer }) {
    super(message, options);
    this.received = options?.received;
  }
}

const MAX_RECEIVED_BYTES = 16;

interface Waiting {
  resolve(frame: Buffer): void;
  reject(failure: Error): void;
}

/**
 * A connection on which requests are answered in the order they were sent. When it breaks, or closes, every answer that
 * is awaited is rejected with a `ConnectionError`.
 */
export class ClientSocket {
  readonly #socket: Socket;
  readonly #peer: string;
  readonly #splitter: FrameSplitter;
  readonly #waiting: Waiting[] = [];
  #failure: ConnectionError | undefined;

  private constructor(socket: Socket, peer: string, maxFrameBytes: number) {
    this.#socket = socket;
    this.#peer = peer;
    this.#splitter = new FrameSplitter(maxFrameBytes);
    socket.setNoDelay(true);
    socket.on('data', (bytes: Buffer) => this.#receive(bytes));
    socket.on('error', (cause) => this.#end(new ConnectionError(`the connection to ${peer} broke`, { cause })));
    socket.on('close', () => this.#end(new ConnectionError(`${peer} closed the connection`)));
  }

  /** Rejects with a `ConnectionError` that names the address. */
  static connect(options: ClientSocketOptions): Promise<ClientSocket> {
    const { host, port, tls, clock, connectTimeoutMs, maxFrameBytes } = options;
    const peer = `${host.includes(':') ? `[${host}]` : host}:${port}`;
    return new Promise((resolve, reject) => {
      const socket = tls === undefined ? connectTcp({ host, port }) : connectTls(tlsOptions(host, port, tls));
      const timer = clock.after(connectTimeoutMs, () => {
        settle();
        socket.destroy();
        reject(new ConnectionError(`no connection to ${peer} within ${connectTimeoutMs} ms`));
      });
      const onError = (cause: Error): void => {
        settle();
        socket.destroy();
        reject(new ConnectionError(`no connection to ${peer}`, { cause }));
      };
      // A server that speaks no TLS may just hang up.
      const onClose = (): void => onError(new Error('the connection was closed while it was made'));
      const onConnect = (): void => {
        settle();
        resolve(new ClientSocket(socket, peer, maxFrameBytes));
      };
      const settle = (): void => {
        timer.cancel();
        socket.off('error', onError).off('close', onClose);
        // Errors of a socket that was given up are nobody's any more.
        socket.on('error', () => {});
      };
      socket.on('error', onError).on('close', onClose);
      socket.once(tls === undefined ? 'connect' : 'secureConnect', onConnect);
    });
  }

  get isClosed(): boolean {
    return this.#failure !== undefined;
  }

  /** Sends a frame and resolves with the next answer that is nobody's yet. */
  request(frame: Buffer): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      if (this.#failure !== undefined) {
        reject(this.#failure);
        return;
      }
      this.#waiting.push({ resolve, reject });
      this.#write(frame);
    });
  }

  /** Closes at once; what is awaited is rejected with `reason`. */
  close(reason = `the connection to ${this.#peer} was closed here`): void {
    this.#end(new ConnectionError(reason));
  }

  #write(frame: Buffer): void {
    const size = Buffer.allocUnsafe(SIZE_BYTES);
    size.writeInt32BE(frame.length);
    this.#socket.cork();
    this.#socket.write(size);
    this.#socket.write(frame);
    this.#socket.uncork();
  }

  #receive(bytes: Buffer): void {
    if (this.#failure !== undefined) return;
    try {
      this.#splitter.push(bytes);
      for (let frame = this.#splitter.next(); frame !== null; frame = this.#splitter.next()) {
        const waiting = this.#waiting.shift();
        if (waiting === undefined) throw new Error('an answer came that nothing was asked for');
        waiting.resolve(frame);
      }
    } catch (cause) {
      const received = Buffer.from(bytes.subarray(0, MAX_RECEIVED_BYTES));
      this.#end(new ConnectionError(`${this.#peer} does not speak Kafka's protocol`, { cause, received }));
    }
  }

  #end(failure: ConnectionError): void {
    if (this.#failure !== undefined) return;
    this.#failure = failure;
    this.#socket.destroy();
    for (const { reject } of this.#waiting.splice(0)) reject(failure);
  }
}

function tlsOptions(host: string, port: number, tls: ClientTls): ConnectionOptions {
  const { ca, cert, key, passphrase, verifiesHostName } = tls;
  return {
    ...{ host, port },
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    ...(passphrase === undefined ? {} : { passphrase }),
    ...(isIP(host) === 0 ? { servername: host } : {}),
    ...(verifiesHostName ? {} : { checkServerIdentity: () => undefined }),
  };
}
