/**
 * HTTP over the broker. Loaded when `http.listeners` names an address; what a request asks of the broker goes through a
 * client inside the process, one for each connection, so that it is checked, limited and authorized as Kafka's clients are.
 */
import { Ajv } from 'ajv';
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest, LogController } from 'fastify';
import { KafkaError } from '../../protocol/errors.ts';
import type { Broker } from '../broker/broker.ts';
import type { BrokerConfig } from '../config/broker-config.ts';
import type { HttpEndpoint } from '../config/http-listeners.ts';
import type { LocalClient } from '../local-client/local-client.ts';
import { type Clock, SystemClock } from '../platform/clock.ts';
import type { Logger } from '../platform/logger.ts';
import { Admission, type Admitted } from './admission.ts';
import type { HttpContext } from './context.ts';
import { openApi } from './open-api.ts';
import { PROBLEM_TYPE, type Problem, problem, problemOf } from './problem.ts';
import { consumeRoutes } from './routes/consume.ts';
import { healthRoutes } from './routes/health.ts';
import { produceRoutes } from './routes/produce.ts';
import { streamRoutes } from './routes/stream.ts';
import { topicRoutes } from './routes/topics.ts';
import { acceptWebSockets, webSocketRoutes } from './routes/websocket.ts';

export interface HttpServerOptions {
  readonly config: BrokerConfig;
  readonly broker: Pick<Broker, 'localClient'>;
  readonly logger: Logger;
  readonly clock?: Clock;
}

/** A listener that listens: its port is the one that was bound. */
export type BoundHttpListener = HttpEndpoint;

/** An address of `http.listeners` that cannot be listened on. */
export class HttpListenError extends Error {
  override readonly name = 'HttpListenError';
  readonly code = 'LISTEN_FAILED';
}

/** A client has so long to send a whole request. */
const REQUEST_TIMEOUT_MS = 30_000;
/** How long a stop waits for answers that clients do not take. */
const STOP_GRACE_MS = 5_000;
/** A connection without a request under way is closed after this. */
const KEEP_ALIVE_MS = 72_000;
/** Those that Fastify routes. */
const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE'];
/** When to ask again after there was no room. */
const RETRY_AFTER_S = '1';
/** A longer name in a path is no topic's. */
const MAX_PARAM_BYTES = 512;

export class HttpServer {
  readonly listeners: readonly BoundHttpListener[];
  readonly #apps: readonly FastifyInstance[];
  readonly #stopping: AbortController;
  readonly #clock: Clock;
  #stopped: Promise<void> | undefined;

  private constructor(
    listeners: readonly BoundHttpListener[],
    apps: readonly FastifyInstance[],
    stopping: AbortController,
    clock: Clock,
  ) {
    this.listeners = listeners;
    this.#apps = apps;
    this.#stopping = stopping;
    this.#clock = clock;
  }

  /** Listens on every address of `http.listeners`, or on none: rejects with `HttpListenError`. */
  static async start({ config, broker, logger, clock = new SystemClock() }: HttpServerOptions): Promise<HttpServer> {
    const stopping = new AbortController();
    const admission = new Admission({ requests: config.httpMaxInFlightRequests, bytes: config.httpMaxInFlightBytes });
    const connections = new Connections(broker);
    const admitted = new WeakMap<FastifyRequest, Admitted>();
    let turn = 0;
    const context: HttpContext = {
      config,
      clock,
      logger,
      stopping: stopping.signal,
      clientOf: (request) => connections.clientOf(request),
      admitted: (request) => admitted.get(request)!,
      nextTurn: () => turn++,
    };
    const apps: FastifyInstance[] = [];
    const listeners: BoundHttpListener[] = [];
    try {
      for (const endpoint of config.httpListeners) {
        const app = await serverOf(context, admission, admitted);
        apps.push(app);
        listeners.push(await listen(app, endpoint));
      }
    } catch (failure) {
      await Promise.all(apps.map((app) => app.close()));
      throw failure;
    }
    return new HttpServer(listeners, apps, stopping, clock);
  }

  /** Takes no more connections, ends what waits and streams, and resolves when every request was answered. Idempotent. */
  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  async #stop(): Promise<void> {
    this.#stopping.abort(new KafkaError('BROKER_NOT_AVAILABLE', 'the broker stops'));
    const closed = Promise.all(this.#apps.map((app) => app.close()));
    // What is not taken by then is cut off.
    const deadline = this.#clock.after(STOP_GRACE_MS, () => {
      for (const app of this.#apps) app.server.closeAllConnections();
    });
    await closed;
    deadline.cancel();
  }
}

/** The broker's client of each connection. */
class Connections {
  readonly #broker: Pick<Broker, 'localClient'>;
  readonly #clients = new WeakMap<FastifyRequest['socket'], LocalClient>();

  constructor(broker: Pick<Broker, 'localClient'>) {
    this.#broker = broker;
  }

  clientOf({ socket }: FastifyRequest): LocalClient {
    let client = this.#clients.get(socket);
    if (client === undefined) {
      const { remoteAddress = '127.0.0.1', remotePort = 0 } = socket;
      client = this.#broker.localClient({ clientId: 'http', clientHost: remoteAddress, clientPort: remotePort });
      this.#clients.set(socket, client);
      const opened = client;
      socket.once('close', () => void opened.close());
    }
    return client;
  }
}

async function serverOf(
  context: HttpContext,
  admission: Admission,
  admitted: WeakMap<FastifyRequest, Admitted>,
): Promise<FastifyInstance> {
  const { config, logger } = context;
  const app = Fastify({
    bodyLimit: config.httpRequestMaxBytes,
    requestTimeout: REQUEST_TIMEOUT_MS,
    connectionTimeout: config.connectionsMaxIdleMs < 0 ? 0 : Math.min(config.connectionsMaxIdleMs, 2 ** 31 - 1),
    keepAliveTimeout: KEEP_ALIVE_MS,
    forceCloseConnections: 'idle',
    exposeHeadRoutes: false,
    frameworkErrors: (failure, _request, reply: FastifyReply) => sendProblem(reply, problemOf(failure)),
    routerOptions: { maxParamLength: MAX_PARAM_BYTES },
    logController: new LogController({ disableRequestLogging: true }),
  });
  app.server.maxConnections = config.httpMaxConnections;
  validate(app);
  app.setSerializerCompiler(() => (value) => JSON.stringify(value));
  app.setErrorHandler((failure, request, reply) => {
    const told = problemOf(failure);
    if (told.error === 'UNKNOWN_SERVER_ERROR') {
      logger.error({ err: failure, method: request.method, url: request.url }, 'an HTTP request failed');
    }
    if (told.status === 503) reply.header('retry-after', RETRY_AFTER_S);
    return sendProblem(reply, told);
  });
  app.setNotFoundHandler((request, reply) => {
    const failure = new KafkaError('RESOURCE_NOT_FOUND', `there is no ${request.method} ${request.url}`);
    return sendProblem(reply, problemOf(failure));
  });
  app.addHook('onRequest', (request, reply, done) => {
    if (context.stopping.aborted) {
      reply.header('connection', 'close');
      done(context.stopping.reason);
      return;
    }
    try {
      const share = admission.admit(bodyBytes(request, config.httpRequestMaxBytes));
      admitted.set(request, share);
      reply.raw.once('close', share.release);
      done();
    } catch (failure) {
      done(failure as KafkaError);
    }
  });
  const describeApi = await openApi(app);
  const refuseOtherMethods = otherMethods(app);
  await acceptWebSockets(app, context);
  healthRoutes(app, context);
  produceRoutes(app, context);
  consumeRoutes(app, context);
  topicRoutes(app, context);
  streamRoutes(app, context);
  webSocketRoutes(app, context);
  describeApi();
  refuseOtherMethods();
  return app;
}

/** Watches the routes being added; what it gives answers 405 for the methods that a path does not have. */
function otherMethods(app: FastifyInstance): () => void {
  const methodsOf = new Map<string, string[]>();
  app.addHook('onRoute', ({ url, method }) => {
    methodsOf.set(url, [...(methodsOf.get(url) ?? []), ...[method].flat()]);
  });
  return () => {
    for (const [url, methods] of [...methodsOf]) {
      app.route({
        method: METHODS.filter((method) => !methods.includes(method)),
        url,
        schema: { hide: true },
        handler: (request, reply) => {
          const error = new KafkaError('INVALID_REQUEST', `${url} knows ${methods.join(', ')}, not ${request.method}`);
          return sendProblem(reply.header('allow', methods.join(', ')), problem(error, 405));
        },
      });
    }
  };
}

function sendProblem(reply: FastifyReply, told: Problem): FastifyReply {
  return reply.status(told.status).type(PROBLEM_TYPE).send(told);
}

/** What the body will take: its length where it is told, as much as is allowed where it comes in chunks. */
function bodyBytes({ headers }: FastifyRequest, limit: number): number {
  if (headers['transfer-encoding'] !== undefined) return limit;
  const length = Number(headers['content-length'] ?? 0);
  return Number.isSafeInteger(length) ? Math.min(length, limit) : limit;
}

/** Bodies are JSON and mean what they say; parameters are text, which their schemas turn into numbers. */
function validate(app: FastifyInstance): void {
  const options = { strict: false, useDefaults: true, allErrors: false } as const;
  const forBodies = new Ajv({ ...options, coerceTypes: false });
  const forParameters = new Ajv({ ...options, coerceTypes: true });
  app.setValidatorCompiler(({ schema, httpPart }) =>
    (httpPart === 'body' ? forBodies : forParameters).compile(schema as object),
  );
}

async function listen(app: FastifyInstance, { host, port }: HttpEndpoint): Promise<BoundHttpListener> {
  try {
    await app.listen({ host, port, listenTextResolver: () => '' });
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
    const why =
      code === 'EADDRINUSE'
        ? 'the port is in use; stop what uses it, or choose another in `http.listeners`'
        : String(cause);
    throw new HttpListenError(`http://${host}:${port}: ${why}`, { cause });
  }
  const address = app.server.address();
  return { host, port: address === null || typeof address === 'string' ? port : address.port };
}
