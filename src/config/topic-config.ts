/** A topic's configuration: its own overrides over the broker's defaults, which have names and units of their own. */
import { KafkaError } from '../../protocol/errors.ts';
import type { LogConfig } from '../log/log-config.ts';
import type { ActedOnTopicKey } from './acted-on.ts';
import type { BrokerConfig } from './broker-config.ts';
import type { ConfigKey } from './catalogue/key.ts';
import { topicKeys } from './catalogue/topic.ts';
import { topicSynonyms } from './catalogue/topic-synonyms.ts';
import { InvalidValueError } from './config-error.ts';
import type { Settings } from './settings.ts';
import { type ParsedValue, parseValue } from './value.ts';

type TopicKey = keyof typeof topicKeys;

const catalogue: ReadonlyMap<string, ConfigKey> = new Map(Object.entries(topicKeys));
const synonyms: ReadonlyMap<string, readonly string[]> = new Map(Object.entries(topicSynonyms));

const MS_PER_UNIT: readonly (readonly [suffix: string, ms: number])[] = [
  ['.hours', 3_600_000],
  ['.minutes', 60_000],
];

export function findTopicKey(name: string): ConfigKey | undefined {
  return catalogue.get(name);
}

/** The value that holds for a topic that sets `overrides`. Throws `InvalidValueError` for an override that is none. */
export function topicValue(settings: Settings, overrides: ReadonlyMap<string, string>, name: TopicKey): ParsedValue {
  const key = topicKeys[name];
  const override = overrides.get(name);
  const text = override ?? brokerDefault(settings, name);
  return text === null ? { value: null, text: '' } : parseValue(name, key, text);
}

/** The text of what topics have that don't set `name`: the first of the broker's synonyms that has a value, in ms. */
export function brokerDefault(settings: Settings, name: TopicKey): string | null {
  for (const synonym of synonyms.get(name) ?? []) {
    const text = settings.text(synonym);
    if (text === null || text === undefined) continue;
    const unit = MS_PER_UNIT.find(([suffix]) => synonym.endsWith(suffix));
    const inMs = unit === undefined ? text : String(Number(text) * unit[1]);
    return name === 'retention.ms' && inMs.startsWith('-') ? '-1' : inMs;
  }
  return catalogue.get(name)?.default ?? null;
}

/** What the log of a partition of a topic with `overrides` runs on. */
export function logConfigFor(broker: BrokerConfig, overrides: ReadonlyMap<string, string>): LogConfig {
  const { settings } = broker;
  const number = (name: ActedOnTopicKey): number => Number(topicValue(settings, overrides, name).value);
  const text = (name: ActedOnTopicKey): string => topicValue(settings, overrides, name).text;
  const internalSegmentBytes = topicValue(settings, overrides, 'internal.segment.bytes').value;
  return {
    segmentBytes: internalSegmentBytes === null ? number('segment.bytes') : Number(internalSegmentBytes),
    segmentMs: number('segment.ms'),
    segmentJitterMs: number('segment.jitter.ms'),
    segmentIndexBytes: number('segment.index.bytes'),
    retentionMs: number('retention.ms'),
    retentionBytes: number('retention.bytes'),
    indexIntervalBytes: number('index.interval.bytes'),
    maxMessageBytes: number('max.message.bytes'),
    cleanupPolicy: new Set(CLEANUP_POLICIES.filter((policy) => text('cleanup.policy').split(',').includes(policy))),
    minCleanableDirtyRatio: number('min.cleanable.dirty.ratio'),
    minCompactionLagMs: number('min.compaction.lag.ms'),
    maxCompactionLagMs: number('max.compaction.lag.ms'),
    deleteRetentionMs: number('delete.retention.ms'),
    compressionType: COMPRESSION_TYPES.find((type) => type === text('compression.type')) ?? 'producer',
    compressionLevels: {
      gzip: number('compression.gzip.level'),
      lz4: number('compression.lz4.level'),
      zstd: number('compression.zstd.level'),
    },
    messageTimestampType: text('message.timestamp.type') === 'LogAppendTime' ? 'LogAppendTime' : 'CreateTime',
    messageTimestampBeforeMaxMs: number('message.timestamp.before.max.ms'),
    messageTimestampAfterMaxMs: number('message.timestamp.after.max.ms'),
    flushMessages: number('flush.messages'),
    flushMs: number('flush.ms'),
    fileDeleteDelayMs: number('file.delete.delay.ms'),
    preallocate: topicValue(settings, overrides, 'preallocate').value === true,
  };
}

const CLEANUP_POLICIES = ['delete', 'compact'] as const;
const COMPRESSION_TYPES = ['uncompressed', 'gzip', 'snappy', 'lz4', 'zstd', 'producer'] as const;

/** Throws `KafkaError` INVALID_CONFIG, with Kafka's sentence, for a key that topics don't have or a value it can't take. */
export function validateTopicConfig(name: string, value: string): void {
  const key = catalogue.get(name);
  if (key === undefined) throw new KafkaError('INVALID_CONFIG', `Unknown topic config name: ${name}`);
  try {
    parseValue(name, key, value);
  } catch (cause) {
    if (!(cause instanceof InvalidValueError)) throw cause;
    throw new KafkaError('INVALID_CONFIG', cause.kafkaMessage, { cause });
  }
  if (name === 'remote.storage.enable' && value.trim().toLowerCase() === 'true') {
    throw new KafkaError(
      'INVALID_CONFIG',
      'Tiered Storage functionality is disabled in the broker. Topic cannot be configured with remote log storage.',
    );
  }
}

/** The same for a topic's overrides together: each of them, and what they must be to each other. */
export function validateTopicConfigs(broker: BrokerConfig, overrides: ReadonlyMap<string, string>): void {
  for (const [name, value] of overrides) validateTopicConfig(name, value);
  const minimum = topicValue(broker.settings, overrides, 'min.compaction.lag.ms');
  const maximum = topicValue(broker.settings, overrides, 'max.compaction.lag.ms');
  if (BigInt(minimum.text) <= BigInt(maximum.text)) return;
  throw new KafkaError(
    'INVALID_CONFIG',
    `conflict topic config setting min.compaction.lag.ms (${minimum.text}) > max.compaction.lag.ms (${maximum.text})`,
  );
}
