/** Which configs of a running broker may be altered, and to what. */
import { KafkaError } from '../../protocol/errors.ts';
import { listenerBaseName } from './broker-synonyms.ts';
import type { ConfigKey } from './catalogue/key.ts';
import { InvalidValueError } from './config-error.ts';
import { findBrokerKey, findThrottleKey, type Settings } from './settings.ts';
import { parseValue } from './value.ts';

/** Of these, no change may more than double or halve the number. */
const THREADS: ReadonlySet<string> = new Set([
  'background.threads',
  'log.cleaner.threads',
  'num.io.threads',
  'num.network.threads',
  'num.recovery.threads.per.data.dir',
  'num.replica.fetchers',
]);
/** Of listener keys, those that hold for all brokers. */
const CLUSTER_WIDE_LISTENER_KEYS: ReadonlySet<string> = new Set([
  'max.connection.creation.rate',
  'max.connections',
  'num.network.threads',
]);

/** `brokerId` is '' for the cluster's default. Throws `KafkaError` INVALID_REQUEST with Kafka's sentence. */
export function validateBrokerConfig(brokerId: string, name: string, value: string): void {
  const throttle = findThrottleKey(name);
  if (throttle !== undefined) {
    check(name, throttle, value);
    return;
  }
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
  check(name, key, value);
  const isPerBroker =
    listenerKey === undefined ? key.update === 'per-broker' : !CLUSTER_WIDE_LISTENER_KEYS.has(listenerKey);
  if (brokerId === '' && isPerBroker) {
    throw new KafkaError(
      'INVALID_REQUEST',
      `Cannot update these configs at default cluster level, broker id must be specified: [${name}]`,
    );
  }
}

/** Throws as `validateBrokerConfig`, also where a running broker's number of threads would change too much at once. */
export function validateBrokerConfigs(current: Settings, brokerId: string, configs: ReadonlyMap<string, string>): void {
  for (const [name, value] of configs) {
    validateBrokerConfig(brokerId, name, value);
    if (THREADS.has(name)) checkThreads(name, Number(current.value(name)), Number(value));
  }
}

function checkThreads(name: string, current: number, wanted: number): void {
  let reason: string | undefined;
  if (wanted < 1) reason = 'value should be at least 1';
  else if (wanted < Math.floor(current / 2)) reason = `value should be at least half the current value ${current}`;
  else if (wanted > current * 2) reason = `value should not be greater than double the current value ${current}`;
  if (reason === undefined) return;
  throw new KafkaError(
    'INVALID_REQUEST',
    `Dynamic thread count update validation failed for ${name}=${wanted}, ${reason}`,
  );
}

function check(name: string, key: ConfigKey, value: string): void {
  try {
    parseValue(name, key, value);
  } catch (cause) {
    if (!(cause instanceof InvalidValueError)) throw cause;
    throw new KafkaError('INVALID_REQUEST', cause.kafkaMessage, { cause });
  }
}
