import { KafkaError } from '../../protocol/errors.ts';
import type { BrokerConfig } from '../config/broker-config.ts';
import {
  type ConfigEntry,
  type DynamicConfigs,
  describeBrokerConfigs,
  describeClusterConfigs,
  describeTopicConfigs,
  NO_DYNAMIC_CONFIGS,
} from '../config/describe.ts';
import {
  findClientMetricsKey,
  findGroupKey,
  validateBrokerConfig,
  validateClientMetricsConfig,
  validateGroupConfig,
} from '../config/dynamic-config.ts';
import { findBrokerKey } from '../config/settings.ts';
import { brokerDefault, findTopicKey, logConfigFor, validateTopicConfig } from '../config/topic-config.ts';
import type { CleanerConfig } from '../log/compaction/log-cleaner.ts';
import type { LogConfig } from '../log/log-config.ts';
import { invalidTopicName } from '../metadata/control/topic-names.ts';
import type { ControllerConfig } from '../metadata/controller-config.ts';
import { ConfigResource, type MetadataImage } from '../metadata/image.ts';
import { cleanerConfig } from './settings.ts';

/** The configuration in force: what the broker was started with, and what the metadata has altered since. */
export class ConfigView {
  readonly #config: BrokerConfig;
  #image: () => MetadataImage | undefined = () => undefined;

  constructor(config: BrokerConfig) {
    this.#config = config;
  }

  /** From now on the image's ConfigRecords count. */
  follow(image: () => MetadataImage): void {
    this.#image = image;
  }

  /** What the controller asks of the configuration. */
  get controllerConfig(): ControllerConfig {
    const { numPartitions, defaultReplicationFactor, minInsyncReplicas, uncleanLeaderElectionEnable } = this.#config;
    return {
      numPartitions,
      defaultReplicationFactor,
      minInsyncReplicas,
      uncleanLeaderElectionEnable,
      validateTopicConfig,
      validateBrokerConfig,
      validateGroupConfig: (_group, key, value) => validateGroupConfig(key, value),
      validateClientMetricsConfig: (_subscription, key, value) => validateClientMetricsConfig(key, value),
      isListConfig: (resourceType, key) => catalogueKey(resourceType, key)?.type === 'LIST',
      defaultConfig: (resourceType, key) => {
        const { settings } = this.#config;
        if (resourceType === ConfigResource.BROKER) return settings.text(key) ?? undefined;
        return findTopicKey(key) === undefined ? undefined : (topicDefault(settings, key) ?? undefined);
      },
    };
  }

  /** What topics have that set nothing themselves. */
  defaultLogConfig(): LogConfig {
    return logConfigFor(this.#altered(), new Map());
  }

  logConfig(topic: string): LogConfig {
    return logConfigFor(this.#altered(), this.#image()?.configs(ConfigResource.TOPIC, topic) ?? new Map());
  }

  cleanerConfig(): CleanerConfig {
    return cleanerConfig(this.#altered().settings);
  }

  /** DescribeConfigs of one resource. */
  describe(resourceType: number, name: string): ConfigEntry[] {
    switch (resourceType) {
      case ConfigResource.TOPIC:
        return this.#describeTopic(name);
      case ConfigResource.BROKER:
        if (name === '') return describeClusterConfigs(this.#dynamic());
        if (name !== String(this.#config.nodeId)) {
          throw new KafkaError(
            'INVALID_REQUEST',
            `Unexpected broker id, expected ${this.#config.nodeId} or empty string, but received ${name}`,
          );
        }
        return describeBrokerConfigs(this.#config, this.#dynamic());
      default:
        throw new KafkaError('INVALID_REQUEST', `Resource type ${resourceType} is not served by this version of Samsa`);
    }
  }

  /** A topic's configs right after its creation. */
  describeNewTopic(
    name: string,
    wanted: readonly { readonly name: string; readonly value: string | null }[],
  ): ConfigEntry[] {
    const overrides = new Map<string, string>(this.#image()?.configs(ConfigResource.TOPIC, name) ?? []);
    for (const { name: key, value } of wanted) if (value !== null) overrides.set(key, value);
    return describeTopicConfigs(this.#config, overrides, this.#dynamic());
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

  #altered(): BrokerConfig {
    const { broker, clusterDefault } = this.#dynamic();
    if (broker.size === 0 && clusterDefault.size === 0) return this.#config;
    return { ...this.#config, settings: this.#config.settings.with(new Map([...clusterDefault, ...broker])) };
  }
}

function catalogueKey(resourceType: number, key: string): { readonly type: string } | undefined {
  if (resourceType === ConfigResource.TOPIC) return findTopicKey(key);
  if (resourceType === ConfigResource.GROUP) return findGroupKey(key);
  return resourceType === ConfigResource.CLIENT_METRICS ? findClientMetricsKey(key) : findBrokerKey(key);
}

function topicDefault(settings: BrokerConfig['settings'], key: string): string | null {
  return brokerDefault(settings, key as Parameters<typeof brokerDefault>[1]);
}
