import { codec, decodeWhole } from '../../protocol/codec.ts';
import { KafkaError } from '../../protocol/errors.ts';
import { requestHeaderVersion, responseHeaderVersion } from '../../protocol/headers.ts';
import { requestHeader } from '../../protocol/schema/request-header.ts';
import { responseHeader } from '../../protocol/schema/response-header.ts';
import type { Decoded, Encodable, Message } from '../../protocol/schema/table.ts';
import { Reader } from '../../protocol/wire/reader.ts';
import { Writer } from '../../protocol/wire/writer.ts';
import type { FrameAnswer, FrameHandler } from '../net/connection.ts';
import { awaitable } from '../platform/later.ts';
import { type LocalClientIdentity, LocalConnection, LocalTurn } from './local-connection.ts';

export interface LocalRequestsOptions {
  /** What the broker does with a frame from a socket. */
  readonly serve: FrameHandler;
  readonly clientId: string;
  readonly identity: LocalClientIdentity;
  /** `socket.request.max.bytes`: a request above it is refused, as one from a socket is. */
  readonly maxRequestBytes: number;
}

/** One API: the tables of its request and its response. */
export type LocalApi<Req extends Message, Res extends Message> = readonly [request: Req, response: Res];

/**
 * Requests without a socket. They go through the very function that serves sockets, as frames: the same decoding,
 * validation, authorizer, limits and faults. A request starts when it is made, so calls keep their order in the log.
 */
export class LocalRequests {
  readonly #options: LocalRequestsOptions;
  readonly #connection: LocalConnection;
  readonly #underWay = new Map<Promise<unknown>, LocalConnection>();
  #correlationId = 0;

  constructor(options: LocalRequestsOptions) {
    this.#options = options;
    this.#connection = new LocalConnection(options.identity);
  }

  /**
   * One request and its answer. Rejects with MESSAGE_TOO_LARGE, with NETWORK_EXCEPTION where a socket would have been
   * closed on the client, with an `EncodeError` for a value that the version cannot carry, and with the signal's reason:
   * what waits in the broker is given up then.
   */
  send<Req extends Message, Res extends Message>(
    [request, response]: LocalApi<Req, Res>,
    version: number,
    body: Encodable<Req>,
    signal?: AbortSignal,
  ): Promise<Decoded<Res>> {
    // A connection of its own where the request may be given up alone.
    const connection = signal === undefined ? this.#connection : new LocalConnection(this.#options.identity);
    const answer = this.#send(connection, request, response, version, body, signal);
    this.#underWay.set(answer, connection);
    const forget = (): void => void this.#underWay.delete(answer);
    answer.then(forget, forget);
    return answer;
  }

  onClose(callback: () => void): void {
    this.#connection.onClose(callback);
  }

  /** Takes no more requests, gives up those that wait for something to happen, and resolves when all are settled. */
  async close(): Promise<void> {
    this.#connection.close('the client was closed');
    for (const connection of this.#underWay.values()) connection.close('the client was closed');
    await Promise.allSettled(this.#underWay.keys());
  }

  async #send<Req extends Message, Res extends Message>(
    connection: LocalConnection,
    request: Req,
    response: Res,
    version: number,
    body: Encodable<Req>,
    signal: AbortSignal | undefined,
  ): Promise<Decoded<Res>> {
    signal?.throwIfAborted();
    if (this.#connection.isClosed) throw disconnected(request, this.#connection.closedBecause);
    const frame = this.#encode(request, version, body);
    const turn = new LocalTurn(connection);
    const abort = (): void => connection.close('the request was given up');
    signal?.addEventListener('abort', abort, { once: true });
    try {
      let answer: FrameAnswer;
      try {
        answer = await awaitable(this.#options.serve(frame, connection, turn));
      } catch (cause) {
        throw disconnected(request, cause instanceof Error ? cause.message : String(cause), cause);
      }
      signal?.throwIfAborted();
      if (answer === null) throw disconnected(request, connection.closedBecause ?? 'it was not answered');
      return decodeAnswer(response, version, answer);
    } finally {
      signal?.removeEventListener('abort', abort);
      turn.gone();
    }
  }

  #encode<Req extends Message>(request: Req, version: number, body: Encodable<Req>): Buffer {
    const { clientId, maxRequestBytes } = this.#options;
    this.#correlationId = (this.#correlationId + 1) | 0;
    const writer = new Writer();
    codec(requestHeader, requestHeaderVersion(request, version)).encode(
      {
        requestApiKey: request.apiKey,
        requestApiVersion: version,
        correlationId: this.#correlationId,
        clientId,
      },
      writer,
    );
    codec(request, version).encode(body, writer);
    const frame = writer.toBuffer();
    if (frame.length > maxRequestBytes) {
      throw new KafkaError(
        'MESSAGE_TOO_LARGE',
        `${request.name} takes ${frame.length} bytes, and socket.request.max.bytes is ${maxRequestBytes}: send less at once`,
      );
    }
    return frame;
  }
}

/** Copies the answer: records in it lie in memory that is used again once it was taken. */
function decodeAnswer<Res extends Message>(response: Res, version: number, answer: readonly Buffer[]): Decoded<Res> {
  const bytes = Buffer.concat(answer);
  const reader = new Reader(bytes);
  codec(responseHeader, responseHeaderVersion(response, version)).decode(reader);
  return decodeWhole(response, version, bytes.subarray(reader.position));
}

function disconnected(request: Message, why: string | undefined, cause?: unknown): KafkaError {
  return new KafkaError('NETWORK_EXCEPTION', `${request.name}: the connection was closed: ${why}`, { cause });
}
