import type { FastifyRequest } from 'fastify';
import { localCluster } from '../../client/local-cluster.ts';
import type { LocalClient } from '../../local-client/local-client.ts';
import { systemRandom } from '../../platform/random.ts';
import type { HttpContext } from '../context.ts';
import { RestError } from '../rest-error.ts';

export interface ClusterParams {
  readonly cluster: string;
}

/** What a request is about: the cluster that its path names, which is this broker's. Rejects with 404 for another. */
export async function clusterRequest(context: HttpContext, request: FastifyRequest) {
  const client = context.clientOf(request);
  const { clusterId, controllerId, brokers } = await client.metadata([]);
  const { cluster = clusterId } = request.params as Partial<ClusterParams>;
  if (cluster !== clusterId) throw new RestError(404, `Cluster ${cluster} cannot be found.`);
  return { client, clusterId: clusterId ?? '', controllerId, brokers };
}

/** The cluster as the command line's functions take it. */
export function clusterOf(context: HttpContext, client: LocalClient) {
  return localCluster(client, { clock: context.clock, random: systemRandom });
}
