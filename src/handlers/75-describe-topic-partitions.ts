/** DescribeTopicPartitions (KIP-966): topics in the order of their names, paged by a cursor. */
import { ErrorCode } from '../../protocol/errors.ts';
import {
  describeTopicPartitionsRequest,
  describeTopicPartitionsResponse,
} from '../../protocol/schema/75-describe-topic-partitions.ts';
import type { Encodable } from '../../protocol/schema/table.ts';
import { AclOperation } from '../metadata/acls.ts';
import { isReplicaOffline, type MetadataImage, type PartitionRegistration } from '../metadata/image.ts';
import { mayDoToTopic } from './access.ts';
import { topicOperations } from './authorized-operations.ts';
import { handler } from './handler.ts';
import { isInternalTopic } from './internal-topics.ts';

type TopicAnswer = NonNullable<Encodable<typeof describeTopicPartitionsResponse>['topics']>[number];

export const describeTopicPartitions = handler({
  request: describeTopicPartitionsRequest,
  response: describeTopicPartitionsResponse,

  handle({ topics, cursor, responsePartitionLimit }, context, broker) {
    const image = broker.image();
    const mayDescribe = (name: string): boolean => mayDoToTopic(broker, context, AclOperation.DESCRIBE, name);
    const all =
      topics.length === 0
        ? [...image.topicsByName.keys()].filter(mayDescribe)
        : [...new Set(topics.map(({ name }) => name))];
    const names = all.sort().filter((name) => cursor === null || name >= cursor.topicName);
    let room = Math.max(1, Math.min(responsePartitionLimit, broker.config.maxRequestPartitionSizeLimit));
    const answers: TopicAnswer[] = [];
    for (const name of names) {
      const first = name === cursor?.topicName ? cursor.partitionIndex : 0;
      if (room === 0) return { topics: answers, nextCursor: { topicName: name, partitionIndex: first } };
      if (!mayDescribe(name)) {
        answers.push({ name, errorCode: ErrorCode.TOPIC_AUTHORIZATION_FAILED });
        continue;
      }
      const topic = image.topicsByName.get(name);
      if (topic === undefined) {
        const isNameValid = broker.topics.isValidName(name);
        answers.push({
          name,
          errorCode: isNameValid ? ErrorCode.UNKNOWN_TOPIC_OR_PARTITION : ErrorCode.INVALID_TOPIC_EXCEPTION,
        });
        continue;
      }
      const rest = [...topic.partitions.values()].filter(({ partition }) => partition >= first);
      const page = rest.slice(0, room);
      room -= page.length;
      answers.push({
        name,
        topicId: topic.id,
        isInternal: isInternalTopic(name),
        topicAuthorizedOperations: topicOperations(broker, context, name),
        partitions: page.map((partition) => describe(partition, image)),
      });
      const next = rest[page.length];
      if (next !== undefined)
        return { topics: answers, nextCursor: { topicName: name, partitionIndex: next.partition } };
    }
    return { topics: answers, nextCursor: null };
  },

  failed: ({ topics }, { errorCode }) => ({ topics: topics.map(({ name }) => ({ name, errorCode })) }),
});

function describe(registration: PartitionRegistration, image: MetadataImage) {
  const { partition, leader, leaderEpoch, replicas, isr, elr, lastKnownElr } = registration;
  return {
    errorCode: leader < 0 ? ErrorCode.LEADER_NOT_AVAILABLE : ErrorCode.NONE,
    partitionIndex: partition,
    leaderId: leader,
    leaderEpoch,
    replicaNodes: replicas,
    isrNodes: isr,
    eligibleLeaderReplicas: elr,
    lastKnownElr,
    offlineReplicas: replicas.filter((id) => isReplicaOffline(image, registration, id)),
  };
}
