import type { Later } from '../platform/later.ts';

export type SecurityProtocol = 'PLAINTEXT';

/** Where to listen. */
export interface ListenerConfig {
  readonly name: string;
  /** A name or address; null or empty for all addresses, of IPv6 too where the machine has it. */
  readonly host: string | null;
  /** 0 for one that is free. */
  readonly port: number;
  readonly securityProtocol: SecurityProtocol;
  /** For brokers and controllers: kept open to them when `max.connections` are reached. */
  readonly isPrivileged?: boolean;
}

/** A listener that listens: its port is the one that was bound. */
export interface BoundListener extends ListenerConfig {
  readonly port: number;
}

/** What a request's handling may know of the connection it came on. */
export interface Connection {
  /** As Kafka's: `localHost:localPort-remoteHost:remotePort-0-n`. */
  readonly id: string;
  readonly listenerName: string;
  readonly securityProtocol: SecurityProtocol;
  readonly isPrivileged: boolean;
  /** An address as Java prints it: `127.0.0.1`, `0:0:0:0:0:0:0:1`. */
  readonly clientHost: string;
  readonly clientPort: number;
  readonly localHost: string;
  readonly localPort: number;
  /** The client is gone, or was sent away. Requests that came before may still be under way. */
  readonly isClosed: boolean;
  /** Calls back once when the connection closes, soon if it is closed already. The function returned takes that back. */
  onClose(callback: () => void): () => void;
  /** Sends what is answered, drops what is not, and ends the connection. */
  close(reason: string): void;
}

/** A request's place in its connection's line of answers; for answers too large to be prepared before they can leave. */
export interface AnswerTurn {
  /**
   * True, at once or later, when every earlier request of the connection is answered and the client has taken those
   * answers, all but `NetLimits.writeHighWaterBytes`. False when the connection is gone, and nothing is sent any more.
   */
  comes(): boolean | Promise<boolean>;
  /** Calls back once when the answer has left for the operating system, was none, or is not sent any more. */
  onSent(callback: () => void): void;
}

/**
 * What the broker makes of one frame (without its size). Called synchronously and in the order of arrival, also while
 * earlier frames of the connection are under way. It must settle at some time, also when the connection closes; an
 * error that it throws or rejects with closes the connection once the answers before it are sent.
 */
export type FrameHandler = (
  frame: Buffer,
  connection: Connection,
  turn: AnswerTurn,
) => Promise<FrameAnswer> | Later<FrameAnswer> | FrameAnswer;

/** A response, header and body, without its size; null for no answer (acks=0). */
export type FrameAnswer = readonly Buffer[] | null;
