/**
 * A node's metadata side, assembled: formats or checks its directories, opens the metadata log, leads the quorum of
 * one, replays the log into an image, and offers the controller. The broker registers itself through it.
 */
import type { Clock } from '../platform/clock.ts';
import type { FileSystem } from '../platform/file-system.ts';
import type { Logger } from '../platform/logger.ts';
import type { Random } from '../platform/random.ts';
import type { Controller } from './controller.ts';
import type { Endpoint, ImageListener, MetadataImage } from './image.ts';

/** What the controller asks of the configuration, so that the catalogue of keys stays elsewhere. */
export interface ControllerConfig {
  /** `num.partitions`. */
  readonly numPartitions: number;
  /** `default.replication.factor`. */
  readonly defaultReplicationFactor: number;
  /** Throws a `KafkaError` (INVALID_CONFIG) for a topic config that must not be. */
  validateTopicConfig(key: string, value: string): void;
  /** The same for dynamic broker configs; `name` is '' for the cluster's default. */
  validateBrokerConfig?(name: string, key: string, value: string): void;
  /** The same for group configs. */
  validateGroupConfig?(group: string, key: string, value: string): void;
  /** Whether a topic's config is a list, which APPEND and SUBTRACT need. */
  isListConfig(resourceType: number, key: string): boolean;
  /** The text of the value that applies when a resource does not set `key`; what APPEND and SUBTRACT start from. */
  defaultConfig(resourceType: number, key: string): string | undefined;
}

export interface MetadataNodeOptions {
  readonly nodeId: number;
  /** Absolute paths of all `log.dirs`. */
  readonly logDirs: readonly string[];
  /** `metadata.log.dir`, the first of `log.dirs` when unset. */
  readonly metadataLogDir: string;
  /** Used when an empty directory is formatted (random when absent); a formatted one must have it. */
  readonly clusterId?: string;
  /** The controller listener as voters see it; written at formatting. */
  readonly controllerEndpoint?: { readonly name: string; readonly host: string; readonly port: number };
  readonly config: ControllerConfig;
  readonly fs: FileSystem;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** Called once when the metadata log can no longer be written; the node must stop. */
  readonly onFatal: (failure: Error) => void;
}

export interface BrokerIdentity {
  /** As advertised, with the ports that were bound. */
  readonly endpoints: readonly Endpoint[];
  readonly rack: string | null;
}

export interface MetadataNode {
  readonly nodeId: number;
  readonly clusterId: string;
  /** The directory id of each of `logDirs`, by path. */
  readonly directoryIds: ReadonlyMap<string, string>;
  readonly controller: Controller;
  /** The newest committed image. */
  image(): MetadataImage;
  /** Calls `listener` at once with the whole present image as a delta from nothing, then with every change, in order of registration. */
  addListener(listener: ImageListener): Promise<void>;
  /** Registers this broker (a new incarnation, so a new broker epoch), still fenced; its partitions lose their leader. */
  register(broker: BrokerIdentity): Promise<{ readonly brokerEpoch: number }>;
  /** Unfences: partitions get their leader with the next leader epoch. Resolves when the listeners have seen it. */
  unfence(): Promise<void>;
  /** `register` and `unfence` in one, for a broker that has nothing to do between them. */
  registerAndUnfence(broker: BrokerIdentity): Promise<{ readonly brokerEpoch: number }>;
  /** Moves leadership away (alone: to nobody), as Kafka's controlled shutdown; resolves when the broker may stop. */
  controlledShutdown(): Promise<void>;
  /** Flushes and closes the log; `controlledShutdown` first for a clean stop. */
  close(): Promise<void>;
}
