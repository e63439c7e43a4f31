/** AlterPartitionReassignments (KIP-455, KIP-860): partitions move to other replicas, or stay after all. */
import { KafkaError, toKafkaError } from '../../../protocol/errors.ts';
import type { ControllerConfig } from '../controller-config.ts';
import type { MetadataImage, PartitionRegistration, TopicImage } from '../image.ts';
import type { MetadataRecord } from '../records.ts';
import { type Decision, RecordWriter } from './decision.ts';
import { checkAssignment, invalidAssignment } from './manual-assignment.ts';
import { type PartitionSituation, partitionChange } from './partition-change.ts';
import { partitionSituation } from './partition-situation.ts';
import { isReassigning, reassignment, revertedReassignment } from './reassignment.ts';
import { uncleanElectionEnabled } from './topic-configs.ts';

export interface Reassignments {
  readonly topics: readonly {
    readonly name: string;
    /** Null calls the move that is under way off. */
    readonly partitions: readonly { readonly partitionIndex: number; readonly replicas: readonly number[] | null }[];
  }[];
  readonly allowReplicationFactorChange: boolean;
}

export interface ReassignedTopic {
  readonly name: string;
  readonly partitions: readonly { readonly partitionIndex: number; readonly error: KafkaError | null }[];
}

export function alterReassignments(
  state: MetadataImage,
  config: ControllerConfig,
  { topics, allowReplicationFactorChange }: Reassignments,
): Decision<ReassignedTopic[]> {
  const records: MetadataRecord[] = [];
  const answer = topics.map(({ name, partitions }) => ({
    name,
    partitions: partitions.map(({ partitionIndex, replicas }) => {
      try {
        const { topic, partition } = find(state, name, partitionIndex);
        const change = partitionChange(
          replicas === null
            ? cancelled(state, config, topic, partition)
            : moved(state, config, topic, partition, replicas, allowReplicationFactorChange),
        );
        if (change !== undefined) records.push(new RecordWriter(state).write('PartitionChangeRecord', change));
        return { partitionIndex, error: null };
      } catch (failure) {
        return { partitionIndex, error: toKafkaError(failure) };
      }
    }),
  }));
  return { records, answer };
}

export interface OngoingReassignment {
  readonly name: string;
  readonly partitions: readonly PartitionRegistration[];
}

/** The moves under way, of all topics or of the partitions named; what is not there is left out. */
export function ongoingReassignments(
  state: MetadataImage,
  topics: readonly { readonly name: string; readonly partitionIndexes: readonly number[] }[] | null,
): OngoingReassignment[] {
  const wanted =
    topics ??
    Array.from(state.topicsByName.values(), ({ name, partitions }) => ({
      name,
      partitionIndexes: [...partitions.keys()],
    }));
  return wanted
    .map(({ name, partitionIndexes }) => ({
      name,
      partitions: partitionIndexes.flatMap((index) => {
        const partition = state.topicsByName.get(name)?.partitions.get(index);
        return partition !== undefined && isReassigning(partition) ? [partition] : [];
      }),
    }))
    .filter(({ partitions }) => partitions.length > 0);
}

function find(state: MetadataImage, name: string, index: number) {
  const topic = state.topicsByName.get(name);
  if (topic === undefined) {
    throw new KafkaError('UNKNOWN_TOPIC_OR_PARTITION', `Unable to find a topic named ${name}.`);
  }
  const partition = topic.partitions.get(index);
  if (partition === undefined) {
    throw new KafkaError('UNKNOWN_TOPIC_OR_PARTITION', `Unable to find partition ${name}:${index}.`);
  }
  return { topic, partition };
}

function cancelled(
  state: MetadataImage,
  config: ControllerConfig,
  topic: TopicImage,
  partition: PartitionRegistration,
): PartitionSituation {
  if (!isReassigning(partition)) {
    throw new KafkaError('NO_REASSIGNMENT_IN_PROGRESS', 'No partition reassignment is in progress.');
  }
  const { assignment, isr, isUnclean } = revertedReassignment(partition);
  if (isUnclean && !uncleanElectionEnabled(state, config, topic.name)) {
    throw invalidAssignment(
      `Unable to revert partition assignment for ${topic.name}:${partition.partition} because it would require an unclean leader election.`,
    );
  }
  return { ...partitionSituation(state, config, topic, partition), assignment, targetIsr: isr };
}

function moved(
  state: MetadataImage,
  config: ControllerConfig,
  topic: TopicImage,
  partition: PartitionRegistration,
  target: readonly number[],
  allowReplicationFactorChange: boolean,
): PartitionSituation {
  checkAssignment(state, target, undefined);
  const before = partition.replicas.length - partition.addingReplicas.length;
  if (!allowReplicationFactorChange && target.length !== before) {
    throw new KafkaError(
      'INVALID_REPLICATION_FACTOR',
      `The replication factor is changed from ${before} to ${target.length}`,
    );
  }
  return {
    ...partitionSituation(state, config, topic, partition),
    election: 'online',
    assignment: reassignment(partition.replicas, target),
  };
}
