/**
 * The controller as the broker sees it: an asynchronous port, local now and over the wire in a cluster. Each method
 * resolves when its records are committed and this node's image listeners have run, so that what it answers is there
 * to be used. Failures of single items are in the answer; a rejected promise is a failure of the whole request, a
 * `KafkaError` (NOT_CONTROLLER, KAFKA_STORAGE_ERROR …).
 */
import type { KafkaError } from '../../protocol/errors.ts';
import type { QuotaEntity } from './client-quotas.ts';
import type { FeatureUpdates } from './control/feature-control.ts';
import type { Endpoint } from './image.ts';

export interface CreatableTopic {
  readonly name: string;
  /** −1 for the default, or when `assignments` are given. */
  readonly numPartitions: number;
  /** −1 for the default, or when `assignments` are given. */
  readonly replicationFactor: number;
  readonly assignments: readonly { readonly partitionIndex: number; readonly brokerIds: readonly number[] }[];
  readonly configs: readonly { readonly name: string; readonly value: string | null }[];
}

export interface CreatedTopic {
  readonly name: string;
  /** The zero uuid on an error or when only validated. */
  readonly topicId: string;
  readonly error: KafkaError | null;
  readonly numPartitions: number;
  readonly replicationFactor: number;
}

export type TopicReference = { readonly name: string } | { readonly topicId: string };

export interface DeletedTopic {
  /** Null when only an unknown id was given. */
  readonly name: string | null;
  readonly topicId: string;
  readonly error: KafkaError | null;
}

export interface CreatablePartitions {
  readonly name: string;
  /** The new total. */
  readonly count: number;
  readonly assignments: readonly { readonly brokerIds: readonly number[] }[] | null;
}

/** Kafka's numbers in IncrementalAlterConfigs. */
export const AlterConfigOp = { SET: 0, DELETE: 1, APPEND: 2, SUBTRACT: 3 } as const;

export interface AlterConfigsResource {
  readonly resourceType: number;
  readonly resourceName: string;
  readonly configs: readonly {
    readonly name: string;
    readonly configOperation: number;
    readonly value: string | null;
  }[];
}

export interface LegacyAlterConfigsResource {
  readonly resourceType: number;
  readonly resourceName: string;
  readonly configs: readonly { readonly name: string; readonly value: string | null }[];
}

export interface AlteredConfigs {
  readonly resourceType: number;
  readonly resourceName: string;
  readonly error: KafkaError | null;
}

export interface QuotaAlteration {
  readonly entity: QuotaEntity;
  /** Null takes a quota away. */
  readonly ops: readonly { readonly key: string; readonly value: number | null }[];
}

export interface AlteredQuotas {
  readonly entity: QuotaEntity;
  readonly error: KafkaError | null;
}

export interface ScramDeletion {
  readonly name: string;
  readonly mechanism: number;
}

export interface ScramUpsertion extends ScramDeletion {
  readonly iterations: number;
  readonly salt: Buffer;
  readonly saltedPassword: Buffer;
}

export interface ScramAlterations {
  readonly deletions: readonly ScramDeletion[];
  readonly upsertions: readonly ScramUpsertion[];
}

export interface AlteredScramUser {
  readonly user: string;
  readonly error: KafkaError | null;
}

export interface ProducerIdBlock {
  readonly first: number;
  readonly count: number;
}

export interface BrokerRegistrationRequest {
  readonly brokerId: number;
  readonly clusterId: string;
  readonly incarnationId: string;
  readonly endpoints: readonly Endpoint[];
  readonly rack: string | null;
  readonly directories: readonly string[];
  /** The epoch of the life that ended with a clean shutdown just before; −1 when the last one did not. */
  readonly previousBrokerEpoch: number;
}

export interface BrokerHeartbeatRequest {
  readonly brokerId: number;
  readonly brokerEpoch: number;
  /** The highest offset the broker's image holds. */
  readonly currentMetadataOffset: number;
  readonly wantFence: boolean;
  readonly wantShutDown: boolean;
  /** Ids of the broker's directories that failed since it registered (KIP-858). */
  readonly offlineLogDirs: readonly string[];
  /** Directories that take no new replicas (KIP-1066); null leaves what was said before. */
  readonly cordonedDirectories: readonly string[] | null;
}

export interface BrokerHeartbeatReply {
  readonly isCaughtUp: boolean;
  readonly isFenced: boolean;
  readonly shouldShutDown: boolean;
}

export interface ReplicaAssignment {
  readonly topicId: string;
  readonly partition: number;
  readonly directoryId: string;
}

export interface AssignReplicasRequest {
  readonly brokerId: number;
  readonly brokerEpoch: number;
  readonly assignments: readonly ReplicaAssignment[];
}

export interface AssignedReplica extends ReplicaAssignment {
  readonly error: KafkaError | null;
}

export interface Controller {
  createTopics(request: {
    readonly topics: readonly CreatableTopic[];
    readonly validateOnly: boolean;
  }): Promise<CreatedTopic[]>;
  /** The answers stand in the order of `topics`. */
  deleteTopics(topics: readonly TopicReference[]): Promise<DeletedTopic[]>;
  createPartitions(request: {
    readonly topics: readonly CreatablePartitions[];
    readonly validateOnly: boolean;
  }): Promise<{ readonly name: string; readonly error: KafkaError | null }[]>;
  incrementalAlterConfigs(resources: readonly AlterConfigsResource[], validateOnly: boolean): Promise<AlteredConfigs[]>;
  /** The old API: what is not named goes back to its default. */
  alterConfigs(resources: readonly LegacyAlterConfigsResource[], validateOnly: boolean): Promise<AlteredConfigs[]>;
  /** `unknownHosts` are the IP entities' names that are no address and do not resolve to one. */
  alterClientQuotas(request: {
    readonly alterations: readonly QuotaAlteration[];
    readonly unknownHosts: ReadonlySet<string>;
    readonly validateOnly: boolean;
  }): Promise<AlteredQuotas[]>;
  alterScramCredentials(alterations: ScramAlterations): Promise<AlteredScramUser[]>;
  /** Rejects with INVALID_UPDATE_VERSION, and changes nothing, when one of the updates may not be. */
  updateFeatures(updates: FeatureUpdates): Promise<null>;
  /** Rejects with BROKER_ID_NOT_REGISTERED. */
  unregisterBroker(brokerId: number): Promise<null>;
  allocateProducerIds(brokerId: number, brokerEpoch: number): Promise<ProducerIdBlock>;
  registerBroker(request: BrokerRegistrationRequest): Promise<{ readonly brokerEpoch: number }>;
  brokerHeartbeat(request: BrokerHeartbeatRequest): Promise<BrokerHeartbeatReply>;
  /** The answers stand in the order of `assignments`. */
  assignReplicasToDirs(request: AssignReplicasRequest): Promise<AssignedReplica[]>;
}
