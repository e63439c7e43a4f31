/** ElectLeaders (KIP-460): the preferred replica, or any at all where there is no leader. */
import { KafkaError } from '../../../protocol/errors.ts';
import type { ControllerConfig } from '../controller-config.ts';
import { type MetadataImage, NO_LEADER } from '../image.ts';
import type { MetadataRecord } from '../records.ts';
import { type Decision, RecordWriter } from './decision.ts';
import { partitionChange } from './partition-change.ts';
import { partitionSituation } from './partition-situation.ts';

const ElectionType = { PREFERRED: 0, UNCLEAN: 1 } as const;

export interface LeaderElection {
  /** Kafka's number: 0 preferred, 1 unclean. */
  readonly electionType: number;
  /** Null for all partitions. */
  readonly topics: readonly { readonly topic: string; readonly partitions: readonly number[] }[] | null;
}

export interface TopicElection {
  readonly topic: string;
  readonly partitions: readonly { readonly partition: number; readonly error: KafkaError | null }[];
}

/** Of all partitions, those that have the wanted leader are not answered. Throws INVALID_REQUEST for an unknown type. */
export function electLeaders(
  state: MetadataImage,
  config: ControllerConfig,
  { electionType, topics }: LeaderElection,
): Decision<TopicElection[]> {
  if (electionType !== ElectionType.PREFERRED && electionType !== ElectionType.UNCLEAN) {
    throw new KafkaError('INVALID_REQUEST', `Unknown election type ${electionType}`);
  }
  const records: MetadataRecord[] = [];
  const wanted =
    topics ??
    Array.from(state.topicsByName.values(), ({ name, partitions }) => ({
      topic: name,
      partitions: [...partitions.keys()],
    }));
  const answer = wanted.map(({ topic, partitions }) => ({
    topic,
    partitions: partitions
      .map((partition) => {
        const elected = elect(state, config, electionType, topic, partition);
        if (elected instanceof KafkaError) return { partition, error: elected };
        records.push(elected);
        return { partition, error: null };
      })
      .filter(({ error }) => topics !== null || error?.error !== 'ELECTION_NOT_NEEDED'),
  }));
  return { records, answer };
}

function elect(
  state: MetadataImage,
  config: ControllerConfig,
  electionType: number,
  topicName: string,
  partitionIndex: number,
): MetadataRecord | KafkaError {
  const topic = state.topicsByName.get(topicName);
  if (topic === undefined) return new KafkaError('UNKNOWN_TOPIC_OR_PARTITION', `No such topic as ${topicName}`);
  const partition = topic.partitions.get(partitionIndex);
  if (partition === undefined) {
    return new KafkaError('UNKNOWN_TOPIC_OR_PARTITION', `No such partition as ${topicName}-${partitionIndex}`);
  }
  const isPreferred = electionType === ElectionType.PREFERRED;
  if (isPreferred ? partition.leader === partition.replicas[0] : partition.leader !== NO_LEADER) {
    return new KafkaError('ELECTION_NOT_NEEDED', 'Leader election not needed for topic partition.');
  }
  const change = partitionChange({
    ...partitionSituation(state, config, topic, partition),
    election: isPreferred ? 'preferred' : 'unclean',
  });
  if (change !== undefined) return new RecordWriter(state).write('PartitionChangeRecord', change);
  return isPreferred
    ? new KafkaError('PREFERRED_LEADER_NOT_AVAILABLE', 'The preferred leader was not available.')
    : new KafkaError('ELIGIBLE_LEADERS_NOT_AVAILABLE', 'Eligible topic partition leaders are not available.');
}
