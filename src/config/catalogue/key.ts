/** One configuration key as Kafka's `ConfigDef` describes it. */
export interface ConfigKey {
  readonly type: ConfigType;
  /** The text of the default; null when the key has none but may stay unset; absent when Kafka demands a value. */
  readonly default?: string | null;
  readonly importance: 'HIGH' | 'MEDIUM' | 'LOW';
  /** Kafka's text for what is allowed beyond the type; `value-rules.ts` reads it. */
  readonly valid?: string;
  /** A list of which an entry is demanded. */
  readonly nonEmpty?: true;
  /** Not part of Kafka's public interface: accepted, and left out of what DescribeConfigs lists. */
  readonly internal?: true;
  /** How a running broker may be given another value; absent when it must be restarted (`DynamicBrokerConfig`). */
  readonly update?: 'per-broker' | 'cluster-wide';
}

export type ConfigType = 'BOOLEAN' | 'STRING' | 'INT' | 'SHORT' | 'LONG' | 'DOUBLE' | 'LIST' | 'CLASS' | 'PASSWORD';

/** Kafka's numbers for the types (`ConfigEntry.ConfigType` on the wire). */
export const CONFIG_TYPE_CODE: Readonly<Record<ConfigType, number>> = {
  BOOLEAN: 1,
  STRING: 2,
  INT: 3,
  SHORT: 4,
  LONG: 5,
  DOUBLE: 6,
  LIST: 7,
  CLASS: 8,
  PASSWORD: 9,
};
