/** A partition as its next state is decided from: who may lead it, and what its topic asks for. */
import type { ControllerConfig } from '../controller-config.ts';
import { METADATA_VERSION } from '../features.ts';
import { hasOnlineDirectory, type MetadataImage, type PartitionRegistration, type TopicImage } from '../image.ts';
import { DirectoryPlacement } from './directory-placement.ts';
import type { PartitionSituation } from './partition-change.ts';
import { effectiveMinIsr, isElrEnabled, uncleanElectionEnabled } from './topic-configs.ts';

/** The partition as it stands, from which nothing changes until the caller lays a wish over it. */
export function partitionSituation(
  state: MetadataImage,
  config: ControllerConfig,
  topic: TopicImage,
  partition: PartitionRegistration,
): PartitionSituation {
  const placement = new DirectoryPlacement(state);
  return {
    topicId: topic.id,
    partition,
    targetIsr: partition.isr,
    uncleanShutdownReplicas: [],
    isAcceptableLeader: (replica) => isActive(state, replica) && hasDirectory(state, replica, partition),
    election: uncleanElectionEnabled(state, config, topic.name) ? 'unclean' : 'online',
    minIsr: effectiveMinIsr(state, config, topic.name),
    elrEnabled: isElrEnabled(state),
    metadataVersion: state.features.get(METADATA_VERSION) ?? 0,
    defaultDirectory: (replica) => placement.place(replica),
  };
}

/** Fenced brokers and those on their way out lead nothing new. */
export function isActive(state: MetadataImage, brokerId: number): boolean {
  const broker = state.brokers.get(brokerId);
  return broker !== undefined && !broker.fenced && !broker.inControlledShutdown;
}

/** The directory that holds the replica is among those its broker has. */
export function hasDirectory(state: MetadataImage, replica: number, partition: PartitionRegistration): boolean {
  const broker = state.brokers.get(replica);
  return broker !== undefined && hasOnlineDirectory(broker, partition);
}
