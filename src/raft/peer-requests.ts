/** One request at a time to each replica, and a pause after one that failed. Kafka's `RequestManager`. */
import type { Clock } from '../platform/clock.ts';
import type { RaftConfig } from './raft-config.ts';

interface Connection {
  /** Of the request under way; 0 when there is none. */
  token: number;
  sentMs: number;
  notBeforeMs: number;
}

export class PeerRequests {
  readonly #clock: Clock;
  readonly #config: RaftConfig;
  readonly #connections = new Map<number, Connection>();
  #lastToken = 0;

  constructor(clock: Clock, config: RaftConfig) {
    this.#clock = clock;
    this.#config = config;
  }

  /** How long until something may be sent to this replica; 0 for now. */
  waitMs(id: number): number {
    const connection = this.#connections.get(id);
    if (connection === undefined) return 0;
    const nowMs = this.#clock.now();
    if (connection.token !== 0) {
      const leftMs = connection.sentMs + this.#config.requestTimeoutMs - nowMs;
      if (leftMs > 0) return leftMs;
      // Whatever comes now comes too late.
      connection.token = 0;
    }
    return Math.max(connection.notBeforeMs - nowMs, 0);
  }

  sent(id: number): number {
    this.#lastToken++;
    this.#connections.set(id, { token: this.#lastToken, sentMs: this.#clock.now(), notBeforeMs: 0 });
    return this.#lastToken;
  }

  /** Whether the answer is still waited for. */
  answered(id: number, token: number): boolean {
    const connection = this.#connections.get(id);
    if (connection?.token !== token) return false;
    connection.token = 0;
    return true;
  }

  /** As `answered`; nothing is sent for a while. */
  failed(id: number, token: number): boolean {
    if (!this.answered(id, token)) return false;
    this.#connections.get(id)!.notBeforeMs = this.#clock.now() + this.#config.retryBackoffMs;
    return true;
  }

  /** A new epoch: what was asked in the last one is of no interest. */
  reset(): void {
    this.#connections.clear();
  }
}
