/** A client metrics subscription (KIP-714): which metrics of which clients are pushed how often. */
import { KafkaError } from '../../protocol/errors.ts';
import { clientMetricsKeys } from './catalogue/client-metrics.ts';
import type { ConfigKey } from './catalogue/key.ts';
import { InvalidValueError } from './config-error.ts';
import { parseValue, splitList } from './value.ts';

const catalogue: ReadonlyMap<string, ConfigKey> = new Map(Object.entries(clientMetricsKeys));

export const SHORTEST_PUSH_INTERVAL_MS = 100;
export const LONGEST_PUSH_INTERVAL_MS = 3_600_000;

/** What a subscription may select clients by. */
export const CLIENT_SELECTORS = [
  'client_instance_id',
  'client_id',
  'client_software_name',
  'client_software_version',
  'client_source_address',
  'client_source_port',
] as const;
export type ClientSelector = (typeof CLIENT_SELECTORS)[number];

export interface ClientMetricsSubscription {
  readonly intervalMs: number;
  /** Prefixes of metric names; '' alone, which `*` stands for, is all of them. */
  readonly metrics: readonly string[];
  /** All must match, the whole of each value. */
  readonly match: ReadonlyMap<ClientSelector, RegExp>;
}

export function clientMetricsCatalogue(): ReadonlyMap<string, ConfigKey> {
  return catalogue;
}

/** Reads configs that were validated when they were set; those that are not set have their defaults. */
export function clientMetricsSubscription(configs: ReadonlyMap<string, string>): ClientMetricsSubscription {
  const text = (name: keyof typeof clientMetricsKeys): string => configs.get(name) ?? clientMetricsKeys[name].default;
  const metrics = splitList(text('metrics'));
  return {
    intervalMs: Number(text('interval.ms')),
    metrics: metrics.includes('*') ? [''] : metrics,
    match: matchingPatterns(splitList(text('match'))),
  };
}

/** Throws `KafkaError`, INVALID_REQUEST or INVALID_CONFIG as Kafka does, with its sentence. */
export function validateClientMetricsConfigs(configs: ReadonlyMap<string, string>): void {
  for (const [name, text] of configs) {
    const key = catalogue.get(name);
    if (key === undefined) throw new KafkaError('INVALID_REQUEST', `Unknown client metrics configuration: ${name}`);
    try {
      parseValue(name, key, text);
    } catch (cause) {
      if (!(cause instanceof InvalidValueError)) throw cause;
      throw new KafkaError('INVALID_CONFIG', cause.kafkaMessage, { cause });
    }
  }
  const { intervalMs } = clientMetricsSubscription(configs);
  if (intervalMs < SHORTEST_PUSH_INTERVAL_MS || intervalMs > LONGEST_PUSH_INTERVAL_MS) {
    throw new KafkaError(
      'INVALID_REQUEST',
      `Invalid value ${intervalMs} for interval.ms, interval must be between ${SHORTEST_PUSH_INTERVAL_MS} and ${LONGEST_PUSH_INTERVAL_MS} (1 hour)`,
    );
  }
}

function matchingPatterns(patterns: readonly string[]): ReadonlyMap<ClientSelector, RegExp> {
  const match = new Map<ClientSelector, RegExp>();
  for (const pattern of patterns) {
    const [name, source, ...rest] = pattern.split('=').map((part) => part.trim());
    const selector = CLIENT_SELECTORS.find((known) => known === name);
    const regExp = source === undefined || rest.length > 0 ? undefined : wholeMatch(source);
    if (selector === undefined || regExp === undefined) {
      throw new KafkaError('INVALID_CONFIG', `Illegal client matching pattern: ${pattern}`);
    }
    match.set(selector, regExp);
  }
  return match;
}

/** Undefined for what is no regular expression. Whoever may alter the cluster's configs writes these. */
function wholeMatch(source: string): RegExp | undefined {
  try {
    return new RegExp(`^(?:${source})$`);
  } catch {
    return undefined;
  }
}
