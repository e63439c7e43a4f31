/** Configs that the controller itself goes by, resolved as Kafka does: topic, node, the cluster's default, static. */
import type { ControllerConfig } from '../controller-config.ts';
import { ELR_VERSION, METADATA_VERSION, MetadataVersion } from '../features.ts';
import { ConfigResource, type MetadataImage } from '../image.ts';

const UNCLEAN_ELECTION = 'unclean.leader.election.enable';
export const MIN_ISR = 'min.insync.replicas';

function effective(state: MetadataImage, { nodeId }: ControllerConfig, topic: string, key: string): string | undefined {
  return (
    state.configs(ConfigResource.TOPIC, topic).get(key) ??
    state.configs(ConfigResource.BROKER, String(nodeId)).get(key) ??
    state.configs(ConfigResource.BROKER, '').get(key)
  );
}

/** Never above the topic's replication factor. */
export function effectiveMinIsr(state: MetadataImage, config: ControllerConfig, topic: string): number {
  const minIsr = Number(effective(state, config, topic, MIN_ISR) ?? config.minInsyncReplicas);
  const replicas = state.topicsByName.get(topic)?.partitions.get(0)?.replicas.length ?? minIsr;
  return Math.min(minIsr, replicas);
}

export function uncleanElectionEnabled(state: MetadataImage, config: ControllerConfig, topic: string): boolean {
  const value = effective(state, config, topic, UNCLEAN_ELECTION);
  return value === undefined ? config.uncleanLeaderElectionEnable : value.toLowerCase() === 'true';
}

/** Eligible leader replicas (KIP-966) are kept. */
export function isElrEnabled(state: MetadataImage): boolean {
  const metadataVersion = state.features.get(METADATA_VERSION) ?? 0;
  return metadataVersion >= MetadataVersion.ELR && (state.features.get(ELR_VERSION) ?? 0) > 0;
}
