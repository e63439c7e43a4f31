import { ConfigResource, isReplicaOffline, type MetadataImage, NO_LEADER } from '../../metadata/image.ts';
import { gauge, type MetricFamily } from './metric-family.ts';
import type { ObservedParts } from './observed-parts.ts';

const MIN_ISR = 'min.insync.replicas';

/** The cluster as this node's metadata has it, and this broker's part of it. */
export function clusterMetrics({ config, metadata }: Pick<ObservedParts, 'config' | 'metadata'>): MetricFamily[] {
  const image = metadata.image();
  const counts = {
    ...{ replicas: 0, leaders: 0, underReplicated: 0, underMinIsr: 0, offlineReplicas: 0, reassigning: 0 },
    ...{ partitions: 0, offline: 0, imbalanced: 0 },
  };
  for (const { name, partitions } of image.topicsByName.values()) {
    const minIsr = minInSyncReplicas(image, name, config.minInsyncReplicas);
    for (const partition of partitions.values()) {
      const { leader, replicas, isr, addingReplicas, removingReplicas } = partition;
      counts.partitions++;
      if (leader === NO_LEADER) counts.offline++;
      if (leader !== replicas[0]) counts.imbalanced++;
      if (replicas.includes(config.nodeId)) {
        counts.replicas++;
        if (isReplicaOffline(image, partition, config.nodeId)) counts.offlineReplicas++;
      }
      if (leader !== config.nodeId) continue;
      counts.leaders++;
      if (isr.length < replicas.length - addingReplicas.length) counts.underReplicated++;
      if (isr.length < Math.min(minIsr, replicas.length)) counts.underMinIsr++;
      if (addingReplicas.length + removingReplicas.length > 0) counts.reassigning++;
    }
  }
  const brokers = [...image.brokers.values()];
  const ofReplicas = (name: string, help: string, value: number): MetricFamily =>
    gauge(`kafka_server_replicamanager_${name}`, help, value);
  const ofController = (name: string, help: string, value: number): MetricFamily =>
    gauge(`kafka_controller_kafkacontroller_${name}`, help, value);
  return [
    ofReplicas('partitioncount', 'Partitions with a replica on this broker', counts.replicas),
    ofReplicas('leadercount', 'Partitions that this broker leads', counts.leaders),
    ofReplicas('underreplicatedpartitions', 'Partitions led here with replicas out of sync', counts.underReplicated),
    ofReplicas(
      'underminisrpartitioncount',
      `Partitions led here with fewer in sync than ${MIN_ISR}`,
      counts.underMinIsr,
    ),
    ofReplicas('offlinereplicacount', 'Replicas of this broker on failed disks', counts.offlineReplicas),
    ofReplicas('reassigningpartitions', 'Partitions led here that change their replicas', counts.reassigning),
    ofController(
      'activecontrollercount',
      'Whether this node is the active controller',
      Number(metadata.quorum.isLeader),
    ),
    ofController('activebrokercount', 'Brokers that serve', brokers.filter(({ fenced }) => !fenced).length),
    ofController('fencedbrokercount', 'Brokers that are fenced', brokers.filter(({ fenced }) => fenced).length),
    ofController('globaltopiccount', 'Topics of the cluster', image.topicsByName.size),
    ofController('globalpartitioncount', 'Partitions of the cluster', counts.partitions),
    ofController('offlinepartitionscount', 'Partitions of the cluster without a leader', counts.offline),
    ofController('preferredreplicaimbalancecount', 'Partitions not led by their first replica', counts.imbalanced),
  ];
}

/** A topic's own, the cluster's, or the broker's. */
function minInSyncReplicas(image: MetadataImage, topic: string, ofBroker: number): number {
  const set =
    image.configs(ConfigResource.TOPIC, topic).get(MIN_ISR) ?? image.configs(ConfigResource.BROKER, '').get(MIN_ISR);
  return set === undefined ? ofBroker : Number(set);
}

/** The quorum of controllers as this node sees it. */
export function quorumMetrics({ metadata }: Pick<ObservedParts, 'metadata'>): MetricFamily[] {
  const { quorum } = metadata;
  const ofRaft = (name: string, help: string, value: number): MetricFamily =>
    gauge(`kafka_server_raft_metrics_${name}`, help, value);
  const image = metadata.image();
  return [
    gauge('kafka_server_raft_metrics_current_state', 'The state of this node in the quorum', [
      { labels: { state: quorum.state }, value: 1 },
    ]),
    ofRaft('current_leader', 'The leader of the quorum, −1 when unknown', quorum.leaderId),
    ofRaft('current_epoch', 'The epoch of the quorum', quorum.epoch),
    ofRaft('high_watermark', 'What is committed of the metadata log, −1 when unknown', quorum.highWatermark ?? -1),
    ofRaft('log_end_offset', 'The next offset of the metadata log', quorum.nextOffset),
    ofRaft('number_of_voters', 'Voters of the quorum', quorum.voters.length),
    gauge(
      'kafka_server_broker_metadata_metrics_last_applied_record_offset',
      'The last record of the metadata log that this broker follows',
      image.offset,
    ),
  ];
}
