import type { FastifyInstance } from 'fastify';
import { describeQuorumRequest, describeQuorumResponse } from '../../../protocol/schema/55-describe-quorum.ts';
import type { MetricFamily } from '../../broker/metrics/metric-family.ts';
import { throwIfFailed } from '../../local-client/errors.ts';
import type { HttpContext } from '../context.ts';
import { exposition } from '../observability/exposition.ts';
import type { HttpMetrics } from '../observability/http-metrics.ts';
import { failures } from '../schemas.ts';

const DESCRIBE_QUORUM_VERSION = 2;

export interface MetricsRouteOptions {
  readonly broker: { metrics(): Promise<MetricFamily[]> };
  readonly http: HttpMetrics;
}

/** Whoever may describe the cluster may read its metrics. Scrapes that meet share one walk over the broker. */
export function metricsRoutes(app: FastifyInstance, context: HttpContext, { broker, http }: MetricsRouteOptions): void {
  let underWay: Promise<string> | undefined;
  app.get(
    '/metrics',
    {
      schema: {
        operationId: 'metrics',
        summary: 'Metrics for Prometheus',
        description: 'Needs DESCRIBE of the cluster where ACLs are enforced.',
        response: {
          200: { description: 'Text format 0.0.4', content: { 'text/plain': { schema: { type: 'string' } } } },
          ...failures,
        },
      },
      serializerCompiler: () => (answer) => (typeof answer === 'string' ? answer : JSON.stringify(answer)),
    },
    async (request, reply) => {
      const answer = await context
        .clientOf(request)
        .request([describeQuorumRequest, describeQuorumResponse], DESCRIBE_QUORUM_VERSION, { topics: [] });
      throwIfFailed(answer, 'The metrics of the cluster');
      underWay ??= text().finally(() => {
        underWay = undefined;
      });
      return reply.type(http.contentType).send(await underWay);
    },
  );

  async function text(): Promise<string> {
    return (
      (await exposition(await broker.metrics(), () => new Promise((resolve) => setImmediate(resolve)))) +
      (await http.text())
    );
  }
}
