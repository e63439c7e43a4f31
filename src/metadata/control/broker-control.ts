/**
 * Brokers come, are fenced and unfenced, and go; the leadership of their partitions moves with them. The order of the
 * records is Kafka's, so that leader and partition epochs count as Kafka's do across restarts.
 */
import { KafkaError } from '../../../protocol/errors.ts';
import type { ControllerConfig } from '../controller-config.ts';
import type {
  BrokerHeartbeatReply,
  BrokerHeartbeatRequest,
  BrokerRegistrationRequest,
} from '../controller-requests.ts';
import { METADATA_VERSION, MetadataVersion } from '../features.ts';
import {
  type BrokerRegistration,
  DirectoryId,
  type MetadataImage,
  NO_LEADER,
  type PartitionRegistration,
  type SupportedFeature,
  type TopicImage,
} from '../image.ts';
import { Fencing } from '../image-builder.ts';
import type { MetadataRecord } from '../records.ts';
import { type Decision, RecordWriter } from './decision.ts';
import { partitionChange } from './partition-change.ts';
import { hasDirectory, isActive } from './partition-situation.ts';
import { effectiveMinIsr, isElrEnabled, uncleanElectionEnabled } from './topic-configs.ts';

const NO_BROKER = -1;

/** Versions of BrokerRegistrationChangeRecord: each is written in the lowest that holds what it says. */
const CHANGE = { FENCING: 0, CONTROLLED_SHUTDOWN: 1, DIRECTORIES: 2, CORDONED_DIRECTORIES: 3 } as const;

/** A registration of a broker's new life. `brokerEpoch` is where the records will begin. */
export function registerBroker(
  state: MetadataImage,
  config: ControllerConfig,
  request: BrokerRegistrationRequest,
  brokerEpoch: number,
): Decision<{ readonly brokerEpoch: number }> {
  checkRegistration(state, request);
  const writer = new RecordWriter(state);
  const { brokerId, incarnationId } = request;
  const existing = state.brokers.get(brokerId);
  const isSameLife = existing?.incarnationId === incarnationId;
  const records: MetadataRecord[] = [];
  if (existing !== undefined && !isSameLife) {
    const isClean = !isElrEnabled(state) || existing.epoch === request.previousBrokerEpoch;
    records.push(...recordsForShutdown(state, config, brokerId, isClean));
  }
  const epoch = isSameLife ? existing.epoch : brokerEpoch;
  records.push(
    writer.write('RegisterBrokerRecord', {
      brokerId,
      incarnationId,
      brokerEpoch: epoch,
      endPoints: request.endpoints,
      features: request.features,
      rack: request.rack,
      fenced: isSameLife ? existing.fenced : true,
      inControlledShutdown: isSameLife && existing.inControlledShutdown,
      ...(writer.metadataVersion >= MetadataVersion.DIRECTORY_ASSIGNMENT ? { logDirs: request.directories } : {}),
    }),
  );
  return { records, answer: { brokerEpoch: epoch } };
}

function checkRegistration(state: MetadataImage, request: BrokerRegistrationRequest): void {
  if (request.clusterId !== state.clusterId) {
    throw new KafkaError(
      'INCONSISTENT_CLUSTER_ID',
      `Expected cluster ID ${state.clusterId}, but got cluster ID ${request.clusterId}`,
    );
  }
  const { directories, brokerId } = request;
  const invalid = (message: string): KafkaError => new KafkaError('INVALID_REGISTRATION', message);
  if ((state.features.get(METADATA_VERSION) ?? 0) >= MetadataVersion.DIRECTORY_ASSIGNMENT) {
    const reserved: readonly string[] = Object.values(DirectoryId);
    if (directories.length === 0) throw invalid('No directories specified in request');
    if (directories.some((id) => reserved.includes(id))) throw invalid('Reserved directory ID in request');
    if (new Set(directories).size < directories.length) throw invalid('Duplicate directory ID in request');
    for (const broker of state.brokers.values()) {
      const taken = broker.id === brokerId ? undefined : directories.find((id) => broker.directories.includes(id));
      if (taken !== undefined) throw invalid(`Broker ${broker.id} is already registered with directory ${taken}`);
    }
  }
  checkFeatures(state, request.features);
}

function checkFeatures(state: MetadataImage, features: readonly SupportedFeature[]): void {
  if (!features.some(({ name }) => name === METADATA_VERSION)) {
    throw new KafkaError('INVALID_REGISTRATION', `Request features do not contain '${METADATA_VERSION}'`);
  }
  for (const [name, level] of state.features) {
    const { minSupportedVersion: min = 0, maxSupportedVersion: max = 0 } =
      features.find((feature) => feature.name === name) ?? {};
    if (level >= min && level <= max) continue;
    throw new KafkaError(
      'UNSUPPORTED_VERSION',
      `Unable to register because the broker does not support finalized version ${level} of ${name}. The broker wants a version between ${min} and ${max}, inclusive.`,
    );
  }
}

/** Fences a broker whose life ended without a word. */
export function fenceBroker(state: MetadataImage, config: ControllerConfig, brokerId: number): MetadataRecord[] {
  const broker = registration(state, brokerId);
  return [
    ...leaderAndIsrChanges(state, config, partitionsWithBrokerInIsr(state, brokerId), { remove: brokerId }),
    ...fencingRecord(state, broker, Fencing.FENCE),
  ];
}

/** Takes a broker out of the cluster, alive or not; its partitions lose it from their ISR. */
export function unregisterBroker(state: MetadataImage, config: ControllerConfig, brokerId: number): Decision<null> {
  const broker = state.brokers.get(brokerId);
  if (broker === undefined) {
    throw new KafkaError('BROKER_ID_NOT_REGISTERED', `Broker ID ${brokerId} is not currently registered`);
  }
  const records = leaderAndIsrChanges(state, config, partitionsWithBrokerInIsr(state, brokerId), { remove: brokerId });
  const gone = { brokerId, brokerEpoch: broker.epoch };
  records.push(new RecordWriter(state).write('UnregisterBrokerRecord', gone));
  return { records, answer: null };
}

export function brokerHeartbeat(
  state: MetadataImage,
  config: ControllerConfig,
  request: BrokerHeartbeatRequest,
): Decision<BrokerHeartbeatReply> {
  const { brokerId, wantFence, wantShutDown } = request;
  const broker = checkBrokerEpoch(state, brokerId, request.brokerEpoch);
  const writer = new RecordWriter(state);
  const isCaughtUp = request.currentMetadataOffset >= broker.epoch;
  const records: MetadataRecord[] = [];
  let { fenced } = broker;
  let shouldShutDown = false;

  const { cordonedDirectories } = request;
  if (
    cordonedDirectories !== null &&
    writer.metadataVersion >= MetadataVersion.CORDONED_DIRECTORIES &&
    !sameSet(broker.cordonedDirectories, cordonedDirectories)
  ) {
    records.push(
      writer.write(
        'BrokerRegistrationChangeRecord',
        { brokerId, brokerEpoch: broker.epoch, cordonedLogDirs: cordonedDirectories },
        CHANGE.CORDONED_DIRECTORIES,
      ),
    );
  }

  if (fenced) {
    if (wantShutDown) shouldShutDown = true;
    else if (!wantFence && isCaughtUp) {
      fenced = false;
      records.push(...fencingRecord(state, broker, Fencing.UNFENCE));
      records.push(...leaderAndIsrChanges(state, config, partitionsWithoutLeader(state), { add: brokerId }));
    }
  } else if (wantFence || (wantShutDown && !hasLeaderships(state, brokerId))) {
    fenced = true;
    shouldShutDown = wantShutDown;
    records.push(...fenceBroker(state, config, brokerId));
  } else if (wantShutDown && !broker.inControlledShutdown) {
    if (writer.metadataVersion >= MetadataVersion.IN_CONTROLLED_SHUTDOWN) {
      records.push(
        writer.write(
          'BrokerRegistrationChangeRecord',
          { brokerId, brokerEpoch: broker.epoch, inControlledShutdown: 1 },
          CHANGE.CONTROLLED_SHUTDOWN,
        ),
      );
    }
    const led = partitionsWithBrokerInIsr(state, brokerId);
    records.push(...leaderAndIsrChanges(state, config, led, { remove: brokerId }));
  }
  records.push(...offlineDirectoryChanges(state, config, broker, request.offlineLogDirs));
  return { records, answer: { isCaughtUp, isFenced: fenced, shouldShutDown } };
}

/** What is in directories that failed has no replica on the broker any more, until they are registered again (KIP-858). */
function offlineDirectoryChanges(
  state: MetadataImage,
  config: ControllerConfig,
  broker: BrokerRegistration,
  offline: readonly string[],
): MetadataRecord[] {
  const failed = broker.directories.filter((id) => offline.includes(id));
  const writer = new RecordWriter(state);
  if (failed.length === 0 || writer.metadataVersion < MetadataVersion.DIRECTORY_ASSIGNMENT) return [];
  const isThere = ({ replicas, directories }: PartitionRegistration): boolean =>
    failed.includes(directories[replicas.indexOf(broker.id)] ?? '');
  const logDirs = broker.directories.filter((id) => !failed.includes(id));
  return [
    ...leaderAndIsrChanges(state, config, partitionsWhere(state, isThere), { remove: broker.id }),
    writer.write(
      'BrokerRegistrationChangeRecord',
      { brokerId: broker.id, brokerEpoch: broker.epoch, logDirs },
      CHANGE.DIRECTORIES,
    ),
  ];
}

/** Throws STALE_BROKER_EPOCH unless the broker is registered at that epoch. */
export function checkBrokerEpoch(state: MetadataImage, brokerId: number, brokerEpoch: number): BrokerRegistration {
  const broker = state.brokers.get(brokerId);
  if (broker === undefined) {
    throw new KafkaError('STALE_BROKER_EPOCH', `No broker registration found for broker id ${brokerId}`);
  }
  if (broker.epoch !== brokerEpoch) {
    throw new KafkaError(
      'STALE_BROKER_EPOCH',
      `Expected broker epoch ${broker.epoch}, but got broker epoch ${brokerEpoch}`,
    );
  }
  return broker;
}

function registration(state: MetadataImage, brokerId: number): BrokerRegistration {
  const broker = state.brokers.get(brokerId);
  if (broker === undefined) {
    throw new KafkaError('BROKER_ID_NOT_REGISTERED', `Can't find broker registration for broker ${brokerId}`);
  }
  return broker;
}

/** A broker comes back in a new life: what it lost by an unclean end, it may no longer be trusted to have. */
function recordsForShutdown(
  state: MetadataImage,
  config: ControllerConfig,
  brokerId: number,
  isClean: boolean,
): MetadataRecord[] {
  if (isClean) {
    return leaderAndIsrChanges(state, config, partitionsWithBrokerInIsr(state, brokerId), { remove: brokerId });
  }
  const inIsrOrElr = partitionsWhere(
    state,
    (partition) => partition.isr.includes(brokerId) || partition.elr.includes(brokerId),
  );
  return leaderAndIsrChanges(state, config, inIsrOrElr, { unclean: brokerId });
}

function fencingRecord(state: MetadataImage, broker: BrokerRegistration, fenced: -1 | 1): MetadataRecord[] {
  const change = { brokerId: broker.id, brokerEpoch: broker.epoch, fenced };
  return [new RecordWriter(state).write('BrokerRegistrationChangeRecord', change, CHANGE.FENCING)];
}

export type TopicPartitionRegistration = readonly [TopicImage, PartitionRegistration];

/** Leaders and in-sync replicas of partitions, once a broker is removed, added, or came back from an unclean end. */
export function leaderAndIsrChanges(
  state: MetadataImage,
  config: ControllerConfig,
  partitions: Iterable<TopicPartitionRegistration>,
  brokers: { readonly remove?: number; readonly add?: number; readonly unclean?: number },
): MetadataRecord[] {
  const { remove = NO_BROKER, add = NO_BROKER, unclean = NO_BROKER } = brokers;
  const writer = new RecordWriter(state);
  const elrEnabled = isElrEnabled(state);
  const records: MetadataRecord[] = [];
  let topicName: string | undefined;
  let minIsr = 1;
  let uncleanElection = false;
  for (const [topic, partition] of partitions) {
    if (topic.name !== topicName) {
      topicName = topic.name;
      minIsr = effectiveMinIsr(state, config, topic.name);
      uncleanElection = uncleanElectionEnabled(state, config, topic.name);
    }
    const change = partitionChange({
      topicId: topic.id,
      partition,
      targetIsr: partition.isr.filter((replica) => replica !== remove && replica !== unclean),
      uncleanShutdownReplicas: unclean === NO_BROKER ? [] : [unclean],
      isAcceptableLeader: (replica) =>
        replica !== remove &&
        replica !== unclean &&
        (replica === add || isActive(state, replica)) &&
        hasDirectory(state, replica, partition),
      election: uncleanElection ? 'unclean' : 'online',
      minIsr,
      elrEnabled,
      metadataVersion: writer.metadataVersion,
    });
    if (change !== undefined) records.push(writer.write('PartitionChangeRecord', change));
  }
  return records;
}

function* partitionsWhere(
  state: MetadataImage,
  holds: (partition: PartitionRegistration) => boolean,
): Generator<TopicPartitionRegistration> {
  for (const topic of state.topicsById.values()) {
    for (const partition of topic.partitions.values()) if (holds(partition)) yield [topic, partition];
  }
}

function partitionsWithBrokerInIsr(state: MetadataImage, brokerId: number): Generator<TopicPartitionRegistration> {
  return partitionsWhere(state, (partition) => partition.isr.includes(brokerId));
}

function partitionsWithoutLeader(state: MetadataImage): Generator<TopicPartitionRegistration> {
  return partitionsWhere(state, (partition) => partition.leader === NO_LEADER);
}

function hasLeaderships(state: MetadataImage, brokerId: number): boolean {
  for (const _ of partitionsWhere(state, (partition) => partition.leader === brokerId)) return true;
  return false;
}

function sameSet(a: readonly string[] | null, b: readonly string[]): boolean {
  return a !== null && a.length === b.length && a.every((value) => b.includes(value));
}
