import { type Codec, codec } from '../../protocol/codec.ts';
import { ErrorCode, KafkaError, toKafkaError } from '../../protocol/errors.ts';
import { decodeRequestHeader, encodeResponseHeader, type RequestHeader } from '../../protocol/headers.ts';
import { apiVersionsResponse } from '../../protocol/schema/18-api-versions.ts';
import { type ListenerType, type Message, type VersionRange, versionRange } from '../../protocol/schema/table.ts';
import { DecodeError } from '../../protocol/wire/decode-error.ts';
import { NameCache } from '../../protocol/wire/name-cache.ts';
import { Writer } from '../../protocol/wire/writer.ts';
import { refusal } from '../handlers/access-rules.ts';
import type { BrokerContext, ServedApi } from '../handlers/context.ts';
import { CloseConnection, type Handler } from '../handlers/handler.ts';
import { contextWithin, type RequestContext } from '../handlers/request-context.ts';
import type { AnswerTurn, Connection, FrameAnswer, FrameHandler } from '../net/connection.ts';
import { awaitable, Later } from '../platform/later.ts';
import type { ApiStats, RequestStats } from './metrics/request-stats.ts';
import { ConnectionRequestContext } from './request-context.ts';

const API_VERSIONS = 18;
/** Enough for Produce's and Fetch's of one partition; larger ones grow. */
const ANSWER_BYTES = 128;
/** Of those that Kafka 4.3 has: DeleteShareGroupOffsets. */
const LAST_API_KEY = 92;
/** The APIs that a broker may send on to the controller for a client (`ApiKeys.forwardable`). */
const FORWARDABLE: ReadonlySet<number> = new Set([
  ...[19, 20, 30, 31, 33, 37, 38, 39, 40, 43, 44, 45, 46, 49, 51, 55, 57, 64, 67, 80, 81],
]);

interface Served {
  readonly handler: Handler;
  readonly versions: VersionRange;
  /** By version, once one was asked for. */
  readonly requests: (Codec | undefined)[];
  readonly responses: (Codec | undefined)[];
  readonly stats: ApiStats;
}

/** A request on its way to its handler. */
export interface Intercepted {
  readonly handler: Handler;
  readonly request: object;
  readonly context: RequestContext;
  readonly broker: BrokerContext;
}

/**
 * Undefined lets the request go on at once; a promise holds it until it resolves. Throwing or rejecting ends it: a
 * `KafkaError` as the answer, a `CloseConnection` with the connection.
 */
export type Interceptor = (intercepted: Intercepted) => Promise<void> | undefined;

/** The newest version is kept back while Kafka calls it unstable. */
function servedVersions({ request }: Handler): VersionRange {
  const { low, high } = versionRange(request.versions);
  return { low, high: request.latestVersionUnstable === true ? high - 1 : high };
}

/** What ApiVersions lists for these handlers. */
export function servedApis(handlers: readonly Handler[]): ServedApi[] {
  return handlers.map((handler) => {
    const { low, high } = servedVersions(handler);
    return { apiKey: handler.request.apiKey!, minVersion: low, maxVersion: high };
  });
}

/**
 * From a frame to its answer: header, table look-up, body, handler, encoding. Frames that are no Kafka request, and
 * requests that are not served, close the connection, as Kafka does; only ApiVersions is answered at any version.
 */
export class Dispatcher {
  readonly #byKey: (Served | undefined)[] = [];
  readonly #names = new NameCache();
  readonly #broker: BrokerContext;
  readonly #stats: RequestStats;
  readonly #intercept: Interceptor | undefined;

  constructor(
    handlers: readonly Handler[],
    listenerType: ListenerType,
    broker: BrokerContext,
    stats: RequestStats,
    intercept?: Interceptor | undefined,
  ) {
    this.#broker = broker;
    this.#stats = stats;
    this.#intercept = intercept;
    for (const handler of handlers) {
      if (handler.request.listeners?.includes(listenerType)) {
        const versions = servedVersions(handler);
        const stats = this.#stats.of(handler.request.name, versions.high);
        this.#byKey[handler.request.apiKey!] = { handler, versions, requests: [], responses: [], stats };
      }
    }
  }

  /** Called in arrival order; throws or rejects to close the connection. */
  dispatch(frame: Buffer, connection: Connection, turn: AnswerTurn): ReturnType<FrameHandler> {
    const apiKey = frame.length >= 2 ? frame.readInt16BE(0) : -1;
    const served = this.#byKey[apiKey];
    if (served === undefined) throw new CloseConnection(`request with API key ${apiKey}, which is not served here`);
    const { handler, versions, stats } = served;
    const { header, body } = decodeRequestHeader(frame, handler.request, this.#names);
    if (header.apiVersion < versions.low || header.apiVersion > versions.high) {
      if (apiKey === API_VERSIONS) return this.#unsupportedApiVersions(header.correlationId);
      throw new CloseConnection(`${handler.request.name} version ${header.apiVersion}, which is not served here`);
    }
    const request = codecOf(handler.request, header.apiVersion, served.requests).decode(body);
    stats.requests[header.apiVersion]!++;
    const context = new ConnectionRequestContext(header, connection, turn, this.#stats.now());
    try {
      const held = this.#intercept?.({ handler, request, context, broker: this.#broker });
      if (held === undefined) return this.#serve(served, header, request, context, frame);
      return held.then(
        () => awaitable(this.#serve(served, header, request, context, frame)),
        (failure) => this.#failed(served, header, request, context, failure),
      );
    } catch (failure) {
      return this.#failed(served, header, request, context, failure);
    }
  }

  #serve(
    served: Served,
    header: RequestHeader,
    request: Parameters<Handler['handle']>[0],
    context: RequestContext,
    frame: Buffer,
  ): ReturnType<FrameHandler> {
    const { handler } = served;
    try {
      this.#checkAccess(header.apiKey, request, context);
      const answer = handler.handle(request, context, this.#broker);
      const encode = (value: object | null): FrameAnswer => {
        if (handler.releasesFrame) this.#broker.buffers.release(frame);
        return this.#encode(served, header, context, value);
      };
      const fail = (failure: unknown): FrameAnswer => this.#failed(served, header, request, context, failure);
      if (answer instanceof Later) return encoded(answer, encode, fail);
      return answer instanceof Promise ? answer.then(encode, fail) : this.#encode(served, header, context, answer);
    } catch (failure) {
      return this.#failed(served, header, request, context, failure);
    }
  }

  /** `context` is that of the envelope, with the client's own principal and host. */
  async dispatchForwarded(frame: Buffer, envelope: RequestContext): Promise<readonly Buffer[]> {
    const apiKey = frame.length >= 2 ? frame.readInt16BE(0) : -1;
    if (apiKey >= 0 && apiKey <= LAST_API_KEY && !FORWARDABLE.has(apiKey)) {
      throw new KafkaError('INVALID_REQUEST', `API ${apiKey} is not enabled or is not eligible for forwarding`);
    }
    const served = this.#byKey[apiKey];
    // Not INVALID_REQUEST, which says that the envelope itself is wrong.
    if (served === undefined) throw new KafkaError('UNSUPPORTED_VERSION', 'the envelope holds no request');
    const { handler, versions, stats } = served;
    let header: RequestHeader;
    let request: Parameters<Handler['handle']>[0];
    try {
      const decoded = decodeRequestHeader(frame, handler.request);
      header = decoded.header;
      if (header.apiVersion < versions.low || header.apiVersion > versions.high) {
        throw new DecodeError(`${handler.request.name} version ${header.apiVersion}, which is not served here`);
      }
      request = codecOf(handler.request, header.apiVersion, served.requests).decode(decoded.body);
    } catch (cause) {
      throw new KafkaError('UNSUPPORTED_VERSION', 'the request in the envelope cannot be read', { cause });
    }
    const { apiVersion, correlationId, clientId } = header;
    stats.requests[apiVersion]!++;
    const startedMs = this.#stats.now();
    const context = contextWithin(envelope, { apiVersion, correlationId, clientId: clientId ?? '', startedMs });
    try {
      this.#checkAccess(apiKey, request, context);
      const answer = await awaitable(handler.handle(request, context, this.#broker));
      return this.#encode(served, header, context, answer) ?? [];
    } catch (failure) {
      // The broker that forwarded it looks for the controller, and its client never hears of it.
      if (failure instanceof KafkaError && failure.error === 'NOT_CONTROLLER') throw failure;
      return this.#failed(served, header, request, context, failure) ?? [];
    }
  }

  #checkAccess(apiKey: number, request: object, context: RequestContext): void {
    if (this.#broker.authorizer === null) return;
    const refused = refusal(apiKey, request, context, this.#broker);
    if (refused !== undefined) throw refused;
  }

  #encode(
    served: Served,
    { apiVersion, correlationId }: RequestHeader,
    { startedMs }: RequestContext,
    value: object | null,
  ): FrameAnswer {
    const tookMs = this.#stats.now() - startedMs;
    if (!Number.isNaN(tookMs)) served.stats.took(tookMs);
    if (value === null) return null;
    const { response } = served.handler;
    const writer = new Writer(ANSWER_BYTES);
    encodeResponseHeader(response, apiVersion, correlationId, writer);
    codecOf(response, apiVersion, served.responses).encode(value, writer);
    return writer.buffers();
  }

  #failed(
    served: Served,
    header: RequestHeader,
    request: Parameters<Handler['failed']>[0],
    context: RequestContext,
    failure: unknown,
  ): FrameAnswer {
    if (failure instanceof CloseConnection) throw failure;
    const { handler, stats } = served;
    const error = toKafkaError(failure);
    stats.failed(error.error);
    if (error.error === 'UNKNOWN_SERVER_ERROR') {
      const { name } = handler.request;
      this.#broker.logger.error({ err: failure, request: name, clientId: header.clientId }, `${name} failed`);
    }
    return this.#encode(served, header, context, handler.failed(request, error, context));
  }

  /** KIP-511: at version 0, the error and ApiVersions' own versions, so that the client can ask again. */
  #unsupportedApiVersions(correlationId: number): FrameAnswer {
    const { low, high } = versionRange(apiVersionsResponse.versions);
    const apiKeys = [{ apiKey: API_VERSIONS, minVersion: low, maxVersion: high }];
    const writer = new Writer();
    encodeResponseHeader(apiVersionsResponse, 0, correlationId, writer);
    codec(apiVersionsResponse, 0).encode({ errorCode: ErrorCode.UNSUPPORTED_VERSION, apiKeys }, writer);
    return writer.buffers();
  }
}

/** `codec`, whose own look-up takes longer. */
function codecOf(message: Message, version: number, known: (Codec | undefined)[]): Codec {
  const found = known[version] ?? codec(message, version);
  known[version] = found;
  return found;
}

/** The answer's bytes once it is there: in the very turn in which it is. What `fail` throws closes the connection. */
function encoded(
  answer: Later<object | null>,
  encode: (value: object | null) => FrameAnswer,
  fail: (failure: unknown) => FrameAnswer,
): Later<FrameAnswer> {
  const bytes = new Later<FrameAnswer>();
  const settle = <T>(make: (outcome: T) => FrameAnswer, outcome: T): void => {
    let made: FrameAnswer;
    try {
      made = make(outcome);
    } catch (failure) {
      bytes.reject(failure);
      return;
    }
    bytes.resolve(made);
  };
  answer.listen(
    (value) => settle(encode, value),
    (failure) => settle(fail, failure),
  );
  return bytes;
}
