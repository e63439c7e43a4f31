import type { ListenerType } from '../../protocol/schema/table.ts';
import type { BufferPool } from '../collections/buffer-pool.ts';
import type { BrokerConfig } from '../config/broker-config.ts';
import type { ConfigEntry } from '../config/describe.ts';
import type { GroupCoordinator } from '../coordinator/group/group-coordinator.ts';
import type { LogManager } from '../log/log-manager.ts';
import type { Controller, CreatedTopic } from '../metadata/controller.ts';
import type { MetadataImage } from '../metadata/image.ts';
import type { Logger } from '../platform/logger.ts';
import type { LoggerLevels } from '../platform/logger-levels.ts';
import type { FetchSessionCache } from '../replication/fetch-session.ts';
import type { ReplicaManager } from '../replication/replica-manager.ts';

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
    isSatisfied(): boolean;
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
  /** Whose listener the request came to. */
  readonly listenerType: ListenerType;
  readonly config: BrokerConfig;
  readonly logger: Logger;
  /** The broker's loggers by name. */
  readonly loggers: Pick<LoggerLevels, 'has' | 'setLevel'>;
  readonly controller: Controller;
  readonly logs: LogManager;
  readonly replicas: ReplicaManager;
  readonly groups: GroupCoordinator;
  readonly fetchSessions: FetchSessionCache;
  readonly fetchMemory: AnswerMemory;
  /** The memory of large frames, and of the batches that a log holds. */
  readonly buffers: BufferPool;
  readonly parked: Parking;
  readonly topics: TopicCreation;
  readonly producerIds: { next(): Promise<number> };
  /** Resolves whether a host's name or address can be looked up. */
  isKnownHost(host: string): Promise<boolean>;
  readonly servedApis: readonly ServedApi[];
  supportedFeatures(apiVersion: number): SupportedFeature[];
  /** The newest committed metadata. */
  image(): MetadataImage;
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
