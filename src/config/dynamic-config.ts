/** Which configs of a running broker, a group or a metrics subscription may be altered, and to what. */
import { KafkaError } from '../../protocol/errors.ts';
import { listenerBaseName } from './broker-synonyms.ts';
import { clientMetricsKeys } from './catalogue/client-metrics.ts';
import { groupResourceKeys } from './catalogue/group.ts';
import type { ConfigKey } from './catalogue/key.ts';
import { InvalidValueError } from './config-error.ts';
import { findBrokerKey } from './settings.ts';
import { parseValue } from './value.ts';

const groupCatalogue: ReadonlyMap<string, ConfigKey> = new Map(Object.entries(groupResourceKeys));
const clientMetricsCatalogue: ReadonlyMap<string, ConfigKey> = new Map(Object.entries(clientMetricsKeys));
/** Of listener keys, those that hold for all brokers. */
const CLUSTER_WIDE_LISTENER_KEYS: ReadonlySet<string> = new Set([
  'max.connection.creation.rate',
  'max.connections',
  'num.network.threads',
]);

/** `brokerId` is '' for the cluster's default. Throws `KafkaError` INVALID_REQUEST with Kafka's sentence. */
export function validateBrokerConfig(brokerId: string, name: string, value: string): void {
  const listenerKey = listenerBaseName(name);
  const key = findBrokerKey(listenerKey ?? name);
  if (key === undefined) return;
  if (listenerKey === undefined && key.update === undefined) {
    throw new KafkaError('INVALID_REQUEST', `Cannot update these configs dynamically: [${name}]`);
  }
  if (listenerKey === undefined && name.startsWith('ssl.')) {
    throw new KafkaError(
      'INVALID_REQUEST',
      `These security configs can be dynamically updated only per-listener using the listener prefix: [${name}]`,
    );
  }
  check('INVALID_REQUEST', name, key, value);
  const isPerBroker =
    listenerKey === undefined ? key.update === 'per-broker' : !CLUSTER_WIDE_LISTENER_KEYS.has(listenerKey);
  if (brokerId === '' && isPerBroker) {
    throw new KafkaError(
      'INVALID_REQUEST',
      `Cannot update these configs at default cluster level, broker id must be specified: [${name}]`,
    );
  }
}

/** Throws `KafkaError` INVALID_CONFIG. */
export function validateGroupConfig(name: string, value: string): void {
  const key = groupCatalogue.get(name);
  if (key === undefined) throw new KafkaError('INVALID_CONFIG', `Unknown group config name: ${name}`);
  check('INVALID_CONFIG', name, key, value);
}

/** Throws `KafkaError` INVALID_CONFIG. */
export function validateClientMetricsConfig(name: string, value: string): void {
  const key = clientMetricsCatalogue.get(name);
  if (key === undefined) throw new KafkaError('INVALID_CONFIG', `Unknown client metrics configuration: ${name}`);
  check('INVALID_CONFIG', name, key, value);
}

export function findGroupKey(name: string): ConfigKey | undefined {
  return groupCatalogue.get(name);
}

export function findClientMetricsKey(name: string): ConfigKey | undefined {
  return clientMetricsCatalogue.get(name);
}

function check(error: 'INVALID_REQUEST' | 'INVALID_CONFIG', name: string, key: ConfigKey, value: string): void {
  try {
    parseValue(name, key, value);
  } catch (cause) {
    if (!(cause instanceof InvalidValueError)) throw cause;
    throw new KafkaError(error, cause.kafkaMessage, { cause });
  }
}
