/** `config-values.jsonl.gz` is what Apache Kafka 4.3.1's ConfigDef makes of 32 texts for every key (generators/ConfigValues.java). */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { brokerKeys } from '../../src/config/catalogue/broker.ts';
import { clientMetricsKeys } from '../../src/config/catalogue/client-metrics.ts';
import { groupResourceKeys } from '../../src/config/catalogue/group.ts';
import type { ConfigKey } from '../../src/config/catalogue/key.ts';
import { topicKeys } from '../../src/config/catalogue/topic.ts';
import { InvalidValueError } from '../../src/config/config-error.ts';
import { javaDouble, parseValue } from '../../src/config/value.ts';

interface Case {
  readonly area: string;
  readonly key: string;
  readonly value: string;
  readonly parsed?: string;
  readonly error?: string;
}

const catalogues = new Map<string, Readonly<Record<string, ConfigKey>>>([
  ['broker', brokerKeys],
  ['topic', topicKeys],
  ['group', groupResourceKeys],
  ['clientMetrics', clientMetricsKeys],
]);

const golden: Case[] = gunzipSync(readFileSync(new URL('../golden/config-values.jsonl.gz', import.meta.url)))
  .toString()
  .trimEnd()
  .split('\n')
  .map((line) => JSON.parse(line));

const facts = JSON.parse(readFileSync(new URL('../golden/facts.json', import.meta.url), 'utf8'));

describe('catalogue', () => {
  test.each([...catalogues.keys()])(
    '%s keys, types, defaults, importance and limits are those of Kafka 4.3.1',
    (area) => {
      const ours = Object.entries(catalogues.get(area)!).map(([name, key]) => [
        name,
        { type: key.type, default: key.default, importance: key.importance, valid: key.valid || undefined },
      ]);
      const kafkas = Object.entries<ConfigKey>(facts[area]).map(([name, key]) => [
        name,
        { type: key.type, default: key.default, importance: key.importance, valid: key.valid || undefined },
      ]);
      expect(Object.fromEntries(ours)).toEqual(Object.fromEntries(kafkas));
    },
  );

  test('every default is a value that its key allows', () => {
    for (const keys of catalogues.values()) {
      for (const [name, key] of Object.entries(keys)) {
        if (key.default !== null && key.default !== undefined && key.default !== '') parseValue(name, key, key.default);
      }
    }
  });
});

describe('parseValue', () => {
  test('takes and refuses what Kafka does, with its normal form and its sentence', () => {
    const differing = golden.flatMap(({ area, key, value, parsed, error }) => {
      const ours = outcome(key, catalogues.get(area)![key]!, value);
      const kafkas = error === undefined ? { parsed } : { error };
      return JSON.stringify(ours) === JSON.stringify(kafkas) ? [] : [{ key, value, ours, kafkas }];
    });
    expect(golden.length).toBeGreaterThan(13_000);
    expect(differing).toEqual([]);
  });

  test('keeps the exact text of a long beyond 2^53 and cuts its number', () => {
    expect(parseValue('retention.ms', topicKeys['retention.ms'], '9223372036854775807')).toEqual({
      value: Number.MAX_SAFE_INTEGER,
      text: '9223372036854775807',
    });
  });

  test('names key, value and what is allowed, but never a password', () => {
    expect(() => parseValue('num.partitions', brokerKeys['num.partitions'], '0')).toThrow(
      'num.partitions=0 is not allowed: Value must be at least 1. Allowed is a whole number of 32 bits, at least 1.',
    );
  });
});

test.each([
  [0.5, '0.5'],
  [1, '1.0'],
  [1e7, '1.0E7'],
  [1.7976931348623157e308, '1.7976931348623157E308'],
  [0.00012, '1.2E-4'],
  [0, '0.0'],
])('javaDouble writes %d as Java does: %s', (value, text) => {
  expect(javaDouble(value)).toBe(text);
});

function outcome(name: string, key: ConfigKey, text: string): { parsed?: string; error?: string } {
  try {
    return { parsed: parseValue(name, key, text).text };
  } catch (thrown) {
    if (thrown instanceof InvalidValueError) return { error: thrown.kafkaMessage };
    throw thrown;
  }
}
