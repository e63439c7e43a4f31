import type { SecurityProtocol } from '../config/listeners.ts';
import type { Principal } from '../security/principal.ts';

/** What a client said of itself on its connection; empty until it has. */
export interface ClientSession {
  /** As ApiVersions tells it (KIP-511). */
  softwareName: string;
  softwareVersion: string;
}

/** Who asks, and how. */
export interface RequestContext {
  readonly apiVersion: number;
  readonly correlationId: number;
  /** Empty when the client gave none. */
  readonly clientId: string;
  /** As Kafka prints it: "/127.0.0.1". */
  readonly clientHost: string;
  readonly clientPort: number;
  readonly listenerName: string;
  readonly securityProtocol: SecurityProtocol;
  readonly principal: Principal;
  /** What is known of the connection beyond this request. */
  readonly session: ClientSession;
  /** Another broker sent it on for its client, who is the one described here. */
  readonly isForwarded: boolean;
  /** When its handling began, on a clock that never goes back; NaN while nobody looks at times. */
  readonly startedMs: number;
  /** Calls back once when the connection closes; the function returned takes that back. */
  onDisconnect(callback: () => void): () => void;
  /** See `AnswerTurn.comes`: what prepares large answers waits for it, so that a connection holds one of them at most. */
  answerTurn(): boolean | Promise<boolean>;
  /** Calls back once when the answer has left, or is not sent any more. */
  onAnswerSent(callback: () => void): void;
}

/** The context of a request that came inside another one. */
export function contextWithin(outer: RequestContext, changes: Partial<RequestContext>): RequestContext {
  return {
    ...outer,
    // A context's methods may not be its own, which a copy leaves behind.
    onDisconnect: (callback) => outer.onDisconnect(callback),
    answerTurn: () => outer.answerTurn(),
    onAnswerSent: (callback) => outer.onAnswerSent(callback),
    ...changes,
  };
}
