import type { FastifyRequest } from 'fastify';
import type { BrokerConfig } from '../config/broker-config.ts';
import type { LocalClient } from '../local-client/local-client.ts';
import type { Clock } from '../platform/clock.ts';
import type { Logger } from '../platform/logger.ts';
import type { Admitted } from './admission.ts';
import type { Idempotence } from './idempotence.ts';
import type { OpenCounts } from './observability/http-metrics.ts';

/** What the routes may use. */
export interface HttpContext {
  readonly config: BrokerConfig;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Aborted when the server stops: what waits or streams ends. */
  readonly stopping: AbortSignal;
  /** What is open and lasts, counted for metrics. */
  readonly open: OpenCounts;
  /** The broker's client of the connection that the request came on; it closes with the connection. */
  clientOf(request: FastifyRequest): LocalClient;
  /** Another one, which the caller closes: for what goes on when the connection is gone. */
  newClientOf(request: FastifyRequest): LocalClient;
  /** The server's stop waits for it. Resolves and rejects as it does. */
  finishing<T>(work: Promise<T>): Promise<T>;
  /** The request's share of what HTTP may hold. */
  admitted(request: FastifyRequest): Admitted;
  /** Requests that may come again. */
  readonly idempotence: Idempotence;
  /** Counts up: where a read of several partitions begins, so that none waits for ever. */
  nextTurn(): number;
}
