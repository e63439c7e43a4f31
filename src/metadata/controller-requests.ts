/** What the controller is asked and answers, one pair of shapes for each of its methods (`controller.ts`). */
import type { KafkaError } from '../../protocol/errors.ts';
import type { QuotaEntity } from './client-quotas.ts';
import type { Endpoint, SupportedFeature } from './image.ts';

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
  readonly features: readonly SupportedFeature[];
  /** The epoch of the life that ended with a clean shutdown just before; −1 when the last one did not. */
  readonly previousBrokerEpoch: number;
}

export interface ControllerRegistrationRequest {
  readonly controllerId: number;
  readonly incarnationId: string;
  readonly zkMigrationReady: boolean;
  readonly endPoints: readonly Endpoint[];
  readonly features: readonly SupportedFeature[];
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
