import type { ListenerType } from '../../protocol/schema/table.ts';
import type { BufferPool } from '../collections/buffer-pool.ts';
import type { BrokerConfig } from '../config/broker-config.ts';
import type { ConfigEntry } from '../config/describe.ts';
import type { GroupCoordinator } from '../coordinator/group/group-coordinator.ts';
import type { LogManager } from '../log/log-manager.ts';
import type { Controller } from '../metadata/controller.ts';
import type { CreatedTopic } from '../metadata/controller-requests.ts';
import type { MetadataImage } from '../metadata/image.ts';
import type { Logger } from '../platform/logger.ts';
import type { LoggerLevels } from '../platform/logger-levels.ts';
import type { KRaftNode } from '../raft/kraft-node.ts';
import type { FetchSessionCache } from '../replication/fetch-session.ts';
import type { LogDirMoves } from '../replication/log-dir-moves.ts';
import type { ReplicaManager } from '../replication/replica-manager.ts';
import type { Authorizer } from '../security/authorizer.ts';
import type { clientDescription } from './client-description.ts';
import type { RequestContext } from './request-context.ts';

/** A broker as clients of one listener reach it. */
export interface LiveBroker {
  readonly nodeId: number;
  readonly host: string;
  readonly port: number;
  readonly rack: string | null;
}

export interface ServedApi {
  readonly apiKey: number;
  readonly minVersion: number;
  readonly maxVersion: number;
}

export interface SupportedFeature {
  readonly name: string;
  readonly minVersion: number;
  readonly maxVersion: number;
}

/** A client, in the words of a client metrics subscription. */
export type ClientDescription = ReturnType<typeof clientDescription>;

/** What a client instance is asked to push. */
export interface InstanceSubscription {
  readonly clientInstanceId: string;
  readonly subscriptionId: number;
  readonly pushIntervalMs: number;
  /** Prefixes of names; `*` alone for all. */
  readonly metrics: readonly string[];
}

export interface Push {
  readonly clientInstanceId: string;
  readonly subscriptionId: number;
  readonly terminating: boolean;
  readonly compressionType: number;
  readonly metrics: Buffer;
}

/** Topics that come into being without being asked for by name. */
export interface TopicCreation {
  isValidName(name: string): boolean;
  /** Auto-creation, internal topics with their own settings. */
  createMissing(names: readonly string[]): Promise<readonly CreatedTopic[]>;
  /** Resolves when the internal topic is there and its coordinators are loaded. */
  ensureInternal(name: string): Promise<void>;
}

export interface Parking {
  /** See `ParkedRequests.park`. */
  park(request: {
    readonly keys: readonly string[];
    readonly timeoutMs: number;
    isSatisfied(key?: string): boolean;
    complete(): void;
  }): () => void;
}

/** See `FetchMemory`. */
export interface AnswerMemory {
  readonly freeBytes: number;
  take(bytes: number): void;
  release(bytes: number): void;
}

/** What handlers may use of the broker. They translate, call one of these, and translate back. */
export interface BrokerContext {
  /** Null while `authorizer.class.name` is unset: everybody may do everything. */
  readonly authorizer: Authorizer | null;
  /** Whose listener the request came to. */
  readonly listenerType: ListenerType;
  readonly config: BrokerConfig;
  readonly logger: Logger;
  /** The broker's loggers by name. */
  readonly loggers: Pick<LoggerLevels, 'has' | 'setLevel'>;
  readonly controller: Controller;
  readonly quorum: KRaftNode;
  readonly logs: LogManager;
  readonly replicas: ReplicaManager;
  readonly moves: Pick<LogDirMoves, 'begin'>;
  readonly groups: GroupCoordinator;
  readonly fetchSessions: FetchSessionCache;
  readonly fetchMemory: AnswerMemory;
  /** The memory of large frames, and of the batches that a log holds. */
  readonly buffers: BufferPool;
  readonly parked: Parking;
  readonly topics: TopicCreation;
  /** See `ClientMetrics`. */
  readonly clientMetrics: {
    readonly maxBytes: number;
    subscribe(clientInstanceId: string, client: ClientDescription): InstanceSubscription;
    push(push: Push, client: ClientDescription): void;
  };
  readonly producerIds: { next(): Promise<number> };
  /** Resolves whether a host's name or address can be looked up. */
  isKnownHost(host: string): Promise<boolean>;
  readonly servedApis: readonly ServedApi[];
  supportedFeatures(apiVersion: number): SupportedFeature[];
  /** The newest committed metadata. */
  image(): MetadataImage;
  /** Answers a request inside an envelope, header and body. Throws a `KafkaError` when it may not be forwarded. */
  dispatchForwarded(frame: Buffer, context: RequestContext): Promise<readonly Buffer[]>;
  /** Brokers that are not fenced, by the endpoint of that listener. */
  liveBrokers(listenerName: string): LiveBroker[];
  /** Throws a `KafkaError` for a resource that is not there or not of a kind that is served. */
  describeConfigs(resourceType: number, resourceName: string): ConfigEntry[];
  /** The configs of a topic as it was just created, for CreateTopics' answer. */
  describeNewTopic(
    name: string,
    wanted: readonly { readonly name: string; readonly value: string | null }[],
  ): ConfigEntry[];
}
