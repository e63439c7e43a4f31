/** @platformatic/kafka. */
import assert from 'node:assert/strict';
import { Admin, Consumer, Producer } from '@platformatic/kafka';
import { recordAt, recordCount, verify } from '../support/records.mjs';
import { fresh, runScenarios, until } from '../support/scenarios.mjs';

const codecs = ['none', 'gzip', 'snappy', 'lz4', 'zstd'];
const TOPIC = 2;
const SET = 0;
const [, , command, address, ...topics] = process.argv;
const connection = { clientId: 'compat-platformatic', bootstrapBrokers: [address] };

async function withAdmin(work) {
  const admin = new Admin(connection);
  try {
    return await work(admin);
  } finally {
    await admin.close();
  }
}

async function create(topic, partitions = 1, configs = []) {
  await withAdmin((admin) => admin.createTopics({ topics: [topic], partitions, replicas: 1, configs }));
  return topic;
}

/** Sends and answers the offsets that the broker gave, a request's first one each. */
async function send(messages, options = {}) {
  const producer = new Producer({ ...connection, autocreateTopics: true });
  try {
    const sent = await producer.send({ messages, acks: -1, ...options });
    return (sent.offsets ?? []).map(({ offset }) => Number(offset));
  } finally {
    await producer.close();
  }
}

function numbered(topic, count, start = 0, partitions = 1) {
  return Array.from({ length: count }, (_, i) => ({
    topic,
    partition: (start + i) % partitions,
    key: Buffer.from(`k${start + i}`),
    value: Buffer.from(`v${start + i}`),
  }));
}

async function member(topic, groupId, onMessage, options = {}) {
  const consumer = new Consumer({
    ...connection,
    groupId,
    heartbeatInterval: 500,
    sessionTimeout: 10_000,
    rebalanceTimeout: 10_000,
    ...options,
  });
  const stream = await consumer.consume({
    topics: [topic],
    mode: 'committed',
    fallbackMode: 'earliest',
    maxWaitTime: 100,
    autocommit: false,
  });
  stream.on('data', onMessage);
  stream.on('error', () => {});
  return {
    consumer,
    share: () => consumer.assignments?.find((assignment) => assignment.topic === topic)?.partitions.length ?? 0,
    leave: () => consumer.close(true),
  };
}

async function read(topic, count) {
  const messages = [];
  const reader = await member(topic, fresh('platformatic-read'), (message) => messages.push(message));
  await until(`${count} messages of ${topic}`, () => messages.length >= count);
  await reader.leave();
  return messages;
}

async function expectNumbered(topic, count) {
  const messages = await read(topic, count);
  assert.deepEqual(
    messages.map(({ offset, value }) => [Number(offset), String(value)]),
    Array.from({ length: count }, (_, i) => [i, `v${i}`]),
  );
}

async function produce(topic) {
  await create(topic);
  const messages = Array.from({ length: recordCount }, (_, offset) => {
    const { key, value, headers, timestamp } = recordAt(topic, offset);
    const fields = {
      topic,
      partition: 0,
      headers: new Map(headers.map(([n, v]) => [Buffer.from(n), v])),
      timestamp: BigInt(timestamp),
    };
    return { ...fields, ...(key === null ? {} : { key }), ...(value === null ? {} : { value }) };
  });
  const compression = topic.split('.').at(-1);
  for (let start = 0; start < recordCount; start += 40) await send(messages.slice(start, start + 40), { compression });
}

async function consume(topic) {
  for (const [offset, message] of (await read(topic, recordCount)).entries()) {
    assert.equal(Number(message.offset), offset);
    const headers = [...message.headers].map(([name, value]) => [String(name), value]);
    const { key, value, timestamp } = message;
    verify(topic, offset, { key: key ?? null, value: value ?? null, timestamp: Number(timestamp), headers });
  }
}

async function topicLife() {
  const topic = await create(fresh('platformatic'), 3);
  await send(numbered(topic, 3, 0, 3));
  await assert.rejects(create(topic, 3), /already exists/i);
  await withAdmin(async (admin) => {
    const { topics: known } = await admin.metadata({ topics: [topic] });
    assert.equal(known.get(topic).partitionsCount, 3);
    assert.ok((await admin.listTopics()).includes(topic));
    await admin.deleteTopics({ topics: [topic] });
    assert.ok(!(await admin.listTopics()).includes(topic));
  });
}

async function configs() {
  const topic = await create(fresh('platformatic'), 1, [{ name: 'retention.ms', value: '12345678' }]);
  await withAdmin(async (admin) => {
    const resource = { resourceType: TOPIC, resourceName: topic };
    const change = { name: 'segment.bytes', configOperation: SET, value: '20000000' };
    await admin.incrementalAlterConfigs({ resources: [{ ...resource, configs: [change] }] });
    const [described] = await admin.describeConfigs({ resources: [resource] });
    const found = new Map(described.configs.map(({ name, value }) => [name, value]));
    assert.equal(found.get('retention.ms'), '12345678');
    assert.equal(found.get('segment.bytes'), '20000000');
  });
}

async function roundTrip(compression) {
  const topic = await create(fresh('platformatic'));
  await send(numbered(topic, 500), { compression });
  await expectNumbered(topic, 500);
}

async function emptyAndNull() {
  const topic = await create(fresh('platformatic'));
  const headers = new Map([[Buffer.from('empty'), Buffer.alloc(0)]]);
  await send([
    { topic, value: Buffer.alloc(0) },
    { topic, key: Buffer.alloc(0) },
    { topic, value: Buffer.from('v'), headers },
  ]);
  const [first, second, third] = await read(topic, 3);
  assert.equal(first.value.length, 0);
  assert.equal(second.key.length, 0);
  assert.equal(third.headers.size, 1);
}

async function acks() {
  const topic = await create(fresh('platformatic'));
  for (const level of [0, 1, -1]) await send(numbered(topic, 10), { acks: level });
  await read(topic, 30);
}

async function idempotent() {
  const topic = await create(fresh('platformatic'));
  const producer = new Producer({ ...connection, idempotent: true });
  for (let start = 0; start < 300; start += 10) await producer.send({ messages: numbered(topic, 10, start) });
  await producer.close();
  await expectNumbered(topic, 300);
}

async function rebalance() {
  const topic = await create(fresh('platformatic'), 6);
  const groupId = fresh('platformatic-group');
  const seen = new Set();
  const see = (message) => seen.add(String(message.value));
  const members = [];
  for (let i = 0; i < 3; i++) members.push(await member(topic, groupId, see));
  await until('two partitions each', () => members.every((each) => each.share() === 2));
  await send(numbered(topic, 60, 0, 6));
  await until('60 messages', () => seen.size === 60);
  await members.pop().leave();
  await until('three partitions each', () => members.every((each) => each.share() === 3));
  await send(numbered(topic, 60, 60, 6));
  await until('120 messages', () => seen.size === 120);
  for (const each of members) await each.leave();
}

async function resume() {
  const topic = await create(fresh('platformatic'));
  const groupId = fresh('platformatic-resume');
  await send(numbered(topic, 20));
  const first = [];
  const before = await member(topic, groupId, (message) => first.push(message));
  await until('20 messages', () => first.length === 20);
  await before.consumer.commit({ offsets: [{ topic, partition: 0, offset: 7n, leaderEpoch: 0 }] });
  await withAdmin(async (admin) => {
    const described = await admin.describeGroups({ groups: [groupId] });
    assert.equal(described.get(groupId).state.toUpperCase(), 'STABLE');
    assert.ok([...(await admin.listGroups()).keys()].includes(groupId));
  });
  await before.leave();
  const second = [];
  const after = await member(topic, groupId, (message) => second.push(message));
  await until('13 messages', () => second.length === 13);
  assert.equal(Number(second[0].offset), 7);
  await after.leave();
  await withAdmin((admin) => admin.deleteGroups({ groups: [groupId] }));
}

async function byTimestamp() {
  const topic = await create(fresh('platformatic'));
  const start = 1_700_000_000_000;
  const messages = Array.from({ length: 100 }, (_, i) => ({
    topic,
    value: Buffer.from('v'),
    timestamp: BigInt(start + i * 1000),
  }));
  await send(messages);
  const consumer = new Consumer({ ...connection, groupId: fresh('platformatic-offsets') });
  for (const [timestamp, offset] of [
    [BigInt(start + 41_500), 42n],
    [-2n, 0n],
    [-1n, 100n],
  ]) {
    const found = await consumer.listOffsets({ topics: [topic], timestamp });
    assert.equal(found.get(topic)[0], offset);
  }
  await consumer.close();
}

if (command === 'suite') {
  await runScenarios({
    'topic: create, use at once, describe, list, delete': topicLife,
    'topic: configs are read and altered': configs,
    'topic: created by the first produce': () => send([{ topic: fresh('platformatic-auto'), value: Buffer.from('v') }]),
    ...Object.fromEntries(codecs.map((codec) => [`${codec}: produce and consume`, () => roundTrip(codec)])),
    'headers, empty and null keys and values': emptyAndNull,
    'acks 0, 1 and all': acks,
    'idempotent producer': idempotent,
    'group: three members share six partitions, one leaves': rebalance,
    'group: commit, stop, resume, listed, described, deleted': resume,
    'offsets: by timestamp, earliest, latest': byTimestamp,
  });
}
const work = command === 'produce' ? [produce, 'written'] : [consume, 'read'];
await runScenarios(Object.fromEntries(topics.map((topic) => [`${topic} ${work[1]}`, () => work[0](topic)])));
