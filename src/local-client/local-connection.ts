import type { AnswerTurn, Connection, SecurityProtocol } from '../net/connection.ts';

/** Who asks, as a broker's handlers, ACLs and logs see a client that came without a socket. */
export interface LocalClientIdentity {
  /** Whose rules hold for it: one of the broker's listeners. */
  readonly listenerName: string;
  readonly securityProtocol: SecurityProtocol;
  /** An address: the one it asks from, where it came by another door than Kafka's. */
  readonly clientHost: string;
  readonly clientPort: number;
}

/** A client inside the process, in the place of a connection. */
export class LocalConnection implements Connection {
  readonly id: string;
  readonly listenerName: string;
  readonly securityProtocol: SecurityProtocol;
  readonly isPrivileged = false;
  readonly clientHost: string;
  readonly clientPort: number;
  readonly localHost: string;
  readonly localPort = 0;
  readonly #onClose = new Set<() => void>();
  #closedBecause: string | undefined;

  constructor({ listenerName, securityProtocol, clientHost, clientPort }: LocalClientIdentity) {
    this.listenerName = listenerName;
    this.securityProtocol = securityProtocol;
    this.clientHost = clientHost;
    this.clientPort = clientPort;
    this.localHost = clientHost;
    this.id = `local-${clientHost}:${clientPort}`;
  }

  get isClosed(): boolean {
    return this.#closedBecause !== undefined;
  }

  /** Why, once it is closed. */
  get closedBecause(): string | undefined {
    return this.#closedBecause;
  }

  onClose(callback: () => void): () => void {
    if (this.isClosed) queueMicrotask(callback);
    else this.#onClose.add(callback);
    return () => void this.#onClose.delete(callback);
  }

  close(reason: string): void {
    if (this.isClosed) return;
    this.#closedBecause = reason;
    const callbacks = [...this.#onClose];
    this.#onClose.clear();
    for (const callback of callbacks) callback();
  }
}

/**
 * The place of one request. Its turn is there at once: nothing waits for a socket, and what fetches hold together is
 * bounded by the broker.
 */
export class LocalTurn implements AnswerTurn {
  readonly #connection: LocalConnection;
  #onSent: (() => void)[] = [];
  #isGone = false;

  constructor(connection: LocalConnection) {
    this.#connection = connection;
  }

  comes(): boolean {
    return !this.#connection.isClosed;
  }

  onSent(callback: () => void): void {
    if (this.#isGone) callback();
    else this.#onSent.push(callback);
  }

  /** The answer was taken, or never will be. */
  gone(): void {
    this.#isGone = true;
    const callbacks = this.#onSent;
    this.#onSent = [];
    for (const callback of callbacks) callback();
  }
}
