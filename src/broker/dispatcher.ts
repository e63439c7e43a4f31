import { codec } from '../../protocol/codec.ts';
import { ErrorCode, toKafkaError } from '../../protocol/errors.ts';
import { decodeRequestHeader, encodeResponseHeader, type RequestHeader } from '../../protocol/headers.ts';
import { apiVersionsResponse } from '../../protocol/schema/18-api-versions.ts';
import { type ListenerType, type VersionRange, versionRange } from '../../protocol/schema/table.ts';
import { Writer } from '../../protocol/wire/writer.ts';
import type { BrokerContext, ServedApi } from '../handlers/context.ts';
import { CloseConnection, type Handler, type RequestContext } from '../handlers/handler.ts';
import type { AnswerTurn, Connection, FrameAnswer } from '../net/connection.ts';

const API_VERSIONS = 18;

interface Served {
  readonly handler: Handler;
  readonly versions: VersionRange;
}

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

  constructor(handlers: readonly Handler[], listenerType: ListenerType, broker: BrokerContext) {
    this.#broker = broker;
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
    listenerName: connection.listenerName,
    onDisconnect: (callback) => connection.onClose(callback),
    answerTurn: () => turn.comes(),
    onAnswerSent: (callback) => turn.onSent(callback),
  };
}
