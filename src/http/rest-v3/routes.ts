/**
 * Confluent's REST Proxy, v3: clusters, brokers, topics, configurations, groups with their lags, ACLs, and producing,
 * under its own paths, kinds and error codes.
 */
import type { FastifyInstance } from 'fastify';
import type { HttpContext } from '../context.ts';
import { aclRoutes } from './acls.ts';
import { clusterRoutes } from './clusters.ts';
import { configRoutes } from './configs.ts';
import { groupRoutes } from './groups.ts';
import { recordRoutes } from './records.ts';
import { restV3Error } from './resource.ts';
import { topicRoutes } from './topics.ts';

export async function restV3Routes(app: FastifyInstance, context: HttpContext): Promise<void> {
  await app.register(async (v3) => {
    // Confluent publishes the document of these.
    v3.addHook('onRoute', (route) => {
      route.schema = { ...route.schema, hide: true };
    });
    v3.setErrorHandler((failure, request, reply) => {
      const error = restV3Error(failure);
      if (error.status >= 500) {
        context.logger.warn(
          { err: error.cause ?? error, requestId: request.id, url: request.url },
          'a REST request failed',
        );
      }
      return reply.status(error.status).send({ error_code: error.errorCode, message: error.message });
    });
    clusterRoutes(v3, context);
    topicRoutes(v3, context);
    configRoutes(v3, context);
    groupRoutes(v3, context);
    aclRoutes(v3, context);
    await recordRoutes(v3, context);
  });
}
