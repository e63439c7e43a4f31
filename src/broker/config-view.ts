import { KafkaError } from '../../protocol/errors.ts';
import type { BrokerConfig } from '../config/broker-config.ts';
import { buildBrokerConfig } from '../config/broker-config-builder.ts';
import { validateClientMetricsConfigs } from '../config/client-metrics-config.ts';
import { ConfigError } from '../config/config-error.ts';
import {
  type ConfigEntry,
  type DynamicConfigs,
  describeBrokerConfigs,
  describeClientMetricsConfigs,
  describeClusterConfigs,
  describeGroupConfigs,
  describeLoggers,
  describeTopicConfigs,
  NO_DYNAMIC_CONFIGS,
} from '../config/describe.ts';
import { validateBrokerConfigs } from '../config/dynamic-config.ts';
import { findGroupKey, groupDefault, validateGroupConfigs } from '../config/group-config.ts';
import { findBrokerKey, type Settings } from '../config/settings.ts';
import { brokerDefault, findTopicKey, logConfigFor, validateTopicConfigs } from '../config/topic-config.ts';
import type { CleanerConfig } from '../log/compaction/log-cleaner.ts';
import type { LogConfig } from '../log/log-config.ts';
import { invalidTopicName } from '../metadata/control/topic-names.ts';
import type { ControllerConfig } from '../metadata/controller-config.ts';
import { ConfigResource, type Configs, type MetadataImage } from '../metadata/image.ts';
import type { LoggerLevels } from '../platform/logger-levels.ts';
import { cleanerConfig } from './settings.ts';

/** What Kafka can change in a running broker, and Samsa cannot. */
const RESTARTED_FOR = ['listeners', 'listener.security.protocol.map'] as const;

const NO_OVERRIDES: Configs = new Map();

/** The configuration in force: what the broker was started with, and what the metadata has altered since. */
export class ConfigView {
  readonly #config: BrokerConfig;
  readonly #loggers: Pick<LoggerLevels, 'levels'>;
  /** The last configuration in force, made anew only when something was altered. */
  #current: (DynamicConfigs & { readonly config: BrokerConfig }) | undefined;
  #logConfigs: { readonly of: BrokerConfig | undefined; readonly byOverrides: WeakMap<Configs, LogConfig> } = {
    of: undefined,
    byOverrides: new WeakMap(),
  };
  #image: () => MetadataImage | undefined = () => undefined;

  constructor(config: BrokerConfig, loggers: Pick<LoggerLevels, 'levels'>) {
    this.#config = config;
    this.#loggers = loggers;
  }

  /** From now on the image's ConfigRecords count. */
  follow(image: () => MetadataImage): void {
    this.#image = image;
  }

  /** What the controller asks of the configuration. */
  get controllerConfig(): ControllerConfig {
    const { nodeId, brokerSessionTimeoutMs, metadataMaxIdleIntervalMs } = this.#config;
    const { numPartitions, defaultReplicationFactor, minInsyncReplicas, uncleanLeaderElectionEnable } = this.#config;
    return {
      nodeId,
      brokerSessionTimeoutMs,
      metadataMaxIdleIntervalMs,
      tokens: {
        secretKey: this.#config.delegationTokenSecretKey,
        maxLifetimeMs: this.#config.delegationTokenMaxLifetimeMs,
        expiryTimeMs: this.#config.delegationTokenExpiryTimeMs,
        expiryCheckIntervalMs: this.#config.delegationTokenExpiryCheckIntervalMs,
      },
      numPartitions,
      defaultReplicationFactor,
      minInsyncReplicas,
      uncleanLeaderElectionEnable,
      validateConfigs: (resourceType, name, configs) => this.#validate(resourceType, name, configs),
      isListConfig: (resourceType, key) => catalogueKey(resourceType, key)?.type === 'LIST',
      defaultConfig: (resourceType, key) => {
        const { settings } = this.#config;
        if (resourceType === ConfigResource.BROKER) return settings.text(key) ?? undefined;
        if (resourceType === ConfigResource.GROUP) return groupDefault(settings, key) ?? undefined;
        return findTopicKey(key) === undefined ? undefined : (topicDefault(settings, key) ?? undefined);
      },
    };
  }

  /** What topics have that set nothing themselves. */
  defaultLogConfig(): LogConfig {
    return logConfigFor(this.current(), new Map());
  }

  /** One object for all topics that have the same: it is asked for by each of thousands of logs. */
  logConfig(topic: string): LogConfig {
    const current = this.current();
    if (this.#logConfigs.of !== current) this.#logConfigs = { of: current, byOverrides: new WeakMap() };
    const overrides = this.#image()?.configs(ConfigResource.TOPIC, topic) ?? NO_OVERRIDES;
    const { byOverrides } = this.#logConfigs;
    const known = byOverrides.get(overrides);
    if (known !== undefined) return known;
    const made = logConfigFor(current, overrides);
    byOverrides.set(overrides, made);
    return made;
  }

  /** What `kafka-reassign-partitions --replica-alter-log-dirs-throttle` sets; a key that no broker starts with. */
  logDirMoveBytesPerSecond(): number {
    const altered = this.#dynamic().broker.get('replica.alter.log.dirs.io.max.bytes.per.second');
    return altered === undefined ? Number.POSITIVE_INFINITY : Math.max(Number(altered), 1);
  }

  /** The keys that were altered for this broker or for all. */
  alteredKeys(): ReadonlySet<string> {
    const { broker, clusterDefault } = this.#dynamic();
    return new Set([...clusterDefault.keys(), ...broker.keys()]);
  }

  cleanerConfig(): CleanerConfig {
    return cleanerConfig(this.current().settings);
  }

  /** DescribeConfigs of one resource. Throws a `KafkaError` for one that is not there or of no known type. */
  describe(resourceType: number, name: string): ConfigEntry[] {
    switch (resourceType) {
      case ConfigResource.TOPIC:
        return this.#describeTopic(name);
      case ConfigResource.BROKER:
        if (name === '') return describeClusterConfigs(this.#dynamic());
        this.#checkOwnId(name, `${this.#config.nodeId} or empty string,`);
        return describeBrokerConfigs(this.#config, this.#dynamic());
      case ConfigResource.BROKER_LOGGER:
        if (name === '') throw new KafkaError('INVALID_REQUEST', 'Broker id must not be empty');
        this.#checkOwnId(name, String(this.#config.nodeId));
        return describeLoggers(this.#loggers.levels());
      case ConfigResource.CLIENT_METRICS:
        if (name === '') {
          throw new KafkaError('INVALID_REQUEST', 'Client metrics subscription name must not be empty');
        }
        return describeClientMetricsConfigs(this.#configsOf(resourceType, name));
      case ConfigResource.GROUP:
        if (name === '') throw new KafkaError('INVALID_REQUEST', 'Group name must not be empty');
        return describeGroupConfigs(this.#config, this.#configsOf(resourceType, name), this.#dynamic());
      default:
        throw new KafkaError('INVALID_REQUEST', `Unexpected resource type ${resourceType} for resource ${name}`);
    }
  }

  /** A topic's configs right after its creation. */
  describeNewTopic(
    name: string,
    wanted: readonly { readonly name: string; readonly value: string | null }[],
  ): ConfigEntry[] {
    const overrides = new Map<string, string>(this.#image()?.configs(ConfigResource.TOPIC, name) ?? []);
    for (const { name: key, value } of wanted) if (value !== null) overrides.set(key, value);
    // As it was written: only DescribeConfigs shows values in Kafka's own writing, 0.0 for 0.
    return describeTopicConfigs(this.#config, overrides, this.#dynamic()).map((entry) =>
      entry.isSensitive ? entry : { ...entry, value: overrides.get(entry.name) ?? entry.value },
    );
  }

  #checkOwnId(name: string, expected: string): void {
    if (!/^[+-]?\d+$/.test(name)) {
      throw new KafkaError('INVALID_REQUEST', `Broker id must be an integer, but it is: ${name}`);
    }
    if (Number(name) !== this.#config.nodeId) {
      throw new KafkaError('INVALID_REQUEST', `Unexpected broker id, expected ${expected} but received ${name}`);
    }
  }

  #validate(resourceType: number, name: string, configs: ReadonlyMap<string, string>): void {
    switch (resourceType) {
      case ConfigResource.TOPIC:
        validateTopicConfigs(this.current(), configs);
        break;
      case ConfigResource.BROKER:
        validateBrokerConfigs(this.current().settings, name, configs);
        this.#checkRunnable(name, configs);
        break;
      case ConfigResource.GROUP:
        validateGroupConfigs(this.current().settings, configs);
        break;
      case ConfigResource.CLIENT_METRICS:
        validateClientMetricsConfigs(configs);
        break;
    }
  }

  #configsOf(resourceType: number, name: string): ReadonlyMap<string, string> {
    return this.#image()?.configs(resourceType, name) ?? new Map();
  }

  #describeTopic(name: string): ConfigEntry[] {
    const reason = invalidTopicName(name);
    if (reason !== undefined) throw new KafkaError('INVALID_TOPIC_EXCEPTION', reason);
    const image = this.#image();
    if (image?.topicsByName.has(name) !== true)
      throw new KafkaError('UNKNOWN_TOPIC_OR_PARTITION', `there is no topic ${name}`);
    return describeTopicConfigs(this.#config, image.configs(ConfigResource.TOPIC, name), this.#dynamic());
  }

  #dynamic(): DynamicConfigs {
    const image = this.#image();
    if (image === undefined) return NO_DYNAMIC_CONFIGS;
    return {
      broker: image.configs(ConfigResource.BROKER, String(this.#config.nodeId)),
      clusterDefault: image.configs(ConfigResource.BROKER, ''),
    };
  }

  /** What the broker runs on now: what it was started with under what was altered since. */
  current(): BrokerConfig {
    const { broker, clusterDefault } = this.#dynamic();
    if (broker.size === 0 && clusterDefault.size === 0) return this.#config;
    const last = this.#current;
    if (last?.broker === broker && last.clusterDefault === clusterDefault) return last.config;
    const config = this.#with(new Map([...clusterDefault, ...broker]));
    this.#current = { broker, clusterDefault, config };
    return config;
  }

  #with(altered: ReadonlyMap<string, string>): BrokerConfig {
    return buildBrokerConfig(this.#config.settings.with(altered), this.#config.clusterId);
  }

  /** Throws for alterations that a broker cannot run on. */
  #checkRunnable(name: string, configs: ReadonlyMap<string, string>): void {
    const fixed = RESTARTED_FOR.find((key) => configs.has(key) && configs.get(key) !== this.#config.original(key));
    if (fixed !== undefined) {
      throw new KafkaError('INVALID_REQUEST', `Samsa does not change ${fixed} while it runs; set it and restart`);
    }
    const { broker, clusterDefault } = this.#dynamic();
    try {
      this.#with(name === '' ? new Map([...configs, ...broker]) : new Map([...clusterDefault, ...configs]));
    } catch (cause) {
      if (!(cause instanceof ConfigError)) throw cause;
      throw new KafkaError('INVALID_REQUEST', cause.message, { cause });
    }
  }
}

function catalogueKey(resourceType: number, key: string): { readonly type: string } | undefined {
  if (resourceType === ConfigResource.TOPIC) return findTopicKey(key);
  if (resourceType === ConfigResource.GROUP) return findGroupKey(key);
  // Kafka's schema of list configs leaves those of client metrics out, so nothing is appended to them.
  return resourceType === ConfigResource.BROKER ? findBrokerKey(key) : undefined;
}

function topicDefault(settings: Settings, key: string): string | null {
  return brokerDefault(settings, key as Parameters<typeof brokerDefault>[1]);
}
