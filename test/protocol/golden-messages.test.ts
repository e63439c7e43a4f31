import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { codec } from '../../protocol/codec.ts';
import { fromJson, type Json, toJson } from '../../protocol/json.ts';
import { messageNamed } from '../../protocol/messages.ts';
import { versionRange } from '../../protocol/schema/table.ts';
import { Reader } from '../../protocol/wire/reader.ts';
import { Writer } from '../../protocol/wire/writer.ts';

interface Vector {
  readonly name: string;
  readonly version: number;
  readonly json: Json;
  readonly hex: string;
}

function vectors(file: string): Vector[] {
  const text = gunzipSync(readFileSync(new URL(`../golden/${file}`, import.meta.url))).toString();
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
}

describe.each(['messages.jsonl.gz', 'messages-wide.jsonl.gz'])('Kafka’s golden vectors in %s', (file) => {
  const byName = groupByName(vectors(file));

  it.each([...byName])('%s decodes and encodes', (name, cases) => {
    const message = messageNamed(name)!;
    for (const { version, json, hex } of cases) {
      const exact = codec(message, version, { exact: true });
      const reader = new Reader(Buffer.from(hex, 'hex'));
      const value = exact.decode(reader);
      expect(reader.remaining, `${name} v${version}`).toBe(0);
      expect(withDefaults(toJson(message, version, value), json), `${name} v${version}`).toEqual(json);

      const writer = new Writer();
      exact.encode(fromJson(message, json), writer);
      expect(writer.toBuffer().toString('hex'), `${name} v${version}`).toBe(hex);

      const again = new Writer();
      exact.encode(value, again);
      expect(again.toBuffer().toString('hex'), `${name} v${version}`).toBe(hex);
    }
  });

  it.each([...byName])('%s cut short anywhere fails with one clean error', (name, cases) => {
    const message = messageNamed(name)!;
    const { version, hex } = cases.at(-1)!;
    const bytes = Buffer.from(hex, 'hex');
    for (let length = 0; length < bytes.length; length++) {
      const reader = new Reader(bytes.subarray(0, length));
      expect(() => codec(message, version, { exact: true }).decode(reader), `${name} at ${length}`).toThrowError(
        expect.objectContaining({ code: 'DECODE_ERROR' }),
      );
    }
  });
});

describe('the tables', () => {
  const index: { name: string; low: number; high: number; flexible: string; apiKey?: number }[] = JSON.parse(
    readFileSync(new URL('../golden/messages.index.json', import.meta.url), 'utf8'),
  );

  it('are as many as Kafka’s', () => {
    expect(index).toHaveLength(272);
  });

  it.each(index)('$name has Kafka’s versions', ({ name, low, high, flexible, apiKey }) => {
    const message = messageNamed(name)!;
    expect(versionRange(message.versions)).toEqual({ low, high });
    expect(message.flexible).toBe(flexible);
    if (apiKey !== undefined) expect(message.apiKey).toBe(apiKey);
  });
});

function groupByName(all: Vector[]): Map<string, Vector[]> {
  const groups = new Map<string, Vector[]>();
  for (const vector of all) groups.set(vector.name, [...(groups.get(vector.name) ?? []), vector]);
  return groups;
}

/** Kafka's vectors spell out a tagged field that was drawn with its default value; our JSON leaves it out. */
function withDefaults(ours: Json, theirs: Json): Json {
  if (Array.isArray(ours) && Array.isArray(theirs))
    return ours.map((entry, i) => withDefaults(entry, theirs[i] ?? null));
  if (ours === null || theirs === null || typeof ours !== 'object' || typeof theirs !== 'object') return ours;
  if (Array.isArray(ours) || Array.isArray(theirs)) return ours;
  const merged: { [name: string]: Json } = {};
  for (const [name, value] of Object.entries(theirs))
    merged[name] = name in ours ? withDefaults(ours[name]!, value) : value;
  for (const [name, value] of Object.entries(ours)) if (!(name in theirs)) merged[name] = value;
  return merged;
}
