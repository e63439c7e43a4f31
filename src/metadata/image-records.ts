/**
 * An image as the records that make it, in the order in which Kafka's `MetadataImage.write` has them: features first, so
 * that a reader knows the metadata.version of what follows.
 */

import type { Encodable } from '../../protocol/schema/table.ts';
import { quotaEntityParts } from './client-quotas.ts';
import { KRAFT_VERSION, METADATA_VERSION, recordVersion } from './features.ts';
import { configResource, type MetadataImage, type TopicImage } from './image.ts';
import { type metadataRecords, type RecordType, recordFrame } from './records.ts';

/** Frames, one a record. */
export function* imageRecords(image: MetadataImage): Generator<Buffer, void, undefined> {
  const metadataVersion = image.features.get(METADATA_VERSION) ?? 0;
  const frame = <T extends RecordType>(type: T, value: Encodable<(typeof metadataRecords)[T]>): Buffer =>
    recordFrame(type, recordVersion(type, metadataVersion), value);

  yield* features(image, frame);
  for (const broker of image.brokers.values()) {
    yield frame('RegisterBrokerRecord', {
      brokerId: broker.id,
      brokerEpoch: broker.epoch,
      incarnationId: broker.incarnationId,
      endPoints: broker.endpoints,
      features: broker.features,
      rack: broker.rack,
      fenced: broker.fenced,
      inControlledShutdown: broker.inControlledShutdown,
      logDirs: broker.directories,
      cordonedLogDirs: broker.cordonedDirectories,
    });
  }
  for (const controller of image.controllers.values()) {
    yield frame('RegisterControllerRecord', {
      controllerId: controller.id,
      incarnationId: controller.incarnationId,
      zkMigrationReady: false,
      endPoints: controller.endpoints,
      features: controller.features,
    });
  }
  for (const topic of image.topicsById.values()) yield* topicRecords(topic, frame);
  for (const [key, configs] of image.configsByResource) {
    const { type: resourceType, name: resourceName } = configResource(key);
    for (const [name, value] of configs) yield frame('ConfigRecord', { resourceType, resourceName, name, value });
  }
  for (const { entity, values } of image.clientQuotas.values()) {
    for (const [key, value] of values) {
      yield frame('ClientQuotaRecord', { entity: quotaEntityParts(entity), key, value, remove: false });
    }
  }
  if (image.nextProducerId > 0) {
    yield frame('ProducerIdsRecord', { brokerId: -1, brokerEpoch: -1, nextProducerId: image.nextProducerId });
  }
  yield* keptFrames(image, 'AccessControlEntryRecord');
  for (const { user, ...credential } of image.scramCredentials.values()) {
    yield frame('UserScramCredentialRecord', { name: user, ...credential });
  }
  yield* keptFrames(image, 'DelegationTokenRecord');
}

type Frame = <T extends RecordType>(type: T, value: Encodable<(typeof metadataRecords)[T]>) => Buffer;

/** kraft.version is not among them: the quorum writes it beside the snapshot's header. */
function* features(image: MetadataImage, frame: Frame): Generator<Buffer, void, undefined> {
  const level = image.features.get(METADATA_VERSION);
  if (level !== undefined) yield frame('FeatureLevelRecord', { name: METADATA_VERSION, featureLevel: level });
  for (const [name, featureLevel] of image.features) {
    if (name !== METADATA_VERSION && name !== KRAFT_VERSION) yield frame('FeatureLevelRecord', { name, featureLevel });
  }
  yield* keptFrames(image, 'ZkMigrationStateRecord');
}

function* topicRecords(
  { id: topicId, name, partitions }: TopicImage,
  frame: Frame,
): Generator<Buffer, void, undefined> {
  yield frame('TopicRecord', { name, topicId });
  for (const partition of partitions.values()) {
    yield frame('PartitionRecord', {
      partitionId: partition.partition,
      topicId,
      replicas: partition.replicas,
      isr: partition.isr,
      removingReplicas: partition.removingReplicas,
      addingReplicas: partition.addingReplicas,
      leader: partition.leader,
      leaderRecoveryState: partition.leaderRecoveryState,
      leaderEpoch: partition.leaderEpoch,
      partitionEpoch: partition.partitionEpoch,
      directories: partition.directories,
      eligibleLeaderReplicas: partition.elr.length === 0 ? null : partition.elr,
      lastKnownElr: partition.lastKnownElr.length === 0 ? null : partition.lastKnownElr,
    });
  }
}

function* keptFrames(image: MetadataImage, type: RecordType): Generator<Buffer, void, undefined> {
  for (const record of image.kept.values()) if (record.type === type) yield record.frame;
}
