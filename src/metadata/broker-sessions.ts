/**
 * Which brokers are alive: each that registered or sent a heartbeat holds a session until it has been silent for
 * `broker.session.timeout.ms` (KIP-631). The broker in the controller's own process lives as long as the controller.
 */
import type { Clock } from '../platform/clock.ts';

export interface BrokerSessionsOptions {
  readonly clock: Clock;
  readonly timeoutMs: number;
  /** The broker in this process, which sends no heartbeats while it only lives on. */
  readonly localBrokerId: number;
}

export class BrokerSessions {
  readonly #options: BrokerSessionsOptions;
  /** By broker id, when it was last heard of on the monotonic clock. */
  readonly #lastContactMs = new Map<number, number>();

  constructor(options: BrokerSessionsOptions) {
    this.#options = options;
  }

  touch(brokerId: number): void {
    this.#lastContactMs.set(brokerId, this.#options.clock.monotonic());
  }

  end(brokerId: number): void {
    this.#lastContactMs.delete(brokerId);
  }

  isValid(brokerId: number): boolean {
    const lastMs = this.#lastContactMs.get(brokerId);
    if (lastMs === undefined) return false;
    const { clock, timeoutMs, localBrokerId } = this.#options;
    return brokerId === localBrokerId || clock.monotonic() - lastMs < timeoutMs;
  }
}
