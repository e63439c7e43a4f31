/** The context of a request that came on a connection. */
import type { RequestHeader } from '../../protocol/headers.ts';
import type { ClientSession, RequestContext } from '../handlers/request-context.ts';
import type { AnswerTurn, Connection } from '../net/connection.ts';
import { ANONYMOUS } from '../security/principal.ts';

/** Kafka's word for what a client has not said. */
const UNKNOWN = 'unknown';

/** What all requests of a connection have in common. */
interface Peer {
  readonly clientHost: string;
  readonly session: ClientSession;
}

const peers = new WeakMap<Connection, Peer>();

function peerOf(connection: Connection): Peer {
  let peer = peers.get(connection);
  if (peer === undefined) {
    peer = {
      clientHost: `/${connection.clientHost}`,
      session: { softwareName: UNKNOWN, softwareVersion: UNKNOWN },
    };
    peers.set(connection, peer);
  }
  return peer;
}

export class ConnectionRequestContext implements RequestContext {
  readonly apiVersion: number;
  readonly correlationId: number;
  readonly clientId: string;
  readonly clientHost: string;
  readonly clientPort: number;
  readonly listenerName: string;
  readonly securityProtocol: RequestContext['securityProtocol'];
  /** Listeners are PLAINTEXT, which asks nobody who they are. */
  readonly principal = ANONYMOUS;
  readonly session: ClientSession;
  readonly isForwarded = false;
  readonly startedMs: number;
  readonly #connection: Connection;
  readonly #turn: AnswerTurn;

  constructor(
    { apiVersion, correlationId, clientId }: RequestHeader,
    connection: Connection,
    turn: AnswerTurn,
    startedMs: number,
  ) {
    const { clientHost, session } = peerOf(connection);
    this.apiVersion = apiVersion;
    this.correlationId = correlationId;
    this.clientId = clientId ?? '';
    this.clientHost = clientHost;
    this.clientPort = connection.clientPort;
    this.listenerName = connection.listenerName;
    this.securityProtocol = connection.securityProtocol;
    this.session = session;
    this.startedMs = startedMs;
    this.#connection = connection;
    this.#turn = turn;
  }

  onDisconnect(callback: () => void): () => void {
    return this.#connection.onClose(callback);
  }

  answerTurn(): boolean | Promise<boolean> {
    return this.#turn.comes();
  }

  onAnswerSent(callback: () => void): void {
    this.#turn.onSent(callback);
  }
}
