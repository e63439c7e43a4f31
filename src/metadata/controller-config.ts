/** What the controller asks of the configuration, so that the catalogue of keys stays elsewhere. */
import type { TokenConfig } from './control/token-control.ts';

export interface ControllerConfig {
  /** Of this node, whose own dynamic configs count for its controller too. */
  readonly nodeId: number;
  /** `broker.session.timeout.ms`: a broker that was silent for so long is fenced. */
  readonly brokerSessionTimeoutMs: number;
  /** `metadata.max.idle.interval.ms`: a NoOpRecord is written where nothing else was for so long; 0 for none. */
  readonly metadataMaxIdleIntervalMs: number;
  readonly tokens: TokenConfig;
  /** `num.partitions`. */
  readonly numPartitions: number;
  /** `default.replication.factor`; never more than there are live brokers. */
  readonly defaultReplicationFactor: number;
  /** The static `min.insync.replicas`. */
  readonly minInsyncReplicas: number;
  /** The static `unclean.leader.election.enable`. */
  readonly uncleanLeaderElectionEnable: boolean;
  /**
   * Throws a `KafkaError` when a resource must not have these configs, all that it will have: a topic, a broker ('' being
   * the default of all), a group, or a client metrics subscription.
   */
  validateConfigs(resourceType: number, resourceName: string, configs: ReadonlyMap<string, string>): void;
  /** Whether a config is a list, which APPEND and SUBTRACT need. */
  isListConfig(resourceType: number, key: string): boolean;
  /** The text that applies where a resource does not set `key`: what APPEND and SUBTRACT start from. */
  defaultConfig(resourceType: number, key: string): string | undefined;
}
