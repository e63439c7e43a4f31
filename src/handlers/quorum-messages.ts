/** What the messages of the quorum have in common: one topic with one partition, and how an answer names the leader. */
import { ErrorCode, KafkaError } from '../../protocol/errors.ts';
import type { LeaderView } from '../raft/messages.ts';
import { METADATA_TOPIC, METADATA_TOPIC_ID } from '../raft/raft-log.ts';

interface TopicLike<P> {
  readonly topicName?: string;
  readonly name?: string;
  readonly topic?: string;
  readonly topicId?: string;
  readonly partitions: readonly P[];
}

interface PartitionLike {
  readonly partitionIndex?: number;
  readonly partition?: number;
}

/** The one partition that is asked for. Throws INVALID_REQUEST for anything but that of `__cluster_metadata`. */
export function metadataPartition<P extends PartitionLike>(topics: readonly TopicLike<P>[]): P {
  const [topic] = topics;
  const partition = topic?.partitions[0];
  const name = topic?.topicName ?? topic?.name ?? topic?.topic;
  const isTopic = name === METADATA_TOPIC || topic?.topicId === METADATA_TOPIC_ID;
  const isOne = topics.length === 1 && topic?.partitions.length === 1;
  if (partition === undefined || !isOne || !isTopic || (partition.partitionIndex ?? partition.partition) !== 0) {
    throw new KafkaError('INVALID_REQUEST', `only ${METADATA_TOPIC}-0 is replicated by the quorum`);
  }
  return partition;
}

/** The leader's address by the listener that was asked, in the versions that have it. */
export function nodeEndpoints(
  { leaderId, leaderEndpoints }: LeaderView,
  listenerName: string,
): { nodeId: number; host: string; port: number }[] {
  return leaderEndpoints
    .filter(({ name }) => name === listenerName)
    .map(({ host, port }) => ({ nodeId: leaderId, host, port }));
}

/** The partition of Vote's, BeginQuorumEpoch's and EndQuorumEpoch's answers. */
export function partitionAnswer<T extends object>({ error, leaderId, leaderEpoch }: LeaderView, rest: T) {
  const partition = { partitionIndex: 0, errorCode: ErrorCode[error], leaderId, leaderEpoch, ...rest };
  return [{ topicName: METADATA_TOPIC, partitions: [partition] }];
}
