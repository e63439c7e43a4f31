/** In which of its directories a broker has a replica, as it tells the controller (AssignReplicasToDirs, KIP-858). */
import { KafkaError } from '../../../protocol/errors.ts';
import type { ControllerConfig } from '../controller-config.ts';
import type { AssignedReplica, AssignReplicasRequest, ReplicaAssignment } from '../controller-requests.ts';
import { MetadataVersion } from '../features.ts';
import type { MetadataImage, PartitionRegistration, TopicImage } from '../image.ts';
import type { MetadataRecord } from '../records.ts';
import { checkBrokerEpoch, leaderAndIsrChanges } from './broker-control.ts';
import { type Decision, RecordWriter } from './decision.ts';

/**
 * A replica in a directory that is offline leaves the ISR, as Kafka has it. One that had no leader because its directory
 * was offline gets it back when it is in one that serves, which in Kafka waits for the next election.
 */
export function assignReplicasToDirs(
  state: MetadataImage,
  config: ControllerConfig,
  { brokerId, brokerEpoch, assignments }: AssignReplicasRequest,
): Decision<AssignedReplica[]> {
  const writer = new RecordWriter(state);
  if (writer.metadataVersion < MetadataVersion.DIRECTORY_ASSIGNMENT) {
    throw new KafkaError('UNSUPPORTED_VERSION', 'Directory assignment is not supported yet.');
  }
  const { directories } = checkBrokerEpoch(state, brokerId, brokerEpoch);
  const records: MetadataRecord[] = [];
  const answer = assignments.map((assignment): AssignedReplica => {
    const found = findReplica(state, brokerId, assignment);
    if (found instanceof KafkaError) return { ...assignment, error: found };
    const [topic, partition] = found;
    const { directoryId } = assignment;
    const at = partition.replicas.indexOf(brokerId);
    if (partition.directories[at] === directoryId) return { ...assignment, error: null };
    const moved = { ...partition, directories: partition.directories.with(at, directoryId) };
    const change = { partitionId: partition.partition, topicId: topic.id, directories: moved.directories };
    records.push(writer.write('PartitionChangeRecord', change));
    const brokers = directories.includes(directoryId) ? {} : { remove: brokerId };
    records.push(...leaderAndIsrChanges(state, config, [[topic, moved]], brokers));
    return { ...assignment, error: null };
  });
  return { records, answer };
}

function findReplica(
  state: MetadataImage,
  brokerId: number,
  { topicId, partition }: ReplicaAssignment,
): readonly [TopicImage, PartitionRegistration] | KafkaError {
  const topic = state.topicsById.get(topicId);
  if (topic === undefined) return new KafkaError('UNKNOWN_TOPIC_ID', `no topic has the id ${topicId}`);
  const registration = topic.partitions.get(partition);
  if (registration === undefined) {
    return new KafkaError('UNKNOWN_TOPIC_OR_PARTITION', `${topic.name} has no partition ${partition}`);
  }
  if (!registration.replicas.includes(brokerId)) {
    return new KafkaError('NOT_LEADER_OR_FOLLOWER', `broker ${brokerId} has no replica of ${topic.name}-${partition}`);
  }
  return [topic, registration];
}
