import { lookup } from 'node:dns/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { BufferPool } from '../collections/buffer-pool.ts';
import type { Clock, Timer } from '../platform/clock.ts';
import type { Logger } from '../platform/logger.ts';
import { javaAddress } from './address.ts';
import type { BoundListener, FrameHandler, ListenerConfig } from './connection.ts';
import { type Lander, readInto } from './landing.ts';
import type { ConnectionLimits, NetLimits } from './limits.ts';
import { READ_BYTES, RequestMemory } from './request-memory.ts';
import { type ConnectionPorts, SocketConnection } from './socket-connection.ts';

export interface SocketServerOptions {
  readonly listeners: readonly ListenerConfig[];
  readonly handler: FrameHandler;
  readonly limits: NetLimits;
  /** Where frames of many bytes come from; who handles them may give them back when nobody uses them any more. */
  readonly buffers?: BufferPool;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** A listener that cannot listen. */
export class ListenError extends Error {
  override readonly name = 'ListenError';
  readonly code = 'LISTEN_FAILED';
}

/** Connections that the system holds before they are accepted (Kafka's `socket.listen.backlog.size`). */
const BACKLOG = 511;
/** Idle connections are looked for no more often than this. */
const SHORTEST_IDLE_CHECK_MS = 10;
/** A port chosen for `localhost`'s first address may be taken on its second; then another is tried. */
const PORT_ATTEMPTS = 10;
/** What binding to an address says that a name stands for but no interface has: `::1` in a container without IPv6. */
const ABSENT_ADDRESS: ReadonlySet<string | undefined> = new Set(['EADDRNOTAVAIL', 'EAFNOSUPPORT']);

/** A listener's connections. */
export interface ListenerConnections {
  readonly listener: string;
  open: number;
  /** Since the start, the refused ones not among them. */
  accepted: number;
  refused: number;
}

/** Listens, accepts within the limits, closes what is idle, and stops. */
export class SocketServer {
  readonly #options: SocketServerOptions;
  readonly #ports: ConnectionPorts;
  readonly #servers: Server[] = [];
  readonly #connections = new Set<SocketConnection>();
  readonly #connectionsOfIp = new Map<string, number>();
  readonly #byListener: ReadonlyMap<string, ListenerConnections>;
  #connectionLimits: ConnectionLimits;
  #accepted = 0;
  #idleTimer: Timer | null = null;
  #stopped: Promise<void> | null = null;
  #onLastClosed: (() => void) | null = null;

  constructor(options: SocketServerOptions) {
    this.#options = options;
    this.#connectionLimits = options.limits;
    this.#byListener = new Map(
      options.listeners.map(({ name }) => [name, { listener: name, open: 0, accepted: 0, refused: 0 }]),
    );
    const { handler, limits, buffers = new BufferPool(), clock, logger } = options;
    this.#ports = {
      handler,
      limits,
      buffers,
      clock,
      logger,
      memory: new RequestMemory(limits),
      landing: Buffer.allocUnsafeSlow(READ_BYTES),
    };
  }

  get connectionCount(): number {
    return this.#connections.size;
  }
  /** Of each listener. */
  get connections(): Readonly<ListenerConnections>[] {
    return [...this.#byListener.values()];
  }
  /** Bytes of requests that were received and are not yet answered. */
  get queuedRequestBytes(): number {
    return this.#ports.memory.heldBytes;
  }

  /** Listens on every listener, or on none: rejects with `ListenError`. */
  async start(): Promise<BoundListener[]> {
    const bound: BoundListener[] = [];
    try {
      for (const listener of this.#options.listeners) bound.push(await this.#listen(listener));
    } catch (error) {
      await this.stop(0);
      throw error;
    }
    return bound;
  }

  /** From now on, for connections that come; those that are there stay. */
  updateLimits(limits: ConnectionLimits): void {
    this.#connectionLimits = limits;
  }

  /** Accepts and reads no more, lets requests that came whole be answered for up to `graceMs`, then closes everything. */
  stop(graceMs: number): Promise<void> {
    this.#stopped ??= this.#stop(graceMs);
    return this.#stopped;
  }

  async #stop(graceMs: number): Promise<void> {
    this.#idleTimer?.cancel();
    const closed = this.#servers.map((server) => new Promise<void>((resolve) => server.close(() => resolve())));
    for (const connection of this.#connections) connection.finish();
    if (this.#connections.size > 0 && graceMs > 0) {
      await new Promise<void>((resolve) => {
        const deadline = this.#options.clock.after(graceMs, resolve);
        this.#onLastClosed = () => {
          deadline.cancel();
          resolve();
        };
      });
    }
    if (this.#connections.size > 0) {
      this.#options.logger.warn({ connections: this.#connections.size }, 'connections are cut off by the stop');
    }
    for (const connection of this.#connections) connection.destroy();
    await Promise.all(closed);
  }

  // Listening

  async #listen(listener: ListenerConfig): Promise<BoundListener> {
    for (let attempt = 1; ; attempt++) {
      const servers: Server[] = [];
      try {
        const port = await this.#bindAll(listener, servers);
        this.#servers.push(...servers);
        this.#options.logger.info({ listener: listener.name, host: listener.host, port }, 'listening');
        return { ...listener, port };
      } catch (error) {
        for (const server of servers) server.close();
        const retry = listener.port === 0 && servers.length > 0 && attempt < PORT_ATTEMPTS;
        if (!retry) throw listenError(listener, error);
      }
    }
  }

  /** Binds every address of the listener's host that this machine has to one port, and adds the servers to `bound`. */
  async #bindAll(listener: ListenerConfig, bound: Server[]): Promise<number> {
    const hosts = await addressesOf(listener.host);
    let { port } = listener;
    for (const [index, host] of hosts.entries()) {
      try {
        const server = await this.#bind(listener, host, port);
        bound.push(server);
        port = portOf(server);
      } catch (error) {
        const isLastChance = index === hosts.length - 1 && bound.length === 0;
        if (!ABSENT_ADDRESS.has(codeOf(error)) || isLastChance) throw error;
      }
    }
    return port;
  }

  #bind(listener: ListenerConfig, host: string | undefined, port: number): Promise<Server> {
    const server = createServer(
      { noDelay: true, keepAlive: true, allowHalfOpen: true, pauseOnConnect: true },
      (socket) => this.#accept(socket, listener),
    );
    return new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen({ port, backlog: BACKLOG, ...(host === undefined ? {} : { host }) }, () => {
        server.off('error', reject);
        server.on('error', (error) =>
          this.#options.logger.error({ listener: listener.name, err: error }, 'a connection could not be accepted'),
        );
        resolve(server);
      });
    });
  }

  // Connections

  #accept(socket: Socket, listener: ListenerConfig): void {
    const onError = (err: Error): void =>
      this.#options.logger.debug({ listener: listener.name, err }, 'a connection broke');
    socket.on('error', onError);
    if (socket.remoteAddress === undefined) {
      socket.destroy();
      return;
    }
    const ip = javaAddress(socket.remoteAddress);
    const ofIp = this.#connectionsOfIp.get(ip) ?? 0;
    const refusal = this.#refusal(ip, ofIp, listener);
    const counts = this.#byListener.get(listener.name)!;
    if (refusal !== null) {
      counts.refused++;
      this.#options.logger.warn({ listener: listener.name, clientHost: ip }, `connection is refused: ${refusal}`);
      socket.destroy();
      return;
    }
    const open = (lander: Lander): Socket => {
      const read = readInto(socket, lander);
      read.on('error', onError);
      return read;
    };
    const connection = new SocketConnection(open, listener, this.#accepted++, this.#ports);
    this.#connections.add(connection);
    counts.open++;
    counts.accepted++;
    this.#connectionsOfIp.set(ip, ofIp + 1);
    socket.once('close', () => {
      counts.open--;
      this.#closed(connection, ip);
    });
    if (this.#stopped !== null) connection.finish();
    else if (this.#connections.size === 1) this.#scheduleIdleCheck();
  }

  #refusal(ip: string, ofIp: number, listener: ListenerConfig): string | null {
    const { maxConnections, maxConnectionsPerIp, maxConnectionsPerIpOverrides } = this.#connectionLimits;
    const ofIpAllowed = maxConnectionsPerIpOverrides?.get(ip) ?? maxConnectionsPerIp;
    if (ofIp >= ofIpAllowed) return `max.connections.per.ip of ${ofIpAllowed} is reached`;
    if (this.#connections.size >= maxConnections && listener.isPrivileged !== true) {
      return `max.connections of ${maxConnections} is reached`;
    }
    return null;
  }

  #closed(connection: SocketConnection, ip: string): void {
    this.#connections.delete(connection);
    const ofIp = this.#connectionsOfIp.get(ip)! - 1;
    if (ofIp > 0) this.#connectionsOfIp.set(ip, ofIp);
    else this.#connectionsOfIp.delete(ip);
    if (this.#connections.size > 0) return;
    this.#idleTimer?.cancel();
    this.#onLastClosed?.();
  }

  /** One timer for all connections, set for the first that could be idle for too long. */
  #scheduleIdleCheck(): void {
    const maxIdleMs = this.#options.limits.connectionsMaxIdleMs;
    if (maxIdleMs < 0) return;
    const { clock } = this.#options;
    const now = clock.monotonic();
    let oldest = now;
    for (const { idleSinceMs } of this.#connections) {
      if (idleSinceMs !== undefined && idleSinceMs < oldest) oldest = idleSinceMs;
    }
    const delayMs = Math.max(oldest + maxIdleMs - now, SHORTEST_IDLE_CHECK_MS);
    this.#idleTimer?.cancel();
    this.#idleTimer = clock.after(delayMs, () => {
      this.#closeIdle(maxIdleMs);
      if (this.#connections.size > 0 && this.#stopped === null) this.#scheduleIdleCheck();
    });
  }

  #closeIdle(maxIdleMs: number): void {
    const now = this.#options.clock.monotonic();
    for (const connection of this.#connections) {
      const { idleSinceMs } = connection;
      if (idleSinceMs !== undefined && now - idleSinceMs >= maxIdleMs) connection.close('connections.max.idle.ms');
    }
  }
}

/** What to bind for a listener's host: every address of `localhost`, for clients that try only one of them. */
async function addressesOf(host: string | null): Promise<(string | undefined)[]> {
  if (host === null || host === '') return [undefined];
  if (host !== 'localhost') return [host];
  const found = await lookup(host, { all: true });
  return [...new Set(found.map(({ address }) => address))];
}

function portOf(server: Server): number {
  const address = server.address();
  return address === null || typeof address === 'string' ? 0 : address.port;
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error ? String(error.code) : undefined;
}

const LISTEN_ADVICE: Readonly<Record<string, string>> = {
  EADDRINUSE: 'the port is in use; stop what uses it, or choose another in `listeners`',
  EADDRNOTAVAIL: "the host is not one of this machine's; correct it in `listeners`",
  ENOTFOUND: 'the host is not known; correct it in `listeners`',
  EACCES: 'the port needs privileges; choose one above 1023 in `listeners`',
};

function listenError(listener: ListenerConfig, cause: unknown): ListenError {
  const advice = LISTEN_ADVICE[codeOf(cause) ?? ''];
  const reason = advice ?? `cannot listen: ${cause instanceof Error ? cause.message : String(cause)}`;
  return new ListenError(`listener ${listener.name}://${listener.host ?? ''}:${listener.port}: ${reason}`, { cause });
}
