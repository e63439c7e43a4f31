/** Configs of a group (KIP-1240): what may be set, within the bounds that the broker sets, and what holds otherwise. */
import { KafkaError } from '../../protocol/errors.ts';
import { groupResourceKeys } from './catalogue/group.ts';
import type { ConfigKey } from './catalogue/key.ts';
import { InvalidValueError } from './config-error.ts';
import { findBrokerKey, type Settings } from './settings.ts';
import { parseValue } from './value.ts';

const catalogue: ReadonlyMap<string, ConfigKey> = new Map(Object.entries(groupResourceKeys));

/** The broker's bounds that are not named `group.<kind>.min.<rest>` and `group.<kind>.max.<rest>`. */
const BOUND_NAMES: Readonly<Record<string, string>> = {
  'group.streams.max.num.standby.replicas': 'group.streams.max.standby.replicas',
};

/** A group's session must outlast its heartbeats. */
const GREATER_THAN: readonly (readonly [string, string])[] = ['consumer', 'share', 'streams'].map((kind) => [
  `${kind}.session.timeout.ms`,
  `${kind}.heartbeat.interval.ms`,
]);

export function findGroupKey(name: string): ConfigKey | undefined {
  return catalogue.get(name);
}

export function groupKeys(): ReadonlyMap<string, ConfigKey> {
  return catalogue;
}

/** The broker's key whose value holds for groups that don't set `name`; undefined where the default is fixed. */
export function groupSynonym(name: string): string | undefined {
  const synonym = `group.${name}`;
  return findBrokerKey(synonym) === undefined ? undefined : synonym;
}

/** The text that holds for a group that does not set `name`. */
export function groupDefault(settings: Settings, name: string): string | null {
  const synonym = groupSynonym(name);
  return (synonym === undefined ? undefined : settings.text(synonym)) ?? catalogue.get(name)?.default ?? null;
}

/** Throws `KafkaError` INVALID_CONFIG, with Kafka's sentence, about the first config that a group must not have. */
export function validateGroupConfigs(settings: Settings, configs: ReadonlyMap<string, string>): void {
  const numbers = new Map<string, number>();
  for (const name of configs.keys()) {
    if (!catalogue.has(name)) throw invalid(`Unknown group config name: ${name}`);
  }
  for (const [name, key] of catalogue) {
    const text = configs.get(name) ?? groupDefault(settings, name) ?? '';
    try {
      const { value } = parseValue(name, key, text);
      if (typeof value === 'number') numbers.set(name, value);
    } catch (cause) {
      if (!(cause instanceof InvalidValueError)) throw cause;
      throw invalid(cause.kafkaMessage, { cause });
    }
  }
  for (const name of configs.keys()) checkBounds(settings, name, numbers.get(name));
  for (const [session, heartbeat] of GREATER_THAN) {
    if (numbers.get(session)! <= numbers.get(heartbeat)!) throw invalid(`${session} must be greater than ${heartbeat}`);
  }
}

function checkBounds(settings: Settings, name: string, value: number | undefined): void {
  if (value === undefined) return;
  const minimum = bound(settings, name, 'min');
  if (minimum !== undefined && value < minimum.value) {
    throw invalid(`${name} must be greater than or equal to ${minimum.name}`);
  }
  const maximum = bound(settings, name, 'max');
  if (maximum !== undefined && value > maximum.value) {
    throw invalid(`${name} must be less than or equal to ${maximum.name}`);
  }
}

function bound(settings: Settings, config: string, end: 'min' | 'max'): { name: string; value: number } | undefined {
  const dot = config.indexOf('.');
  const regular = `group.${config.slice(0, dot)}.${end}${config.slice(dot)}`;
  const name = BOUND_NAMES[regular] ?? regular;
  const value = settings.value(name);
  return typeof value === 'number' ? { name, value } : undefined;
}

function invalid(message: string, options?: ErrorOptions): KafkaError {
  return new KafkaError('INVALID_CONFIG', message, options);
}
