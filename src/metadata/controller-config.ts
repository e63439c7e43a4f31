/** What the controller asks of the configuration, so that the catalogue of keys stays elsewhere. */
export interface ControllerConfig {
  /** `num.partitions`. */
  readonly numPartitions: number;
  /** `default.replication.factor`; never more than there are live brokers. */
  readonly defaultReplicationFactor: number;
  /** The static `min.insync.replicas`. */
  readonly minInsyncReplicas: number;
  /** The static `unclean.leader.election.enable`. */
  readonly uncleanLeaderElectionEnable: boolean;
  /** Throws a `KafkaError` (INVALID_CONFIG) for a topic config that must not be. */
  validateTopicConfig(key: string, value: string): void;
  /** The same for the dynamic configs of a broker, '' being the default of all. */
  validateBrokerConfig?(broker: string, key: string, value: string): void;
  /** The same for group configs. */
  validateGroupConfig?(group: string, key: string, value: string): void;
  /** The same for a client metrics subscription. */
  validateClientMetricsConfig?(subscription: string, key: string, value: string): void;
  /** Whether a config is a list, which APPEND and SUBTRACT need. */
  isListConfig(resourceType: number, key: string): boolean;
  /** The text that applies where a resource does not set `key`: what APPEND and SUBTRACT start from. */
  defaultConfig(resourceType: number, key: string): string | undefined;
}
