/** `describe-configs.json.gz` is what Apache Kafka 4.3.1 answered for this very configuration (generators/DescribeConfigs.java). */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { CONFIG_TYPE_CODE } from '../../src/config/catalogue/key.ts';
import {
  type ConfigEntry,
  ConfigSource,
  type DynamicConfigs,
  describeBrokerConfigs,
  describeClusterConfigs,
  describeTopicConfigs,
} from '../../src/config/describe.ts';
import { validateBrokerConfig } from '../../src/config/dynamic-config.ts';
import { loadBrokerConfig } from '../../src/config/load-broker-config.ts';
import { samsaDefaults } from '../../src/config/samsa-defaults.ts';
import { validateTopicConfig } from '../../src/config/topic-config.ts';

interface KafkaEntry {
  readonly name: string;
  readonly value: string | null;
  readonly source: string;
  readonly sensitive: boolean;
  readonly readOnly: boolean;
  readonly type: string;
  readonly synonyms: readonly { readonly name: string; readonly value: string | null; readonly source: string }[];
}

const golden = JSON.parse(
  gunzipSync(readFileSync(new URL('../golden/describe-configs.json.gz', import.meta.url))).toString(),
);

const { config } = loadBrokerConfig({
  set: [
    'process.roles=broker,controller',
    'node.id=1',
    'controller.quorum.bootstrap.servers=localhost:29093',
    'listeners=PLAINTEXT://:29092,CONTROLLER://:29093',
    'inter.broker.listener.name=PLAINTEXT',
    'advertised.listeners=PLAINTEXT://localhost:29092,CONTROLLER://localhost:29093',
    'controller.listener.names=CONTROLLER',
    'listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,SSL:SSL,SASL_PLAINTEXT:SASL_PLAINTEXT,SASL_SSL:SASL_SSL',
    'num.network.threads=3',
    'log.dirs=/work/tmp-config/kdata',
    'num.partitions=2',
    'offsets.topic.replication.factor=1',
    'transaction.state.log.replication.factor=1',
    'transaction.state.log.min.isr=1',
    'share.coordinator.state.topic.replication.factor=1',
    'share.coordinator.state.topic.min.isr=1',
    'log.retention.hours=100',
    'log.roll.ms=86400000',
    'log.segment.bytes=104857600',
    'log.cleaner.min.cleanable.ratio=.25',
    'ssl.keystore.password=secret',
    'some.unknown.key=value',
  ],
});

const overrides = new Map([
  ['retention.ms', '1000'],
  ['cleanup.policy', 'compact, delete'],
  ['min.cleanable.dirty.ratio', '.3'],
  ['segment.bytes', '+2000000'],
  ['compression.type', 'zstd'],
  ['flush.messages', '9223372036854775807'],
]);

// A new cluster of Kafka 4.3 has this from the start, for its eligible leader replicas.
const fresh: DynamicConfigs = { broker: new Map(), clusterDefault: new Map([['min.insync.replicas', '1']]) };
const altered: DynamicConfigs = {
  broker: new Map([['log.retention.ms', '5000']]),
  clusterDefault: new Map([
    ...fresh.clusterDefault,
    ['log.segment.bytes', '2097152'],
    ['message.max.bytes', '2000000'],
  ]),
};

const SOURCE_NAMES: Readonly<Record<number, string>> = {
  [ConfigSource.TOPIC_CONFIG]: 'DYNAMIC_TOPIC_CONFIG',
  [ConfigSource.DYNAMIC_BROKER_CONFIG]: 'DYNAMIC_BROKER_CONFIG',
  [ConfigSource.DYNAMIC_DEFAULT_BROKER_CONFIG]: 'DYNAMIC_DEFAULT_BROKER_CONFIG',
  [ConfigSource.STATIC_BROKER_CONFIG]: 'STATIC_BROKER_CONFIG',
  [ConfigSource.DEFAULT_CONFIG]: 'DEFAULT_CONFIG',
};

describe('DescribeConfigs answers as Apache Kafka does', () => {
  test.each([
    ['topic:over', describeTopicConfigs(config, overrides, fresh)],
    ['topic:plain', describeTopicConfigs(config, new Map(), fresh)],
    ['dynamic topic:over', describeTopicConfigs(config, overrides, altered)],
    ['dynamic topic:plain', describeTopicConfigs(config, new Map(), altered)],
    ['broker:1', describeBrokerConfigs(config, fresh)],
    ['dynamic broker:1', describeBrokerConfigs(config, altered)],
    ['broker:', describeClusterConfigs(fresh)],
    ['dynamic broker:', describeClusterConfigs(altered)],
  ])('%s', (resource, entries) => {
    expect(entries.map(asKafkaShows).filter(hasKafkasDefault)).toEqual(golden[resource].filter(hasKafkasDefault));
  });
});

describe('alterations are refused with the sentences of Apache Kafka', () => {
  const refused = Object.entries<string>(golden.errors).filter(([, outcome]) => outcome !== 'OK');
  // Kafka itself fails here ("/ by zero"), or checks what only a running broker knows.
  const others = [
    "broker '1' listeners=PLAINTEXT://:1",
    "broker '1' log.cleaner.threads=0",
    "broker '' log.cleaner.threads=0",
  ];

  test.each(refused.filter(([what]) => !others.includes(what)))('%s', (what, outcome) => {
    const [, kind, id, key, value] = /^(topic|broker) (?:'(.*)' )?(.*)=(.*)$/.exec(what)!;
    const message = outcome.slice(outcome.indexOf(': ') + 2);
    const alter = () =>
      kind === 'topic' ? validateTopicConfig(key!, value!) : validateBrokerConfig(id!, key!, value!);
    expect(alter).toThrow(
      expect.objectContaining({ message, error: kind === 'topic' ? 'INVALID_CONFIG' : 'INVALID_REQUEST' }),
    );
  });
});

// What `kafka-configs` and `kafka-reassign-partitions` show of Apache Kafka 4.3.1 (compat-tests/tools/expected).
describe('throttles of replication, which only a running broker is given', () => {
  const rate = 'leader.replication.throttled.rate';

  test('are described as numbers, with no default', () => {
    const dynamic = { broker: new Map([[rate, '1000000']]), clusterDefault: new Map() };
    const entry = describeBrokerConfigs(config, dynamic).find(({ name }) => name === rate);
    expect(entry).toMatchObject({
      value: '1000000',
      isSensitive: false,
      configType: CONFIG_TYPE_CODE.LONG,
      synonyms: [{ name: rate, value: '1000000', source: ConfigSource.DYNAMIC_BROKER_CONFIG }],
    });
    expect(describeBrokerConfigs(config).some(({ name }) => name === rate)).toBe(false);
  });

  test.each([
    ['-1', 'Value must be at least 0'],
    ['fast', 'Not a number of type LONG'],
  ])('are refused as %s', (value, reason) => {
    expect(() => validateBrokerConfig('1', rate, value)).toThrow(
      `Invalid value ${value} for configuration ${rate}: ${reason}`,
    );
  });
});

function asKafkaShows({
  name,
  value,
  configSource,
  isSensitive,
  readOnly,
  configType,
  synonyms,
}: ConfigEntry): KafkaEntry {
  return {
    name,
    value,
    source: SOURCE_NAMES[configSource]!,
    sensitive: isSensitive,
    readOnly,
    type: Object.entries(CONFIG_TYPE_CODE).find(([, code]) => code === configType)?.[0] ?? 'UNKNOWN',
    synonyms: synonyms.map((synonym) => ({ ...synonym, source: SOURCE_NAMES[synonym.source]! })),
  };
}

/** Defaults that are Samsa's own are another table's business. */
function hasKafkasDefault({ name }: { readonly name: string }): boolean {
  return !(name in samsaDefaults);
}
