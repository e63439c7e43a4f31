/** Metadata (KIP-516 topic ids, KIP-700): the brokers, and the topics asked for, made on the way where that is allowed. */
import { ErrorCode, type KafkaError } from '../../protocol/errors.ts';
import { metadataRequest, metadataResponse } from '../../protocol/schema/03-metadata.ts';
import type { Decoded, Encodable } from '../../protocol/schema/table.ts';
import { AclOperation } from '../metadata/acls.ts';
import { isReplicaOffline, type TopicImage } from '../metadata/image.ts';
import { ZERO_UUID } from '../replication/fetch-session.ts';
import { mayDoToCluster, mayDoToTopic, topicForbidden } from './access.ts';
import { clusterOperations, topicOperations } from './authorized-operations.ts';
import type { BrokerContext } from './context.ts';
import { handler } from './handler.ts';
import { isInternalTopic } from './internal-topics.ts';
import type { RequestContext } from './request-context.ts';

type TopicAnswer = NonNullable<Encodable<typeof metadataResponse>['topics']>[number];
type Wanted = NonNullable<Decoded<typeof metadataRequest>['topics']>[number];

export const metadata = handler({
  request: metadataRequest,
  response: metadataResponse,

  async handle(request, context, broker) {
    const found = await topicsWanted(request, context, broker);
    const { apiVersion } = context;
    const tellsTopics = request.includeTopicAuthorizedOperations;
    const topics = tellsTopics ? found.map((topic) => withOperations(topic, context, broker)) : found;
    const tellsCluster = request.includeClusterAuthorizedOperations && apiVersion >= 8 && apiVersion <= 10;
    return {
      ...(tellsCluster ? { clusterAuthorizedOperations: clusterOperations(broker, context) } : {}),
      brokers: broker.liveBrokers(context.listenerName),
      clusterId: broker.image().clusterId,
      controllerId: broker.config.nodeId,
      topics,
    };
  },

  failed(request, error) {
    const topics = (request.topics ?? []).map(({ name, topicId }) => failure(name, topicId, error.errorCode));
    return { errorCode: error.errorCode, topics };
  },
});

async function topicsWanted(
  { topics, allowAutoTopicCreation }: Decoded<typeof metadataRequest>,
  context: RequestContext,
  broker: BrokerContext,
): Promise<TopicAnswer[]> {
  const { apiVersion } = context;
  const mayDescribe = (name: string): boolean => mayDoToTopic(broker, context, AclOperation.DESCRIBE, name);
  const wantsAll = topics === null || (apiVersion === 0 && topics.length === 0);
  if (wantsAll) {
    const visible = [...broker.image().topicsByName.values()].filter(({ name }) => mayDescribe(name));
    return visible.map((topic) => describe(topic, broker));
  }

  const missing = topics.filter(
    ({ name, topicId }) =>
      topicId === ZERO_UUID && name !== null && !broker.image().topicsByName.has(name) && mayDescribe(name),
  );
  const refused = new Map<string, KafkaError>();
  if (missing.length > 0 && allowAutoTopicCreation && broker.config.autoCreateTopicsEnable) {
    // Clients give up on an answer without the topic (kafkajs does), so the answer waits until it is there.
    const mayCreateAll = mayDoToCluster(broker, context, AclOperation.CREATE);
    const mayCreate = (name: string): boolean =>
      mayCreateAll || mayDoToTopic(broker, context, AclOperation.CREATE, name);
    const names = missing.map(({ name }) => name ?? '');
    for (const name of names) if (!mayCreate(name)) refused.set(name, topicForbidden(name));
    for (const result of await broker.topics.createMissing(names.filter(mayCreate))) {
      if (result.error !== null) refused.set(result.name, result.error);
    }
  }
  return topics.map((wanted) => answer(wanted, apiVersion, refused, mayDescribe, broker));
}

function answer(
  { name, topicId }: Wanted,
  apiVersion: number,
  refused: ReadonlyMap<string, KafkaError>,
  mayDescribe: (name: string) => boolean,
  broker: BrokerContext,
): TopicAnswer {
  const image = broker.image();
  if (topicId !== ZERO_UUID) {
    if (apiVersion < 12) return failure(name, topicId, ErrorCode.INVALID_REQUEST);
    const topic = image.topicsById.get(topicId);
    // That the topic is there, is nobody's business who may not describe it.
    const isHidden = topic === undefined || !mayDescribe(topic.name);
    return isHidden ? failure(null, topicId, ErrorCode.UNKNOWN_TOPIC_ID) : describe(topic, broker);
  }
  if (!mayDescribe(name ?? '')) return failure(name, topicId, ErrorCode.TOPIC_AUTHORIZATION_FAILED);
  const topic = image.topicsByName.get(name ?? '');
  if (topic !== undefined) return describe(topic, broker);
  const error = refused.get(name ?? '')?.errorCode ?? missingError(name ?? '', broker);
  return failure(name, topicId, error);
}

function withOperations(topic: TopicAnswer, context: RequestContext, broker: BrokerContext): TopicAnswer {
  return topic.errorCode === ErrorCode.NONE || topic.errorCode === undefined
    ? { ...topic, topicAuthorizedOperations: topicOperations(broker, context, topic.name ?? '') }
    : topic;
}

function missingError(name: string, broker: BrokerContext): number {
  return broker.topics.isValidName(name) ? ErrorCode.UNKNOWN_TOPIC_OR_PARTITION : ErrorCode.INVALID_TOPIC_EXCEPTION;
}

function failure(name: string | null, topicId: string, errorCode: number): TopicAnswer {
  return {
    name: name ?? (topicId === ZERO_UUID ? '' : null),
    topicId,
    errorCode,
    isInternal: isInternalTopic(name ?? ''),
  };
}

function describe(topic: TopicImage, broker: BrokerContext): TopicAnswer {
  const image = broker.image();
  return {
    name: topic.name,
    topicId: topic.id,
    isInternal: isInternalTopic(topic.name),
    partitions: [...topic.partitions.values()].map((partition) => ({
      errorCode: partition.leader < 0 ? ErrorCode.LEADER_NOT_AVAILABLE : ErrorCode.NONE,
      partitionIndex: partition.partition,
      leaderId: partition.leader,
      leaderEpoch: partition.leaderEpoch,
      replicaNodes: partition.replicas,
      isrNodes: partition.isr,
      offlineReplicas: partition.replicas.filter((id) => isReplicaOffline(image, partition, id)),
    })),
  };
}
