/**
 * Confluent's REST Proxy, v2, under its own paths, types and error codes, so that its clients work unchanged: producing,
 * metadata, and consumer instances, in the formats binary and json.
 */

import type { FastifyInstance } from 'fastify';
import { systemRandom } from '../../platform/random.ts';
import type { HttpContext } from '../context.ts';
import { RestError } from '../rest-error.ts';
import { ConsumerInstances } from './consumer-instances.ts';
import { consumerRoutes } from './consumers.ts';
import { V2_TYPE } from './formats.ts';
import { RestCode, restError } from './rest-error.ts';
import { topicRoutes } from './topics.ts';

/** Before any route: requests that send or accept the REST Proxy's types are another kind for routes that say so. */
export function distinguishRestV2(app: FastifyInstance): void {
  app.addConstraintStrategy({
    name: 'accept',
    storage: () => {
      const handlers = new Map<string, never>();
      return {
        get: (kind: string) => handlers.get(kind) ?? null,
        set: (kind: string, handler: never) => void handlers.set(kind, handler),
      };
    },
    validate: () => true,
    deriveConstraint: ({ headers }) => {
      const types = `${headers.accept ?? ''} ${headers['content-type'] ?? ''}`;
      return (types.includes('vnd.kafka') ? 'vnd.kafka' : undefined) as string;
    },
  });
}

export async function restV2Routes(app: FastifyInstance, context: HttpContext): Promise<void> {
  const instances = new ConsumerInstances({ clock: context.clock, random: systemRandom });
  // With the stop, so that what waits for an instance is answered; the close waits for it.
  let closed: Promise<void> | undefined;
  const closeAll = (): Promise<void> => {
    closed ??= instances.closeAll();
    return closed;
  };
  context.stopping.addEventListener('abort', () => void closeAll(), { once: true });
  app.addHook('onClose', closeAll);
  await app.register(async (v2) => {
    // They have schemas of their own sort of errors, and a document of Confluent's.
    v2.addHook('onRoute', (route) => {
      route.schema = { ...route.schema, hide: true };
    });
    v2.addContentTypeParser(/^application\/vnd\.kafka/, { parseAs: 'string' }, (_request, text, done) => {
      try {
        done(null, text === '' ? undefined : JSON.parse(String(text)));
      } catch (cause) {
        done(new RestError(RestCode.UNPROCESSABLE, 'the body is not JSON', { cause }));
      }
    });
    v2.setErrorHandler((failure, request, reply) => {
      const error = restError(failure);
      if (error.status >= 500) {
        context.logger.warn(
          { err: error.cause ?? error, requestId: request.id, url: request.url },
          'a REST request failed',
        );
      }
      return reply.status(error.status).type(V2_TYPE).send({ error_code: error.errorCode, message: error.message });
    });
    v2.addHook('onSend', async (_request, reply, payload) => {
      if (reply.getHeader('content-type')?.toString().startsWith('application/json')) reply.type(V2_TYPE);
      return payload;
    });
    topicRoutes(v2, context);
    consumerRoutes(v2, context, instances);
  });
}
