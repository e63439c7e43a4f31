/** What DescribeConfigs answers: every key with its value, where the value comes from, and what it stands over. */
import type { BrokerConfig } from './broker-config.ts';
import { brokerSynonyms } from './broker-synonyms.ts';
import { brokerKeys } from './catalogue/broker.ts';
import { CONFIG_TYPE_CODE, type ConfigKey } from './catalogue/key.ts';
import { topicKeys } from './catalogue/topic.ts';
import { topicSynonyms } from './catalogue/topic-synonyms.ts';
import { clientMetricsCatalogue } from './client-metrics-config.ts';
import { groupDefault, groupKeys, groupSynonym } from './group-config.ts';
import { defaultText, findBrokerKey, findThrottleKey } from './settings.ts';
import { brokerDefault } from './topic-config.ts';
import { parseValue } from './value.ts';
import { ruleOf } from './value-rules.ts';

/** Kafka's numbers for where a value comes from (`DescribeConfigsResponse.ConfigSource`). */
export const ConfigSource = {
  UNKNOWN: 0,
  TOPIC_CONFIG: 1,
  DYNAMIC_BROKER_CONFIG: 2,
  DYNAMIC_DEFAULT_BROKER_CONFIG: 3,
  STATIC_BROKER_CONFIG: 4,
  DEFAULT_CONFIG: 5,
  DYNAMIC_BROKER_LOGGER_CONFIG: 6,
  CLIENT_METRICS_CONFIG: 7,
  GROUP_CONFIG: 8,
} as const;

export interface ConfigSynonym {
  readonly name: string;
  readonly value: string | null;
  readonly source: number;
}

export interface ConfigEntry {
  readonly name: string;
  /** Null for a sensitive value, and where there is none. */
  readonly value: string | null;
  readonly configSource: number;
  readonly isSensitive: boolean;
  readonly readOnly: boolean;
  readonly isDefault: boolean;
  readonly configType: number;
  /** Sentences from the catalogue; null for a key that it does not know, '' for a logger. */
  readonly documentation: string | null;
  /** The value's own place first, then what would hold without it. */
  readonly synonyms: readonly ConfigSynonym[];
}

/** Values that were altered while the broker runs. */
export interface DynamicConfigs {
  /** Of this broker alone. */
  readonly broker: ReadonlyMap<string, string>;
  /** Of all brokers of the cluster. */
  readonly clusterDefault: ReadonlyMap<string, string>;
}

export const NO_DYNAMIC_CONFIGS: DynamicConfigs = { broker: new Map(), clusterDefault: new Map() };

/** Every key of a topic with `overrides`, in order of their names. */
export function describeTopicConfigs(
  broker: BrokerConfig,
  overrides: ReadonlyMap<string, string>,
  dynamic = NO_DYNAMIC_CONFIGS,
): ConfigEntry[] {
  const settings = broker.settings.with(new Map([...dynamic.clusterDefault, ...dynamic.broker]));
  const entries: ConfigEntry[] = [];
  for (const [name, key] of topicEntries) {
    const override = overrides.get(name);
    if (key.internal && override === undefined) continue;
    const text = override ?? brokerDefault(settings, name);
    const value = text === null ? null : parseValue(name, key, text).text;
    const synonym = topicSynonyms[name]?.[0];
    const inherited = synonym === undefined ? [] : synonymsOf(broker, dynamic, synonym, false);
    const own = override === undefined ? [] : [{ name, value, source: ConfigSource.TOPIC_CONFIG }];
    entries.push(entry(name, key, value, [...own, ...inherited], false));
  }
  return entries;
}

/** Every key of the broker itself, and those it was given that Kafka does not know. */
export function describeBrokerConfigs(broker: BrokerConfig, dynamic = NO_DYNAMIC_CONFIGS): ConfigEntry[] {
  const altered = new Map([...dynamic.clusterDefault, ...dynamic.broker]);
  const settings = broker.settings.with(altered);
  const names = new Set([...Object.keys(brokerKeys), ...settings.originals.keys()]);
  const entries: ConfigEntry[] = [];
  for (const name of [...names].sort()) {
    const key = findBrokerKey(name) ?? findThrottleKey(name);
    if (key?.internal && !settings.originals.has(name)) continue;
    const value = key === undefined ? null : (settings.text(name) ?? settings.originals.get(name) ?? null);
    entries.push(
      entry(name, key, value, synonymsOf(broker, dynamic, name, isSensitive(key)), key?.update === undefined),
    );
  }
  return entries;
}

/** What was altered for all brokers at once: DescribeConfigs of the broker with no name. */
export function describeClusterConfigs(dynamic: DynamicConfigs): ConfigEntry[] {
  return [...dynamic.clusterDefault.keys()].sort().map((name) => {
    const key = findBrokerKey(name) ?? findThrottleKey(name);
    const value = isSensitive(key) ? null : (dynamic.clusterDefault.get(name) ?? null);
    const synonyms = [{ name, value, source: ConfigSource.DYNAMIC_DEFAULT_BROKER_CONFIG }];
    return entry(name, key, value, synonyms, key?.update === undefined);
  });
}

/** Every key of a group with `overrides`. */
export function describeGroupConfigs(
  broker: BrokerConfig,
  overrides: ReadonlyMap<string, string>,
  dynamic = NO_DYNAMIC_CONFIGS,
): ConfigEntry[] {
  const settings = broker.settings.with(new Map([...dynamic.clusterDefault, ...dynamic.broker]));
  return Array.from(groupKeys(), ([name, key]) => {
    const override = overrides.get(name);
    const value = override ?? groupDefault(settings, name);
    const synonym = groupSynonym(name);
    const inherited =
      synonym === undefined
        ? [{ name, value: key.default ?? null, source: ConfigSource.DEFAULT_CONFIG }]
        : synonymsOf(broker, dynamic, synonym, false);
    const own = override === undefined ? [] : [{ name, value, source: ConfigSource.GROUP_CONFIG }];
    return entry(name, key, value, [...own, ...inherited], false);
  });
}

/** Every key of a client metrics subscription with `overrides`. */
export function describeClientMetricsConfigs(overrides: ReadonlyMap<string, string>): ConfigEntry[] {
  return Array.from(clientMetricsCatalogue(), ([name, key]) => {
    const override = overrides.get(name);
    const own = override === undefined ? [] : [{ name, value: override, source: ConfigSource.CLIENT_METRICS_CONFIG }];
    return entry(name, key, override ?? key.default ?? null, own, false);
  });
}

/** The loggers of this broker and their levels, which are not kept over a restart. */
export function describeLoggers(levels: ReadonlyMap<string, string>): ConfigEntry[] {
  return Array.from(levels, ([name, value]) => ({
    name,
    value,
    configSource: ConfigSource.DYNAMIC_BROKER_LOGGER_CONFIG,
    isSensitive: false,
    readOnly: false,
    isDefault: false,
    configType: 0,
    // Loggers have none, which Kafka does not put as null.
    documentation: '',
    synonyms: [],
  }));
}

const topicNames = Object.keys(topicKeys) as (keyof typeof topicKeys)[];
const topicEntries = topicNames.sort().map((name): [keyof typeof topicKeys, ConfigKey] => [name, topicKeys[name]]);

/** What has no known type could be a secret of a plug-in. */
function isSensitive(key: ConfigKey | undefined): boolean {
  return key === undefined || key.type === 'PASSWORD';
}

function entry(
  name: string,
  key: ConfigKey | undefined,
  value: string | null,
  synonyms: readonly ConfigSynonym[],
  readOnly: boolean,
): ConfigEntry {
  const configSource = synonyms[0]?.source ?? ConfigSource.DEFAULT_CONFIG;
  return {
    name,
    value: isSensitive(key) ? null : value,
    configSource,
    isSensitive: isSensitive(key),
    readOnly,
    isDefault: configSource === ConfigSource.DEFAULT_CONFIG,
    configType: key === undefined ? 0 : CONFIG_TYPE_CODE[key.type],
    documentation: key === undefined ? null : documentationOf(name, key),
    synonyms,
  };
}

/** What the catalogue knows of a key, in words. */
function documentationOf(name: string, key: ConfigKey): string {
  const fallback = key.default === undefined || key.default === null ? 'none' : key.default || 'empty';
  return `Allowed is ${ruleOf(name, key).allowed}. Default: ${fallback}. Importance: ${key.importance.toLowerCase()}.`;
}

/** Source by source, and in each the synonyms in their order; what comes before `name` itself does not count. */
function synonymsOf(broker: BrokerConfig, dynamic: DynamicConfigs, name: string, hidden: boolean): ConfigSynonym[] {
  const names = brokerSynonyms(name);
  const sources: readonly [source: number, lookUp: (synonym: string) => string | null | undefined][] = [
    [ConfigSource.DYNAMIC_BROKER_CONFIG, (synonym) => dynamic.broker.get(synonym)],
    [ConfigSource.DYNAMIC_DEFAULT_BROKER_CONFIG, (synonym) => dynamic.clusterDefault.get(synonym)],
    [ConfigSource.STATIC_BROKER_CONFIG, (synonym) => broker.settings.originals.get(synonym)],
    [ConfigSource.DEFAULT_CONFIG, defaultText],
  ];
  const found: ConfigSynonym[] = [];
  for (const [source, lookUp] of sources) {
    for (const synonym of names) {
      const value = lookUp(synonym) ?? null;
      if (value !== null) found.push({ name: synonym, value: hidden ? null : value, source });
    }
  }
  const first = found.findIndex((synonym) => synonym.name === name);
  return first < 0 ? [] : found.slice(first);
}
