/**
 * The controller as the broker sees it: an asynchronous port, local now and over the wire in a cluster. Each method
 * resolves when its records are committed and this node's image listeners have run, so that what it answers is there
 * to be used. Failures of single items are in the answer; a rejected promise is a failure of the whole request, a
 * `KafkaError` (NOT_CONTROLLER, KAFKA_STORAGE_ERROR …).
 */
import type { KafkaError } from '../../protocol/errors.ts';
import type { Acl, AclFilter } from './acls.ts';
import type { AlteredTopic, PartitionAlterations } from './control/alter-partition.ts';
import type { FeatureUpdates } from './control/feature-control.ts';
import type { LeaderElection, TopicElection } from './control/leader-election.ts';
import type { ReassignedTopic, Reassignments } from './control/reassignment-control.ts';
import type { CreatedToken, TokenChange, TokenCreation } from './control/token-control.ts';
import type {
  AlterConfigsResource,
  AlteredConfigs,
  AlteredQuotas,
  AlteredScramUser,
  AssignedReplica,
  AssignReplicasRequest,
  BrokerHeartbeatReply,
  BrokerHeartbeatRequest,
  BrokerRegistrationRequest,
  ControllerRegistrationRequest,
  CreatablePartitions,
  CreatableTopic,
  CreatedTopic,
  DeletedTopic,
  LegacyAlterConfigsResource,
  ProducerIdBlock,
  QuotaAlteration,
  ScramAlterations,
  TopicReference,
} from './controller-requests.ts';

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
  electLeaders(election: LeaderElection): Promise<TopicElection[]>;
  alterReassignments(reassignments: Reassignments): Promise<ReassignedTopic[]>;
  alterPartitions(alterations: PartitionAlterations): Promise<AlteredTopic[]>;
  registerController(registration: ControllerRegistrationRequest): Promise<null>;
  /** Rejects with BROKER_ID_NOT_REGISTERED. */
  unregisterBroker(brokerId: number): Promise<null>;
  /** One answer for each entry: null when it is there. */
  createAcls(acls: readonly Acl[]): Promise<(KafkaError | null)[]>;
  /** For each filter the entries that it took away. */
  deleteAcls(filters: readonly AclFilter[]): Promise<(readonly Acl[] | KafkaError)[]>;
  createToken(creation: TokenCreation): Promise<CreatedToken>;
  /** Resolves with the time at which the token expires now. */
  renewToken(change: TokenChange): Promise<number>;
  expireToken(change: TokenChange): Promise<number>;
  allocateProducerIds(brokerId: number, brokerEpoch: number): Promise<ProducerIdBlock>;
  registerBroker(request: BrokerRegistrationRequest): Promise<{ readonly brokerEpoch: number }>;
  brokerHeartbeat(request: BrokerHeartbeatRequest): Promise<BrokerHeartbeatReply>;
  /** The answers stand in the order of `assignments`. */
  assignReplicasToDirs(request: AssignReplicasRequest): Promise<AssignedReplica[]>;
}
