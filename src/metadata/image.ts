/**
 * Cluster metadata at one committed offset, immutable: what the broker answers Metadata, DescribeConfigs and the like
 * from. The next image shares with the last all that did not change. `MetadataDelta` says what did.
 */
import type { ClientQuotas } from './client-quotas.ts';
import type { MetadataRecord } from './records.ts';
import type { ScramCredential } from './scram-credentials.ts';

/** Kafka's resource types in ConfigRecord and the config APIs. */
export const ConfigResource = {
  TOPIC: 2,
  BROKER: 4,
  BROKER_LOGGER: 8,
  CLIENT_METRICS: 16,
  GROUP: 32,
} as const;

/** No leader: the partition is offline. */
export const NO_LEADER = -1;
export const ZERO_UUID = 'AAAAAAAAAAAAAAAAAAAAAA';

/** Reserved directory ids: not assigned yet, known to be in an offline one, migrating from a broker without ids. */
export const DirectoryId = {
  UNASSIGNED: ZERO_UUID,
  LOST: 'AAAAAAAAAAAAAAAAAAAAAQ',
  MIGRATING: 'AAAAAAAAAAAAAAAAAAAAAg',
} as const;

export interface PartitionRegistration {
  readonly partition: number;
  readonly replicas: readonly number[];
  readonly isr: readonly number[];
  readonly removingReplicas: readonly number[];
  readonly addingReplicas: readonly number[];
  /** `NO_LEADER` while offline. */
  readonly leader: number;
  readonly leaderEpoch: number;
  readonly partitionEpoch: number;
  /** One directory id for each replica, in the order of `replicas`. */
  readonly directories: readonly string[];
  /** 0 recovered, 1 recovering from an unclean election. */
  readonly leaderRecoveryState: number;
  /** Eligible leader replicas (KIP-966). */
  readonly elr: readonly number[];
  readonly lastKnownElr: readonly number[];
}

export interface TopicImage {
  readonly name: string;
  readonly id: string;
  /** Numbered without gaps from 0. */
  readonly partitions: ReadonlyMap<number, PartitionRegistration>;
}

export interface Endpoint {
  readonly name: string;
  readonly host: string;
  readonly port: number;
  /** Kafka's number: PLAINTEXT 0, SSL 1, SASL_PLAINTEXT 2, SASL_SSL 3. */
  readonly securityProtocol: number;
}

export interface SupportedFeature {
  readonly name: string;
  readonly minSupportedVersion: number;
  readonly maxSupportedVersion: number;
}

export interface BrokerRegistration {
  readonly id: number;
  /** The offset of the RegisterBrokerRecord. */
  readonly epoch: number;
  readonly incarnationId: string;
  readonly endpoints: readonly Endpoint[];
  readonly features: readonly SupportedFeature[];
  readonly rack: string | null;
  readonly fenced: boolean;
  readonly inControlledShutdown: boolean;
  readonly directories: readonly string[];
  /** Null until the broker has said which directories it keeps new replicas out of. */
  readonly cordonedDirectories: readonly string[] | null;
}

/** Whether the directory that holds a broker's replica is among those that it has, as far as is known (KIP-858). */
export function hasOnlineDirectory(
  broker: BrokerRegistration,
  { replicas, directories }: PartitionRegistration,
): boolean {
  const directory = directories[replicas.indexOf(broker.id)];
  if (directory === undefined || directory === DirectoryId.UNASSIGNED || directory === DirectoryId.MIGRATING)
    return true;
  return broker.directories.length === 0 || broker.directories.includes(directory);
}

/** Whether clients are told that a replica is offline: its broker is, or the directory that it is in. */
export function isReplicaOffline(image: MetadataImage, partition: PartitionRegistration, brokerId: number): boolean {
  const broker = image.brokers.get(brokerId);
  return broker === undefined || broker.fenced || !hasOnlineDirectory(broker, partition);
}

export interface ControllerRegistration {
  readonly id: number;
  readonly incarnationId: string;
  readonly endpoints: readonly Endpoint[];
  readonly features: readonly SupportedFeature[];
}

/** The config entries of one resource, as they were set: text by key. */
export type Configs = ReadonlyMap<string, string>;

export interface MetadataImage {
  /** The last offset this image holds; −1 when nothing was replayed. */
  readonly offset: number;
  /** The leader epoch of that offset's batch. */
  readonly epoch: number;
  readonly clusterId: string;
  /** The quorum's leader when the image was made; −1 when unknown. */
  readonly controllerId: number;
  readonly topicsByName: ReadonlyMap<string, TopicImage>;
  readonly topicsById: ReadonlyMap<string, TopicImage>;
  readonly brokers: ReadonlyMap<number, BrokerRegistration>;
  readonly controllers: ReadonlyMap<number, ControllerRegistration>;
  /** Finalized feature levels, `metadata.version` and `kraft.version` among them. */
  readonly features: ReadonlyMap<string, number>;
  /** The first producer id that no block holds yet. */
  readonly nextProducerId: number;
  /** Keyed by `configKey`; resources without entries are not there. */
  readonly configsByResource: ReadonlyMap<string, Configs>;
  /** By `quotaKey`; entities without quotas are not there. */
  readonly clientQuotas: ReadonlyMap<string, ClientQuotas>;
  /** By `scramKey`. */
  readonly scramCredentials: ReadonlyMap<string, ScramCredential>;
  /** Records of parts that are not interpreted here (ACLs, tokens), the newest for each identity. */
  readonly kept: ReadonlyMap<string, MetadataRecord>;
  /** The dynamic configs of one resource; empty when it has none. The cluster's broker default has the name ''. */
  configs(resourceType: number, name: string): Configs;
}

export function configKey(resourceType: number, name: string): string {
  return `${resourceType}:${name}`;
}

/** A resource from its `configKey`. */
export function configResource(key: string): { readonly type: number; readonly name: string } {
  const colon = key.indexOf(':');
  return { type: Number(key.slice(0, colon)), name: key.slice(colon + 1) };
}

const NO_CONFIGS: Configs = new Map();

/** Everything of an image but its methods. */
export type ImageFields = Omit<MetadataImage, 'configs'>;

export function makeImage(fields: ImageFields): MetadataImage {
  return {
    ...fields,
    configs: (resourceType, name) => fields.configsByResource.get(configKey(resourceType, name)) ?? NO_CONFIGS,
  };
}

export function emptyImage(clusterId: string): MetadataImage {
  return makeImage({
    offset: -1,
    epoch: 0,
    clusterId,
    controllerId: -1,
    topicsByName: new Map(),
    topicsById: new Map(),
    brokers: new Map(),
    controllers: new Map(),
    features: new Map(),
    nextProducerId: 0,
    configsByResource: new Map(),
    clientQuotas: new Map(),
    scramCredentials: new Map(),
    kept: new Map(),
  });
}

/** A value before and after; null where it was not there. */
export interface Change<T> {
  readonly before: T | null;
  readonly after: T | null;
}

export interface TopicChange extends Change<TopicImage> {
  /** The partitions that changed, appeared or went. */
  readonly partitions: ReadonlyMap<number, Change<PartitionRegistration>>;
}

/** What changed from one image to the next. A topic deleted and made again under its name is two changes. */
export interface MetadataDelta {
  readonly from: MetadataImage;
  /** By topic id. */
  readonly topics: ReadonlyMap<string, TopicChange>;
  /** By `configKey`. */
  readonly configs: ReadonlyMap<string, Change<Configs>>;
  readonly brokers: ReadonlyMap<number, Change<BrokerRegistration>>;
  readonly controllers: ReadonlyMap<number, Change<ControllerRegistration>>;
  readonly features: ReadonlyMap<string, Change<number>>;
  /** By `quotaKey`. */
  readonly clientQuotas: ReadonlyMap<string, Change<ClientQuotas>>;
  /** By `scramKey`. */
  readonly scramCredentials: ReadonlyMap<string, Change<ScramCredential>>;
  readonly kept: ReadonlyMap<string, Change<MetadataRecord>>;
}

/** Called in the order of registration; the next listener runs when the promise of the last is settled. */
export type ImageListener = (image: MetadataImage, delta: MetadataDelta) => void | Promise<void>;
