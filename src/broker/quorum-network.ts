/**
 * The quorum's network over sockets: to each address one connection, opened when something is to be sent and again after
 * it ended. Each request goes in the newest version that both sides know.
 */
import { KafkaError, toKafkaError } from '../../protocol/errors.ts';
import { BrokerConnection, type ClientPorts, type ConnectionConfig } from '../client/broker-connection.ts';
import { ConnectionError } from '../net/client-socket.ts';
import type { Peer, RaftApi, RaftNetwork, RequestOf, ResponseOf, VoterEndpoint } from '../raft/messages.ts';
import { exchanges } from '../raft/wire.ts';

export interface QuorumNetworkOptions {
  /** The listener by which voters reach each other. */
  readonly listenerName: string;
  /** How they are reached; `requestTimeoutMs` is `controller.quorum.request.timeout.ms`. */
  readonly connection: ConnectionConfig;
  readonly ports: ClientPorts;
}

export class QuorumNetwork implements RaftNetwork {
  readonly #options: QuorumNetworkOptions;
  /** By `host:port`; while one is being opened, whoever wants it waits for the same. */
  readonly #connections = new Map<string, Promise<BrokerConnection>>();
  #isClosed = false;

  constructor(options: QuorumNetworkOptions) {
    this.#options = options;
  }

  /** Rejects with a `KafkaError`: NETWORK_EXCEPTION, REQUEST_TIMED_OUT, UNSUPPORTED_VERSION. */
  async send<A extends RaftApi>(peer: Peer, api: A, request: RequestOf<A>): Promise<ResponseOf<A>> {
    const exchange = exchanges[api];
    try {
      const connection = await this.#connectionTo(this.#addressOf(peer));
      const answer = await connection.send([exchange.request, exchange.response], exchange.encode(request));
      return exchange.decode(answer, this.#options.listenerName);
    } catch (failure) {
      if (failure instanceof ConnectionError) throw unreachable(failure.message, failure);
      throw toKafkaError(failure);
    }
  }

  /** Closes every connection; what is under way and what comes is rejected. */
  close(): void {
    this.#isClosed = true;
    for (const opened of this.#connections.values()) {
      opened.then(
        (connection) => connection.close(),
        () => {},
      );
    }
    this.#connections.clear();
  }

  #addressOf({ id, endpoints }: Peer): VoterEndpoint {
    const { listenerName } = this.#options;
    // A bootstrap server has an address without a listener's name.
    const at = endpoints.find(({ name }) => name === listenerName) ?? (id < 0 ? endpoints[0] : undefined);
    if (at === undefined) throw unreachable(`node ${id} has no address on the listener ${listenerName}`);
    return at;
  }

  async #connectionTo({ host, port }: VoterEndpoint): Promise<BrokerConnection> {
    const address = `${host}:${port}`;
    for (let opened = this.#connections.get(address); opened !== undefined; ) {
      const connection = await opened;
      if (!connection.isClosed) return connection;
      // Unless somebody else has begun to open it again.
      const now = this.#connections.get(address);
      opened = now === opened ? undefined : now;
    }
    if (this.#isClosed) throw unreachable('this node is shutting down');
    const opening = BrokerConnection.open({ host, port }, this.#options.connection, this.#options.ports);
    this.#connections.set(address, opening);
    try {
      const connection = await opening;
      if (this.#isClosed) connection.close();
      return connection;
    } catch (failure) {
      if (this.#connections.get(address) === opening) this.#connections.delete(address);
      throw failure;
    }
  }
}

function unreachable(message: string, cause?: Error): KafkaError {
  return new KafkaError('NETWORK_EXCEPTION', message, { cause });
}
