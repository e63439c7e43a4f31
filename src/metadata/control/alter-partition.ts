/** AlterPartition (KIP-497, KIP-841, KIP-903): a leader tells who is in sync, and the controller agrees or not. */
import type { ErrorName } from '../../../protocol/errors.ts';
import type { ControllerConfig } from '../controller-config.ts';
import type { MetadataImage, PartitionRegistration } from '../image.ts';
import { ImageBuilder } from '../image-builder.ts';
import type { MetadataRecord } from '../records.ts';
import { checkBrokerEpoch } from './broker-control.ts';
import { type Decision, RecordWriter } from './decision.ts';
import { partitionChange } from './partition-change.ts';
import { partitionSituation } from './partition-situation.ts';

const RECOVERED = 0;
const RECOVERING = 1;
const ANY_EPOCH = -1;

export interface PartitionAlteration {
  readonly partitionIndex: number;
  readonly leaderEpoch: number;
  readonly partitionEpoch: number;
  readonly leaderRecoveryState: number;
  /** A broker epoch of −1 is not checked. */
  readonly newIsr: readonly { readonly brokerId: number; readonly brokerEpoch: number }[];
}

export interface PartitionAlterations {
  readonly brokerId: number;
  readonly brokerEpoch: number;
  readonly topics: readonly { readonly topicId: string; readonly partitions: readonly PartitionAlteration[] }[];
}

export interface AlteredPartition {
  readonly partitionIndex: number;
  readonly error: ErrorName;
  /** The partition after the alteration; null on an error. */
  readonly partition: PartitionRegistration | null;
}

export interface AlteredTopic {
  readonly topicId: string;
  readonly partitions: readonly AlteredPartition[];
}

/** Throws STALE_BROKER_EPOCH for the whole request. */
export function alterPartitions(
  state: MetadataImage,
  config: ControllerConfig,
  { brokerId, brokerEpoch, topics }: PartitionAlterations,
): Decision<AlteredTopic[]> {
  if (topics.length > 0) checkBrokerEpoch(state, brokerId, brokerEpoch);
  const records: MetadataRecord[] = [];
  const answer = topics.map(({ topicId, partitions }) => ({
    topicId,
    partitions: partitions.map((alteration): AlteredPartition => {
      const { partitionIndex } = alteration;
      const topic = state.topicsById.get(topicId);
      const refused = (error: ErrorName): AlteredPartition => ({ partitionIndex, error, partition: null });
      if (topic === undefined) return refused('UNKNOWN_TOPIC_ID');
      const partition = topic.partitions.get(partitionIndex);
      if (partition === undefined) return refused('UNKNOWN_TOPIC_OR_PARTITION');
      const reason = whyNot(state, brokerId, partition, alteration);
      if (reason !== undefined) return refused(reason);
      const change = partitionChange({
        ...partitionSituation(state, config, topic, partition),
        targetIsr: alteration.newIsr.map((replica) => replica.brokerId),
        leaderRecoveryState: alteration.leaderRecoveryState,
      });
      if (change === undefined) return { partitionIndex, error: 'NONE', partition };
      const record = new RecordWriter(state).write('PartitionChangeRecord', change);
      records.push(record);
      const after = partitionAfter(state, record, topicId, partitionIndex);
      // A move that this completes may have taken the leader with it, who has to look for the new one.
      if (after.leader !== brokerId) return refused('NEW_LEADER_ELECTED');
      return { partitionIndex, error: 'NONE', partition: after };
    }),
  }));
  return { records, answer };
}

function whyNot(
  state: MetadataImage,
  brokerId: number,
  partition: PartitionRegistration,
  { leaderEpoch, partitionEpoch, leaderRecoveryState, newIsr }: PartitionAlteration,
): ErrorName | undefined {
  // The leader is ahead of this controller, which then is none any more.
  if (leaderEpoch > partition.leaderEpoch || partitionEpoch > partition.partitionEpoch) return 'NOT_CONTROLLER';
  if (leaderEpoch < partition.leaderEpoch) return 'FENCED_LEADER_EPOCH';
  if (brokerId !== partition.leader) return 'INVALID_REQUEST';
  if (partitionEpoch < partition.partitionEpoch) return 'INVALID_UPDATE_VERSION';
  const ids = newIsr.map((replica) => replica.brokerId);
  const isReplicaList = new Set(ids).size === ids.length && ids.every((id) => partition.replicas.includes(id));
  if (!isReplicaList || !ids.includes(partition.leader)) return 'INVALID_REQUEST';
  if (leaderRecoveryState !== RECOVERED && leaderRecoveryState !== RECOVERING) return 'INVALID_REQUEST';
  const isRecovering = leaderRecoveryState === RECOVERING;
  if (isRecovering && (ids.length > 1 || partition.leaderRecoveryState === RECOVERED)) return 'INVALID_REQUEST';
  return newIsr.every((replica) => mayBeInSync(state, replica)) ? undefined : 'INELIGIBLE_REPLICA';
}

function mayBeInSync(state: MetadataImage, replica: PartitionAlteration['newIsr'][number]): boolean {
  const broker = state.brokers.get(replica.brokerId);
  if (broker === undefined || broker.inControlledShutdown || broker.fenced) return false;
  return replica.brokerEpoch === ANY_EPOCH || replica.brokerEpoch === broker.epoch;
}

function partitionAfter(
  state: MetadataImage,
  record: MetadataRecord,
  topicId: string,
  partitionIndex: number,
): PartitionRegistration {
  const builder = new ImageBuilder(state);
  builder.replay(record);
  return builder.build(state).image.topicsById.get(topicId)!.partitions.get(partitionIndex)!;
}
