import { codec } from '../../protocol/codec.ts';
import { ErrorCode, KafkaError, toKafkaError } from '../../protocol/errors.ts';
import { decodeRequestHeader, encodeResponseHeader, type RequestHeader } from '../../protocol/headers.ts';
import { apiVersionsResponse } from '../../protocol/schema/18-api-versions.ts';
import { type ListenerType, type VersionRange, versionRange } from '../../protocol/schema/table.ts';
import { DecodeError } from '../../protocol/wire/decode-error.ts';
import { Writer } from '../../protocol/wire/writer.ts';
import { refusal } from '../handlers/access-rules.ts';
import type { BrokerContext, ServedApi } from '../handlers/context.ts';
import { CloseConnection, type Handler } from '../handlers/handler.ts';
import type { ClientSession, RequestContext } from '../handlers/request-context.ts';
import type { AnswerTurn, Connection, FrameAnswer } from '../net/connection.ts';
import { ANONYMOUS } from '../security/principal.ts';

const API_VERSIONS = 18;
/** The APIs that a broker may send on to the controller for a client (`ApiKeys.forwardable`). */
const FORWARDABLE: ReadonlySet<number> = new Set([
  ...[19, 20, 30, 31, 33, 37, 38, 39, 40, 43, 44, 45, 46, 49, 51, 55, 57, 64, 67, 80, 81],
]);

interface Served {
  readonly handler: Handler;
  readonly versions: VersionRange;
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
  readonly #byKey = new Map<number, Served>();
  readonly #broker: BrokerContext;
  readonly #intercept: Interceptor | undefined;

  constructor(
    handlers: readonly Handler[],
    listenerType: ListenerType,
    broker: BrokerContext,
    intercept?: Interceptor | undefined,
  ) {
    this.#broker = broker;
    this.#intercept = intercept;
    for (const handler of handlers) {
      if (handler.request.listeners?.includes(listenerType)) {
        this.#byKey.set(handler.request.apiKey!, { handler, versions: servedVersions(handler) });
      }
    }
  }

  /** Called in arrival order; throws or rejects to close the connection. */
  dispatch(frame: Buffer, connection: Connection, turn: AnswerTurn): Promise<FrameAnswer> | FrameAnswer {
    const apiKey = frame.length >= 2 ? frame.readInt16BE(0) : -1;
    const served = this.#byKey.get(apiKey);
    if (served === undefined) throw new CloseConnection(`request with API key ${apiKey}, which is not served here`);
    const { header, body } = decodeRequestHeader(frame, served.handler.request);
    const { handler, versions } = served;
    if (header.apiVersion < versions.low || header.apiVersion > versions.high) {
      if (apiKey === API_VERSIONS) return this.#unsupportedApiVersions(header.correlationId);
      throw new CloseConnection(`${handler.request.name} version ${header.apiVersion}, which is not served here`);
    }
    const request = codec(handler.request, header.apiVersion).decode(body);
    const context = requestContext(header, connection, turn);
    try {
      const held = this.#intercept?.({ handler, request, context, broker: this.#broker });
      if (held === undefined) return this.#serve(handler, header, request, context, frame);
      return held.then(
        () => this.#serve(handler, header, request, context, frame),
        (failure) => this.#failed(handler, header, request, context, failure),
      );
    } catch (failure) {
      return this.#failed(handler, header, request, context, failure);
    }
  }

  #serve(
    handler: Handler,
    header: RequestHeader,
    request: Parameters<Handler['handle']>[0],
    context: RequestContext,
    frame: Buffer,
  ): Promise<FrameAnswer> | FrameAnswer {
    try {
      this.#checkAccess(header.apiKey, request, context);
      const answer = handler.handle(request, context, this.#broker);
      if (!(answer instanceof Promise)) return this.#encode(handler, header, answer);
      return answer.then(
        (value) => {
          if (handler.releasesFrame) this.#broker.buffers.release(frame);
          return this.#encode(handler, header, value);
        },
        (failure) => this.#failed(handler, header, request, context, failure),
      );
    } catch (failure) {
      return this.#failed(handler, header, request, context, failure);
    }
  }

  /** `context` is that of the envelope, with the client's own principal and host. */
  async dispatchForwarded(frame: Buffer, envelope: RequestContext): Promise<readonly Buffer[]> {
    const apiKey = frame.length >= 2 ? frame.readInt16BE(0) : -1;
    const served = this.#byKey.get(apiKey);
    if (served === undefined || !FORWARDABLE.has(apiKey)) {
      throw new KafkaError('INVALID_REQUEST', `API ${apiKey} is not enabled or is not eligible for forwarding`);
    }
    const { handler, versions } = served;
    let header: RequestHeader;
    let request: Parameters<Handler['handle']>[0];
    try {
      const decoded = decodeRequestHeader(frame, handler.request);
      header = decoded.header;
      if (header.apiVersion < versions.low || header.apiVersion > versions.high) {
        throw new DecodeError(`${handler.request.name} version ${header.apiVersion}, which is not served here`);
      }
      request = codec(handler.request, header.apiVersion).decode(decoded.body);
    } catch (cause) {
      throw new KafkaError('INVALID_REQUEST', 'the request in the envelope cannot be read', { cause });
    }
    const { apiVersion, correlationId, clientId } = header;
    const context = { ...envelope, apiVersion, correlationId, clientId: clientId ?? '' };
    try {
      this.#checkAccess(apiKey, request, context);
      return this.#encode(handler, header, await handler.handle(request, context, this.#broker)) ?? [];
    } catch (failure) {
      // The broker that forwarded it looks for the controller, and its client never hears of it.
      if (failure instanceof KafkaError && failure.error === 'NOT_CONTROLLER') throw failure;
      return this.#failed(handler, header, request, context, failure) ?? [];
    }
  }

  #checkAccess(apiKey: number, request: object, context: RequestContext): void {
    if (this.#broker.authorizer === null) return;
    const refused = refusal(apiKey, request, context, this.#broker);
    if (refused !== undefined) throw refused;
  }

  #encode({ response }: Handler, { apiVersion, correlationId }: RequestHeader, value: object | null): FrameAnswer {
    if (value === null) return null;
    const writer = new Writer();
    encodeResponseHeader(response, apiVersion, correlationId, writer);
    codec(response, apiVersion).encode(value, writer);
    return writer.buffers();
  }

  #failed(
    handler: Handler,
    header: RequestHeader,
    request: Parameters<Handler['failed']>[0],
    context: RequestContext,
    failure: unknown,
  ): FrameAnswer {
    if (failure instanceof CloseConnection) throw failure;
    const error = toKafkaError(failure);
    if (error.error === 'UNKNOWN_SERVER_ERROR') {
      const { name } = handler.request;
      this.#broker.logger.error({ err: failure, request: name, clientId: header.clientId }, `${name} failed`);
    }
    return this.#encode(handler, header, handler.failed(request, error, context));
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

const sessions = new WeakMap<Connection, ClientSession>();

/** Kafka's word for what a client has not said. */
const UNKNOWN = 'unknown';

function sessionOf(connection: Connection): ClientSession {
  let session = sessions.get(connection);
  if (session === undefined) {
    session = { softwareName: UNKNOWN, softwareVersion: UNKNOWN };
    sessions.set(connection, session);
  }
  return session;
}

function requestContext(
  { apiVersion, correlationId, clientId }: RequestHeader,
  connection: Connection,
  turn: AnswerTurn,
): RequestContext {
  return {
    apiVersion,
    correlationId,
    clientId: clientId ?? '',
    clientHost: `/${connection.clientHost}`,
    clientPort: connection.clientPort,
    listenerName: connection.listenerName,
    securityProtocol: connection.securityProtocol,
    // Listeners are PLAINTEXT, which asks nobody who they are.
    principal: ANONYMOUS,
    // No getter: an object literal with one takes V8 0.8 µs of a small produce request's 12.
    session: sessionOf(connection),
    isForwarded: false,
    onDisconnect: (callback) => connection.onClose(callback),
    answerTurn: () => turn.comes(),
    onAnswerSent: (callback) => turn.onSent(callback),
  };
}
