/**
 * HTTP over the broker. Loaded when `http.listeners` names an address; what a request asks of the broker goes through a
 * client inside the process, one for each connection, so that it is checked, limited and authorized as Kafka's clients are.
 */
import { setMaxListeners } from 'node:events';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { KafkaError } from '../../protocol/errors.ts';
import type { Broker } from '../broker/broker.ts';
import type { BrokerConfig } from '../config/broker-config.ts';
import type { HttpEndpoint } from '../config/http-listeners.ts';
import { tlsIdentity } from '../config/keystore.ts';
import type { LocalClient } from '../local-client/local-client.ts';
import { type Clock, SystemClock } from '../platform/clock.ts';
import type { Logger } from '../platform/logger.ts';
import type { Tracing } from '../platform/tracing.ts';
import { Admission, type Admitted } from './admission.ts';
import { httpApp } from './app.ts';
import type { HttpContext } from './context.ts';
import { Idempotence } from './idempotence.ts';
import { HttpMetrics } from './observability/http-metrics.ts';

export interface HttpServerOptions {
  readonly config: BrokerConfig;
  readonly broker: Pick<Broker, 'localClient' | 'metrics'>;
  readonly logger: Logger;
  readonly clock?: Clock;
  readonly tracing?: Tracing | undefined;
}

/** A listener that listens: its port is the one that was bound. */
export type BoundHttpListener = HttpEndpoint;

/** An address of `http.listeners` that cannot be listened on. */
export class HttpListenError extends Error {
  override readonly name = 'HttpListenError';
  readonly code = 'LISTEN_FAILED';
}

/** How long a stop waits for answers that clients do not take. */
const STOP_GRACE_MS = 5_000;

export class HttpServer {
  readonly listeners: readonly BoundHttpListener[];
  readonly #apps: readonly FastifyInstance[];
  readonly #stopping: AbortController;
  readonly #clock: Clock;
  /** What goes on when its connection is gone. */
  readonly #unfinished: ReadonlySet<Promise<void>>;
  #stopped: Promise<void> | undefined;

  private constructor(parts: {
    readonly listeners: readonly BoundHttpListener[];
    readonly apps: readonly FastifyInstance[];
    readonly stopping: AbortController;
    readonly clock: Clock;
    readonly unfinished: ReadonlySet<Promise<void>>;
  }) {
    this.listeners = parts.listeners;
    this.#apps = parts.apps;
    this.#stopping = parts.stopping;
    this.#clock = parts.clock;
    this.#unfinished = parts.unfinished;
  }

  /** Listens on every address of `http.listeners`, or on none: rejects with `HttpListenError`. */
  static async start({
    config,
    broker,
    logger,
    clock = new SystemClock(),
    tracing,
  }: HttpServerOptions): Promise<HttpServer> {
    const stopping = new AbortController();
    // One for each stream and WebSocket.
    setMaxListeners(0, stopping.signal);
    const admission = new Admission({ requests: config.httpMaxInFlightRequests, bytes: config.httpMaxInFlightBytes });
    const metrics = new HttpMetrics(admission);
    const connections = new Connections(broker);
    const admitted = new WeakMap<FastifyRequest, Admitted>();
    const unfinished = new Set<Promise<void>>();
    let turn = 0;
    const context: HttpContext = {
      config,
      clock,
      logger,
      stopping: stopping.signal,
      open: metrics.open,
      clientOf: (request) => connections.clientOf(request),
      newClientOf: (request) => connections.open(request),
      finishing(work) {
        const done = work.then(noted, noted).then(() => void unfinished.delete(done));
        unfinished.add(done);
        return work;
      },
      admitted: (request) => admitted.get(request)!,
      nextTurn: () => turn++,
      idempotence: new Idempotence(
        { maxBytes: config.httpIdempotenceMaxBytes, keepMs: config.httpIdempotenceMs },
        clock,
      ),
    };
    const apps: FastifyInstance[] = [];
    const listeners: BoundHttpListener[] = [];
    try {
      for (const endpoint of config.httpListeners) {
        const app = await httpApp({
          ...{ context, broker, admission, metrics, tracing },
          identity: endpoint.scheme === 'https' ? await tlsIdentity(config) : null,
          onAdmitted: (request, share) => void admitted.set(request, share),
        });
        apps.push(app);
        listeners.push(await listen(app, endpoint));
      }
    } catch (failure) {
      await Promise.all(apps.map((app) => app.close()));
      throw failure;
    }
    return new HttpServer({ listeners, apps, stopping, clock, unfinished });
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
    await Promise.all(this.#unfinished);
    deadline.cancel();
  }
}

/** Whoever waits for it hears of its failure. */
function noted(): void {}

/** The broker's client of each connection. */
class Connections {
  readonly #broker: Pick<Broker, 'localClient'>;
  readonly #clients = new WeakMap<FastifyRequest['socket'], LocalClient>();

  constructor(broker: Pick<Broker, 'localClient'>) {
    this.#broker = broker;
  }

  open({ socket: { remoteAddress = '127.0.0.1', remotePort = 0 } }: Pick<FastifyRequest, 'socket'>): LocalClient {
    return this.#broker.localClient({ clientId: 'http', clientHost: remoteAddress, clientPort: remotePort });
  }

  clientOf({ socket }: FastifyRequest): LocalClient {
    let client = this.#clients.get(socket);
    if (client === undefined) {
      client = this.open({ socket });
      this.#clients.set(socket, client);
      const opened = client;
      socket.once('close', () => void opened.close());
    }
    return client;
  }
}

async function listen(app: FastifyInstance, { scheme, host, port }: HttpEndpoint): Promise<BoundHttpListener> {
  try {
    await app.listen({ host, port, listenTextResolver: () => '' });
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
    const why =
      code === 'EADDRINUSE'
        ? 'the port is in use; stop what uses it, or choose another in `http.listeners`'
        : String(cause);
    throw new HttpListenError(`${scheme}://${host}:${port}: ${why}`, { cause });
  }
  const address = app.server.address();
  return { scheme, host, port: address === null || typeof address === 'string' ? port : address.port };
}
