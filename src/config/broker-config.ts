import type { ActedOnKey } from './acted-on.ts';
import type { brokerKeys } from './catalogue/broker.ts';
import type { ConfigType } from './catalogue/key.ts';
import type { samsaKeys } from './catalogue/samsa.ts';
import type { HttpEndpoint } from './http-listeners.ts';
import type { Endpoint, ListenerConfig, SecurityProtocol } from './listeners.ts';
import type { Settings } from './settings.ts';
import type { ConfigValue, ValueOf } from './value.ts';

/** 'log.segment.bytes' is the field logSegmentBytes. */
type CamelCase<Key extends string> = Key extends `${infer Head}.${infer Tail}`
  ? `${Head}${Capitalize<CamelCase<Tail>>}`
  : Key;

type Catalogue = typeof brokerKeys & typeof samsaKeys;

type FieldOf<Key> = Key extends { readonly type: infer Type extends ConfigType; readonly default: null }
  ? ValueOf<Type> | null
  : Key extends { readonly type: infer Type extends ConfigType }
    ? ValueOf<Type>
    : never;

/** These say more than their text, and have a field of their own shape below, or none beside another. */
export const STRUCTURED = [
  'advertised.listeners',
  'broker.id',
  'http.listeners',
  'inter.broker.listener.name',
  'listener.security.protocol.map',
  'listeners',
  'log.dir',
  'log.dirs',
  'max.connections.per.ip.overrides',
  'metadata.log.dir',
  'security.inter.broker.protocol',
] as const satisfies readonly ActedOnKey[];

type PlainKey = Exclude<ActedOnKey, (typeof STRUCTURED)[number]>;

/** A field for each key that Samsa acts on, under its name in camel case. */
export type PlainFields = { readonly [Key in PlainKey as CamelCase<Key>]: FieldOf<Catalogue[Key]> };

export interface StructuredFields {
  /** All that are bound, controller listeners included. */
  readonly listeners: readonly ListenerConfig[];
  /** What brokers' clients are told, without controller listeners; port 0 is the port that was bound. */
  readonly advertisedListeners: readonly Endpoint[];
  readonly securityProtocols: ReadonlyMap<string, SecurityProtocol>;
  readonly interBrokerListenerName: string;
  /** Of the first controller listener; null when there is none. Port 0 is the port that was bound. */
  readonly controllerEndpoint: Endpoint | null;
  /** Where HTTP is served; nowhere while empty. */
  readonly httpListeners: readonly HttpEndpoint[];
  /** Absolute paths. */
  readonly logDirs: readonly string[];
  /** An absolute path; the first of `logDirs` when unset. */
  readonly metadataLogDir: string;
  readonly maxConnectionsPerIpOverrides: ReadonlyMap<string, number>;
  /** What an empty directory is formatted with; null for a random one. */
  readonly clusterId: string | null;
}

/** One broker's configuration, checked. Milliseconds and bytes are numbers; longs are cut to ±(2^53 − 1). */
export interface BrokerConfig extends PlainFields, StructuredFields {
  /** Of any key of the catalogue, acted on or not; undefined for other names. */
  get(key: string): ConfigValue | undefined;
  /** As it was given, or undefined while unset. */
  original(key: string): string | undefined;
  readonly settings: Settings;
}
