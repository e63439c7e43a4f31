import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { codec } from '../../protocol/codec.ts';
import { type Json, toJson } from '../../protocol/json.ts';
import { batches, records } from '../../protocol/records/batch.ts';
import { controlMessages, controlType } from '../../protocol/records/control.ts';
import { Reader } from '../../protocol/wire/reader.ts';
import { decodeRecord, metadataRecords } from '../../src/metadata/records.ts';
import { golden } from './golden.ts';
import { TestNode } from './test-node.ts';

interface Entry {
  readonly offset?: number;
  readonly type?: string;
  readonly control?: string;
  readonly version?: number;
  readonly data: Json;
}

/** What kafka-dump-log prints of a metadata log. */
function dump(log: Buffer): Entry[] {
  const entries: Entry[] = [];
  for (const batch of batches(log)) {
    for (const { key, value, ...record } of records(batch)) {
      if (batch.isControl) {
        const type = controlType({ key, value, ...record });
        if (type === 'abort' || type === 'commit' || type === 'unknown') throw new Error(type);
        const message = controlMessages[type];
        const name = { leaderChange: 'LeaderChange', kraftVersion: 'KRaftVersion', kraftVoters: 'KRaftVoters' };
        const decoded = codec(message, 0).decode(new Reader(value!));
        entries.push({ control: name[type as 'leaderChange'], data: toJson(message, 0, decoded) });
      } else {
        const { type, version, value: decoded } = decodeRecord(value!);
        const upper = type.replace(/(?<=[a-z])(?=[A-Z])/g, '_').toUpperCase();
        entries.push({ type: upper, version, data: toJson(metadataRecords[type], version, decoded) });
      }
    }
  }
  return entries;
}

/**
 * Ids as they come are numbered, and broker epochs counted by life, so that two runs can be compared. When a broker
 * first says which directories are cordoned is left out: Kafka sends it with whichever heartbeat comes first.
 */
function comparable(entries: readonly Entry[]): Json[] {
  const names = new Map<string, string>();
  const named = (kind: string, id: string): string => {
    if (!names.has(id)) names.set(id, `${kind}${names.size}`);
    return names.get(id)!;
  };
  const walk = (key: string, json: Json): Json => {
    if (Array.isArray(json)) {
      const members = json.map((member) => walk(key, member));
      return key === 'features' ? members.sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)) : members;
    }
    if (json !== null && typeof json === 'object') {
      return Object.fromEntries(Object.entries(json).map(([name, member]) => [name, walk(name, member)]));
    }
    if (key === 'brokerEpoch') return named('epoch', String(json));
    if (typeof json === 'string' && /^[\w-]{22}$/.test(json)) return named('id', json);
    return json;
  };
  return entries
    .filter(({ data }) => !JSON.stringify(data).includes('"cordonedLogDirs":[]'))
    .map(({ type = null, control = null, version = null, data }) => ({
      name: type ?? control,
      version,
      data: walk('', data),
    }));
}

describe('the metadata log of a node alone, beside the one Apache Kafka wrote', () => {
  let test: TestNode;
  beforeEach(() => {
    test = new TestNode();
  });
  afterEach(() => test.remove());

  it('holds the same records after a first start, clean restarts, and a kill', async () => {
    const topic = (name: string, numPartitions: number, configs: { name: string; value: string }[]) => ({
      topics: [{ name, numPartitions, replicationFactor: -1, assignments: [], configs }],
      validateOnly: false,
    });
    let node = await test.startBroker({ clusterId: 'iYoa2hTtRsGZ0XrC9bBtJQ' });
    await node.controller.createTopics(topic('t1', 2, [{ name: 'retention.ms', value: '1000000' }]));
    await test.stopBroker();
    await test.startBroker();
    await test.stopBroker();
    node = await test.startBroker();
    await node.controller.createPartitions({
      topics: [{ name: 't1', count: 3, assignments: null }],
      validateOnly: false,
    });
    await node.controller.createTopics(topic('t2', 1, []));
    await node.controller.deleteTopics([{ name: 't2' }]);
    await test.startBroker();
    await test.stopBroker();

    const expected = golden('restarts.jsonl')
      .toString()
      .trim()
      .split('\n')
      .map((line): Entry => JSON.parse(line));
    expect(comparable(dump(test.disk.bytes))).toEqual(comparable(expected));
  });
});
