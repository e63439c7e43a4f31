/** `/v3/clusters`: the cluster of this broker, and its brokers. */

import type { FastifyInstance } from 'fastify';
import type { HttpContext } from '../context.ts';
import { RestError } from '../rest-error.ts';
import { list, pathOf, related, resource } from './resource.ts';
import { type ClusterParams, clusterRequest } from './scope.ts';

export function clusterRoutes(app: FastifyInstance, context: HttpContext): void {
  const clusterOf = async (request: Parameters<typeof clusterRequest>[1]) => {
    const { clusterId, controllerId } = await clusterRequest(context, request);
    const at = (...parts: (string | number)[]) => related(request, pathOf(clusterId, ...parts));
    return resource(request, 'KafkaCluster', pathOf(clusterId), {
      cluster_id: clusterId,
      ...(controllerId < 0 ? {} : { controller: at('brokers', controllerId) }),
      acls: at('acls'),
      brokers: at('brokers'),
      broker_configs: at('broker-configs'),
      consumer_groups: at('consumer-groups'),
      topics: at('topics'),
      partition_reassignments: at('topics', '-', 'partitions', '-', 'reassignment'),
    });
  };
  app.get('/v3/clusters', async (request) => list(request, 'KafkaCluster', '/v3/clusters', [await clusterOf(request)]));
  app.get<{ Params: ClusterParams }>('/v3/clusters/:cluster', clusterOf);

  const brokersOf = async (request: Parameters<typeof clusterRequest>[1]) => {
    const { clusterId, brokers } = await clusterRequest(context, request);
    return brokers.map(({ nodeId, host, port, rack }) => {
      const path = pathOf(clusterId, 'brokers', nodeId);
      return resource(request, 'KafkaBroker', path, {
        ...{ cluster_id: clusterId, broker_id: nodeId, host, port, rack },
        configs: related(request, `${path}/configs`),
        partition_replicas: related(request, `${path}/partition-replicas`),
      });
    });
  };
  app.get<{ Params: ClusterParams }>('/v3/clusters/:cluster/brokers', async (request) =>
    list(request, 'KafkaBroker', pathOf(request.params.cluster, 'brokers'), await brokersOf(request)),
  );
  app.get<{ Params: ClusterParams & { broker: string } }>('/v3/clusters/:cluster/brokers/:broker', async (request) => {
    const brokers = await brokersOf(request);
    const found = brokers.find((broker) => String(broker.broker_id) === request.params.broker);
    if (found === undefined) throw new RestError(404, `Broker ${request.params.broker} cannot be found.`);
    return found;
  });
}
