/** `/v3/clusters/{id}/consumer-groups`: groups, their members and their lags. */

import type { FastifyInstance, FastifyRequest } from 'fastify';
import { findGroup, type Group, type Lag, lagsOf, listGroups, type Member } from '../../client/groups.ts';
import type { HttpContext } from '../context.ts';
import { RestError } from '../rest-error.ts';
import { list, pathOf, related, resource } from './resource.ts';
import { type ClusterParams, clusterOf, clusterRequest } from './scope.ts';

type GroupParams = ClusterParams & { readonly group: string };

const GROUPS = '/v3/clusters/:cluster/consumer-groups';

export function groupRoutes(app: FastifyInstance, context: HttpContext): void {
  const scopeOf = async (request: FastifyRequest) => {
    const { client, clusterId } = await clusterRequest(context, request);
    return { clusterId, cluster: clusterOf(context, client) };
  };
  app.get<{ Params: ClusterParams }>(GROUPS, async (request) => {
    const { clusterId, cluster } = await scopeOf(request);
    const data = [];
    for (const { groupId, coordinator } of await listGroups(cluster)) {
      data.push(groupResource(request, clusterId, await findGroup(cluster, groupId), coordinator));
    }
    return list(request, 'KafkaConsumerGroup', pathOf(clusterId, 'consumer-groups'), data);
  });
  app.get<{ Params: GroupParams }>(`${GROUPS}/:group`, async (request) => {
    const { clusterId, cluster } = await scopeOf(request);
    const group = await findGroup(cluster, request.params.group);
    const listed = (await listGroups(cluster)).find(({ groupId }) => groupId === group.groupId);
    return groupResource(request, clusterId, group, listed?.coordinator ?? -1);
  });
  app.get<{ Params: GroupParams }>(`${GROUPS}/:group/consumers`, async (request) => {
    const { clusterId, cluster } = await scopeOf(request);
    const { groupId, members } = await findGroup(cluster, request.params.group);
    const data = members.map((member) => consumerResource(request, clusterId, groupId, member));
    return list(request, 'KafkaConsumer', pathOf(clusterId, 'consumer-groups', groupId, 'consumers'), data);
  });
  app.get<{ Params: GroupParams }>(`${GROUPS}/:group/lags`, async (request) => {
    const { clusterId, cluster } = await scopeOf(request);
    const group = await findGroup(cluster, request.params.group);
    const data = (await lagsOf(cluster, group)).map((lag) => lagResource(request, clusterId, group.groupId, lag));
    return list(request, 'KafkaConsumerLag', pathOf(clusterId, 'consumer-groups', group.groupId, 'lags'), data);
  });
  app.get<{ Params: GroupParams }>(`${GROUPS}/:group/lag-summary`, async (request) => {
    const { clusterId, cluster } = await scopeOf(request);
    const { groupId, ...group } = await findGroup(cluster, request.params.group);
    const lags = await lagsOf(cluster, { groupId, ...group });
    const most = lags.reduce<Lag | undefined>(
      (a, b) => (a === undefined || (b.lag ?? 0) > (a.lag ?? 0) ? b : a),
      undefined,
    );
    if (most === undefined) throw new RestError(404, `Consumer group ${groupId} has no offsets.`);
    const path = pathOf(clusterId, 'consumer-groups', groupId);
    const { topic, partition, member } = most;
    return resource(request, 'KafkaConsumerLagSummary', `${path}/lag-summary`, {
      cluster_id: clusterId,
      consumer_group_id: groupId,
      max_lag_consumer_id: member?.memberId ?? '',
      max_lag_instance_id: member?.instanceId ?? null,
      max_lag_client_id: member?.clientId ?? '',
      max_lag_topic_name: topic,
      max_lag_partition_id: partition,
      max_lag: most.lag ?? 0,
      total_lag: lags.reduce((sum, { lag }) => sum + (lag ?? 0), 0),
      max_lag_consumer: related(request, `${path}/consumers/${encodeURIComponent(member?.memberId ?? '')}`),
      max_lag_partition: related(request, pathOf(clusterId, 'topics', topic, 'partitions', partition)),
    });
  });
}

/** `PreparingRebalance` is `PREPARING_REBALANCE`. */
function stateName(state: string): string {
  return state.replaceAll(/(?<=[a-z])([A-Z])/g, '_$1').toUpperCase();
}

function groupResource(request: FastifyRequest, clusterId: string, group: Group, coordinator: number) {
  const { groupId, type, state, assignor, members } = group;
  const path = pathOf(clusterId, 'consumer-groups', groupId);
  return resource(request, 'KafkaConsumerGroup', path, {
    cluster_id: clusterId,
    consumer_group_id: groupId,
    is_simple: type === 'classic' && members.length === 0 && assignor === '',
    partition_assignor: assignor,
    state: stateName(state),
    type: type.toUpperCase(),
    ...(coordinator < 0 ? {} : { coordinator: related(request, pathOf(clusterId, 'brokers', coordinator)) }),
    consumers: related(request, `${path}/consumers`),
    lag_summary: related(request, `${path}/lag-summary`),
  });
}

function consumerResource(request: FastifyRequest, clusterId: string, groupId: string, member: Member) {
  const { memberId, instanceId, clientId } = member;
  const path = pathOf(clusterId, 'consumer-groups', groupId, 'consumers', memberId);
  return resource(request, 'KafkaConsumer', path, {
    ...{ cluster_id: clusterId, consumer_group_id: groupId, consumer_id: memberId },
    ...{ instance_id: instanceId, client_id: clientId },
    assignments: related(request, `${path}/assignments`),
  });
}

function lagResource(request: FastifyRequest, clusterId: string, groupId: string, each: Lag) {
  const { topic, partition, offset, end, lag, member } = each;
  const path = pathOf(clusterId, 'topics', topic, 'partitions', partition, 'lag');
  return resource(request, 'KafkaConsumerLag', path, {
    ...{ cluster_id: clusterId, consumer_group_id: groupId, topic_name: topic, partition_id: partition },
    consumer_id: member?.memberId ?? '',
    instance_id: member?.instanceId ?? null,
    client_id: member?.clientId ?? '',
    current_offset: offset ?? 0,
    log_end_offset: end ?? 0,
    lag: lag ?? 0,
  });
}
