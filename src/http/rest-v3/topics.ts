/** `/v3/clusters/{id}/topics`: topics, their partitions and replicas. */

import type { FastifyInstance, FastifyRequest } from 'fastify';
import { createPartitionsRequest, createPartitionsResponse } from '../../../protocol/schema/37-create-partitions.ts';
import { errorOf, throwIfFailed } from '../../local-client/errors.ts';
import type { LocalClient, TopicMetadata } from '../../local-client/local-client.ts';
import type { HttpContext } from '../context.ts';
import { RestError } from '../rest-error.ts';
import { badRequest, type Json, list, objectIn, pathOf, related, resource, textIn } from './resource.ts';
import { type ClusterParams, clusterRequest } from './scope.ts';

const CREATE_PARTITIONS = [createPartitionsRequest, createPartitionsResponse] as const;
const CREATE_PARTITIONS_VERSION = 3;
const TIMEOUT_MS = 30_000;

export interface TopicParams extends ClusterParams {
  readonly topic: string;
}

type PartitionParams = TopicParams & { readonly partition: string };
type Partition = TopicMetadata['partitions'][number];

interface NewTopicBody {
  readonly topic_name?: unknown;
  readonly partitions_count?: unknown;
  readonly replication_factor?: unknown;
  readonly validate_only?: unknown;
  readonly configs?: unknown;
}

const TOPICS = '/v3/clusters/:cluster/topics';
const PARTITION = `${TOPICS}/:topic/partitions/:partition`;

export function topicRoutes(app: FastifyInstance, context: HttpContext): void {
  app.get<{ Params: ClusterParams }>(TOPICS, async (request) => {
    const { client, clusterId } = await clusterRequest(context, request);
    const { topics } = await client.metadata(null);
    const data = topics.map((topic) => topicResource(request, clusterId, topic));
    data.sort((a, b) => (String(a.topic_name) < String(b.topic_name) ? -1 : 1));
    return list(request, 'KafkaTopic', pathOf(clusterId, 'topics'), data);
  });
  app.post<{ Params: ClusterParams; Body: NewTopicBody | undefined }>(TOPICS, async (request, reply) => {
    const { client, clusterId } = await clusterRequest(context, request);
    const topic = newTopic(request.body);
    const validateOnly = request.body?.validate_only === true;
    const [created] = await client.createTopics([topic], { validateOnly });
    throwIfFailed(created!, `Creating ${topic.name}`);
    reply.status(201);
    if (!validateOnly) return topicResource(request, clusterId, await topicNamed(client, topic.name));
    return topicResource(request, clusterId, { name: topic.name, isInternal: false, partitions: [] });
  });
  app.get<{ Params: TopicParams }>(`${TOPICS}/:topic`, async (request) => {
    const { client, clusterId } = await clusterRequest(context, request);
    return topicResource(request, clusterId, await topicNamed(client, request.params.topic));
  });
  app.patch<{ Params: TopicParams; Body: Json | undefined }>(`${TOPICS}/:topic`, async (request) => {
    const { client, clusterId } = await clusterRequest(context, request);
    const { topic } = request.params;
    const count = request.body?.partitions_count;
    if (typeof count !== 'number' || !Number.isInteger(count)) throw badRequest('partitions_count must be a number');
    const body = { topics: [{ name: topic, count, assignments: null }], timeoutMs: TIMEOUT_MS, validateOnly: false };
    const { results } = await client.request(CREATE_PARTITIONS, CREATE_PARTITIONS_VERSION, body);
    throwIfFailed(results[0]!, `Partitions of ${topic}`);
    return topicResource(request, clusterId, await topicNamed(client, topic));
  });
  app.delete<{ Params: TopicParams }>(`${TOPICS}/:topic`, async (request, reply) => {
    const { client } = await clusterRequest(context, request);
    const [deleted] = await client.deleteTopics([request.params.topic]);
    const error = errorOf(deleted!, `Deleting ${request.params.topic}`);
    if (error !== null) throw error;
    reply.status(204);
  });

  app.get<{ Params: TopicParams }>(`${TOPICS}/:topic/partitions`, async (request) => {
    const { client, clusterId } = await clusterRequest(context, request);
    const { topic } = request.params;
    const { partitions } = await topicNamed(client, topic);
    const data = partitions.map((partition) => partitionResource(request, clusterId, topic, partition));
    return list(request, 'KafkaPartition', pathOf(clusterId, 'topics', topic, 'partitions'), data);
  });
  app.get<{ Params: PartitionParams }>(PARTITION, async (request) => {
    const { client, clusterId } = await clusterRequest(context, request);
    const { topic } = request.params;
    return partitionResource(request, clusterId, topic, await partitionNamed(client, request.params));
  });
  app.get<{ Params: PartitionParams }>(`${PARTITION}/replicas`, async (request) => {
    const { client, clusterId } = await clusterRequest(context, request);
    const { topic } = request.params;
    const partition = await partitionNamed(client, request.params);
    const data = partition.replicaNodes.map((broker) => replicaResource(request, clusterId, topic, partition, broker));
    const path = pathOf(clusterId, 'topics', topic, 'partitions', partition.partitionIndex, 'replicas');
    return list(request, 'KafkaReplica', path, data);
  });
  app.get<{ Params: PartitionParams & { broker: string } }>(`${PARTITION}/replicas/:broker`, async (request) => {
    const { client, clusterId } = await clusterRequest(context, request);
    const partition = await partitionNamed(client, request.params);
    const broker = partition.replicaNodes.find((id) => String(id) === request.params.broker);
    if (broker === undefined) throw new RestError(404, `Replica ${request.params.broker} cannot be found.`);
    return replicaResource(request, clusterId, request.params.topic, partition, broker);
  });
}

function newTopic(body: NewTopicBody | undefined) {
  const {
    topic_name: name,
    partitions_count: partitions = -1,
    replication_factor: factor = -1,
    configs = [],
  } = body ?? {};
  if (typeof name !== 'string' || name === '') throw badRequest('topic_name may not be empty');
  if (!Number.isInteger(partitions) || !Number.isInteger(factor)) {
    throw badRequest('partitions_count and replication_factor must be whole numbers');
  }
  if (!Array.isArray(configs)) throw badRequest('configs must be a list of {"name", "value"}');
  return {
    name,
    numPartitions: Number(partitions),
    replicationFactor: Number(factor),
    configs: Object.fromEntries(
      configs.map((config: unknown, at) => {
        const { name: key, value } = objectIn(config, `configs[${at}]`);
        return [textIn(key, `configs[${at}].name`), textIn(value, `configs[${at}].value`)];
      }),
    ),
  };
}

export async function topicNamed(client: LocalClient, topic: string): Promise<TopicMetadata> {
  const found = await client.topicMetadata(topic, { allowAutoTopicCreation: false });
  found.partitions.sort((a, b) => a.partitionIndex - b.partitionIndex);
  return found;
}

async function partitionNamed(client: LocalClient, { topic, partition }: PartitionParams): Promise<Partition> {
  const { partitions } = await topicNamed(client, topic);
  const found = partitions.find(({ partitionIndex }) => String(partitionIndex) === partition);
  if (found === undefined) throw new RestError(404, `Partition ${partition} of topic ${topic} cannot be found.`);
  return found;
}

function topicResource(
  request: FastifyRequest,
  clusterId: string,
  { name, isInternal, partitions }: Pick<TopicMetadata, 'name' | 'isInternal' | 'partitions'>,
) {
  const path = pathOf(clusterId, 'topics', name ?? '');
  return resource(request, 'KafkaTopic', path, {
    cluster_id: clusterId,
    topic_name: name,
    is_internal: isInternal,
    replication_factor: partitions[0]?.replicaNodes.length ?? 0,
    partitions_count: partitions.length,
    partitions: related(request, `${path}/partitions`),
    configs: related(request, `${path}/configs`),
    partition_reassignments: related(request, `${path}/partitions/-/reassignment`),
    authorized_operations: [],
  });
}

function partitionResource(request: FastifyRequest, clusterId: string, topic: string, partition: Partition) {
  const { partitionIndex, leaderId } = partition;
  const path = pathOf(clusterId, 'topics', topic, 'partitions', partitionIndex);
  return resource(request, 'KafkaPartition', path, {
    ...{ cluster_id: clusterId, topic_name: topic, partition_id: partitionIndex },
    ...(leaderId < 0 ? {} : { leader: related(request, `${path}/replicas/${leaderId}`) }),
    replicas: related(request, `${path}/replicas`),
    reassignment: related(request, `${path}/reassignment`),
  });
}

function replicaResource(
  request: FastifyRequest,
  clusterId: string,
  topic: string,
  { partitionIndex, leaderId, isrNodes }: Partition,
  broker: number,
) {
  const path = pathOf(clusterId, 'topics', topic, 'partitions', partitionIndex, 'replicas', broker);
  return resource(request, 'KafkaReplica', path, {
    ...{ cluster_id: clusterId, topic_name: topic, partition_id: partitionIndex, broker_id: broker },
    is_leader: broker === leaderId,
    is_in_sync: isrNodes.includes(broker),
    broker: related(request, pathOf(clusterId, 'brokers', broker)),
  });
}
