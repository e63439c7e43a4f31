import type { FastifyInstance } from 'fastify';
import { KafkaError } from '../../../protocol/errors.ts';
import type { HttpContext } from '../context.ts';
import { failures } from '../schemas.ts';

function statusSchema(description: string) {
  return {
    description,
    type: 'object',
    properties: { status: { type: 'string' } },
    required: ['status'],
  };
}

export function healthRoutes(app: FastifyInstance, context: HttpContext): void {
  app.get(
    '/health',
    {
      schema: {
        operationId: 'health',
        summary: 'Whether the process answers',
        response: { 200: statusSchema('It does'), ...failures },
      },
    },
    async () => ({ status: 'ok' }),
  );
  app.get(
    '/ready',
    {
      schema: {
        operationId: 'ready',
        summary: 'Whether the broker takes requests',
        description: 'Asks the broker for its metadata. A broker that stops, or cannot answer, is not ready.',
        response: { 200: statusSchema('It does'), ...failures },
      },
    },
    async (request) => {
      const { brokers } = await context.clientOf(request).metadata([]);
      if (brokers.length === 0) throw new KafkaError('BROKER_NOT_AVAILABLE', 'no broker of the cluster is registered');
      return { status: 'ready' };
    },
  );
}
