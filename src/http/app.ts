/** One listener's Fastify: what holds for every request, and the routes. */
import { randomUUID } from 'node:crypto';
import { STATUS_CODES } from 'node:http';
import { Ajv } from 'ajv';
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest, LogController } from 'fastify';
import { KafkaError } from '../../protocol/errors.ts';
import type { Broker } from '../broker/broker.ts';
import type { TlsIdentity } from '../config/keystore.ts';
import type { Span, Tracing } from '../platform/tracing.ts';
import type { Admission, Admitted } from './admission.ts';
import type { HttpContext } from './context.ts';
import type { HttpMetrics } from './observability/http-metrics.ts';
import { openApi } from './open-api.ts';
import { PROBLEM_TYPE, type Problem, problem, problemOf } from './problem.ts';
import { distinguishRestV2, restV2Routes } from './rest-v2/routes.ts';
import { restV3Routes } from './rest-v3/routes.ts';
import { consumeRoutes } from './routes/consume.ts';
import { healthRoutes } from './routes/health.ts';
import { metricsRoutes } from './routes/metrics.ts';
import { produceRoutes } from './routes/produce.ts';
import { streamRoutes } from './routes/stream.ts';
import { topicRoutes } from './routes/topics.ts';
import { acceptWebSockets, webSocketRoutes } from './routes/websocket.ts';

export interface AppOptions {
  readonly context: HttpContext;
  readonly broker: Pick<Broker, 'metrics'>;
  readonly admission: Admission;
  readonly metrics: HttpMetrics;
  readonly tracing: Tracing | undefined;
  /** For `https://`. */
  readonly identity: TlsIdentity | null;
  /** Told each request's share. */
  readonly onAdmitted: (request: FastifyRequest, share: Admitted) => void;
}

/** A client has so long to send a whole request. */
const REQUEST_TIMEOUT_MS = 30_000;
/** A connection without a request under way is closed after this. */
const KEEP_ALIVE_MS = 72_000;
/** When to ask again after there was no room. */
const RETRY_AFTER_S = '1';
/** A longer name in a path is no topic's. */
const MAX_PARAM_BYTES = 512;
/** What a client may call its request; others are given a name. */
const REQUEST_ID = /^[\w.:/+=@-]{1,128}$/;

export async function httpApp({
  context,
  broker,
  admission,
  metrics,
  tracing,
  identity,
  onAdmitted,
}: AppOptions): Promise<FastifyInstance> {
  const { config, logger } = context;
  const app: FastifyInstance = Fastify({
    https: identity,
    bodyLimit: config.httpRequestMaxBytes,
    requestTimeout: REQUEST_TIMEOUT_MS,
    connectionTimeout: config.connectionsMaxIdleMs < 0 ? 0 : Math.min(config.connectionsMaxIdleMs, 2 ** 31 - 1),
    keepAliveTimeout: KEEP_ALIVE_MS,
    forceCloseConnections: 'idle',
    exposeHeadRoutes: false,
    genReqId: ({ headers: { 'x-request-id': given } }) =>
      typeof given === 'string' && REQUEST_ID.test(given) ? given : randomUUID(),
    frameworkErrors: (failure, _request, reply: FastifyReply) => sendProblem(reply, problemOf(failure)),
    routerOptions: { maxParamLength: MAX_PARAM_BYTES },
    clientErrorHandler: refuseBytes,
    logController: new LogController({ disableRequestLogging: true }),
  });
  app.server.maxConnections = config.httpMaxConnections;
  app.server.on('connection', (socket) => {
    metrics.open.connections++;
    socket.once('close', () => metrics.open.connections--);
  });
  validate(app);
  app.setSerializerCompiler(() => (value) => JSON.stringify(value));
  app.setErrorHandler((failure, request, reply) => {
    const told = problemOf(failure);
    if (told.error === 'UNKNOWN_SERVER_ERROR') {
      logger.error(
        { err: failure, requestId: request.id, method: request.method, url: request.url },
        'an HTTP request failed',
      );
    }
    if (told.status === 503 || told.status === 429) reply.header('retry-after', RETRY_AFTER_S);
    return sendProblem(reply, told);
  });
  app.setNotFoundHandler((request, reply) => {
    const failure = new KafkaError('RESOURCE_NOT_FOUND', `there is no ${request.method} ${request.url}`);
    return sendProblem(reply, problemOf(failure));
  });
  app.addHook('onRequest', (request, reply, done) => {
    reply.header('x-request-id', request.id);
    if (context.stopping.aborted) {
      reply.header('connection', 'close');
      done(context.stopping.reason);
      return;
    }
    try {
      const share = admission.admit(bodyBytes(request, config.httpRequestMaxBytes));
      onAdmitted(request, share);
      reply.raw.once('close', share.release);
      done();
    } catch (failure) {
      done(failure as KafkaError);
    }
  });
  app.addHook('onResponse', (request, reply, done) => {
    const { method } = request;
    const route = request.routeOptions.url ?? 'none';
    metrics.answered({ method, route, status: reply.statusCode, seconds: reply.elapsedTime / 1000 });
    logger.debug(
      { requestId: request.id, method, url: request.url, status: reply.statusCode, ms: reply.elapsedTime },
      'an HTTP request was answered',
    );
    done();
  });
  if (tracing !== undefined) traceRequests(app, tracing);
  distinguishRestV2(app);
  const describeApi = await openApi(app);
  const refuseOtherMethods = otherMethods(app);
  await acceptWebSockets(app, context);
  healthRoutes(app, context);
  metricsRoutes(app, context, { broker, http: metrics });
  produceRoutes(app, context);
  consumeRoutes(app, context);
  topicRoutes(app, context);
  streamRoutes(app, context);
  webSocketRoutes(app, context);
  await restV2Routes(app, context);
  await restV3Routes(app, context);
  describeApi();
  refuseOtherMethods();
  return app;
}

/** A span for each request, where the program around has none under way. WebSockets last too long to be one. */
function traceRequests(app: FastifyInstance, tracing: Tracing): void {
  const spans = new WeakMap<FastifyRequest, Span>();
  app.addHook('onRequest', (request, reply, done) => {
    if (tracing.isActive || request.ws) return done();
    const { method, headers } = request;
    const route = request.routeOptions.url ?? '';
    const span = tracing.begin({
      name: `${method} ${route}`.trim(),
      kind: 'server',
      attributes: { 'http.request.method': method, 'http.route': route },
      carrier: headers,
    });
    spans.set(request, span);
    reply.raw.once('close', () => {
      const status = reply.raw.statusCode;
      span.set({ 'http.response.status_code': status });
      span.end(status >= 500 ? new Error(`answered ${status}`) : undefined);
    });
    done();
  });
  // The last hook before the handler: what reads the body runs in the socket's context.
  app.addHook('preHandler', (request, _reply, done) => {
    const span = spans.get(request);
    if (span === undefined) done();
    else span.run(done);
  });
}

/** What is no HTTP, too long or too slow in coming never becomes a request; the connection ends with a problem. */
function refuseBytes(failure: Error & { readonly code?: string }, socket: FastifyRequest['socket']): void {
  if (failure.code === 'ECONNRESET' || !socket.writable) return;
  const status = STATUS_OF_FAILURE[failure.code ?? ''] ?? 400;
  const told = JSON.stringify(problem(new KafkaError('INVALID_REQUEST', failure.message), status));
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    `content-type: ${PROBLEM_TYPE}`,
    `content-length: ${Buffer.byteLength(told)}`,
    'connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${told}`);
}

/** Node's codes. */
const STATUS_OF_FAILURE: Readonly<Record<string, number>> = {
  ERR_HTTP_REQUEST_TIMEOUT: 408,
  HPE_HEADER_OVERFLOW: 431,
};

/** Watches the routes being added; what it gives answers 405 for the methods that a path does not have. */
function otherMethods(app: FastifyInstance): () => void {
  const methodsOf = new Map<string, string[]>();
  app.addHook('onRoute', ({ url, method, constraints = {} }) => {
    // What is only for the REST Proxy's clients is nothing that others may do.
    if (Object.keys(constraints).length > 0) return;
    methodsOf.set(url, [...(methodsOf.get(url) ?? []), ...[method].flat()]);
  });
  return () => {
    for (const [url, methods] of [...methodsOf]) {
      app.route({
        method: app.supportedMethods.filter((method) => !methods.includes(method)),
        url,
        schema: { hide: true },
        // Before the body, of which a method may want more than there is.
        onRequest: async (request, reply) => {
          const error = new KafkaError('INVALID_REQUEST', `${url} knows ${methods.join(', ')}, not ${request.method}`);
          return sendProblem(reply.header('allow', methods.join(', ')), problem(error, 405));
        },
        handler: async () => {},
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
