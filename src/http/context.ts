import type { FastifyRequest } from 'fastify';
import type { BrokerConfig } from '../config/broker-config.ts';
import type { LocalClient } from '../local-client/local-client.ts';
import type { Clock } from '../platform/clock.ts';
import type { Logger } from '../platform/logger.ts';
import type { Admitted } from './admission.ts';

/** What the routes may use. */
export interface HttpContext {
  readonly config: BrokerConfig;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Aborted when the server stops: what waits or streams ends. */
  readonly stopping: AbortSignal;
  /** The broker's client of the connection that the request came on; it closes with the connection. */
  clientOf(request: FastifyRequest): LocalClient;
  /** The request's share of what HTTP may hold. */
  admitted(request: FastifyRequest): Admitted;
  /** Counts up: where a read of several partitions begins, so that none waits for ever. */
  nextTurn(): number;
}
