/** What kafkajs has to do against a broker. */
import assert from 'node:assert/strict';
import kafkajs from 'kafkajs';
import { fresh, until } from '../support/scenarios.mjs';

const { ConfigResourceTypes } = kafkajs;

export function scenarios(kafka, types) {
  const codecs = Object.keys(types).map((codec) => [
    `${codec}: produce and consume`,
    () => roundTrip(kafka, types, codec),
  ]);
  return {
    'topic: create, use at once, describe, list, delete': () => topicLife(kafka),
    'topic: configs are read and altered': () => configs(kafka),
    'topic: created by the first produce': () => autoCreate(kafka, types),
    ...Object.fromEntries(codecs),
    'headers, empty and null keys and values': () => emptyAndNull(kafka),
    'acks 0 and 1': () => acks(kafka),
    'idempotent producer': () => idempotent(kafka),
    'group: three members share six partitions, one leaves': () => rebalance(kafka),
    'group: commit, stop, resume': () => resume(kafka),
    'group: listed, described, deleted': () => groupAdmin(kafka),
    'offsets: by timestamp': () => byTimestamp(kafka),
    'partitions: added': () => addPartitions(kafka),
  };
}

/** The first `count` messages of a topic, through a group of its own. */
export async function readFrom(kafka, topic, count, groupId = fresh('reader')) {
  const consumer = kafka.consumer({ groupId });
  const messages = [];
  await consumer.connect();
  await consumer.subscribe({ topics: [topic], fromBeginning: true });
  await consumer.run({ eachMessage: async ({ partition, message }) => void messages.push({ ...message, partition }) });
  await until(`${count} messages of ${topic}, have ${messages.length}`, () => messages.length >= count);
  await consumer.disconnect();
  assert.equal(messages.length, count);
  return messages;
}

async function withAdmin(kafka, work) {
  const admin = kafka.admin();
  await admin.connect();
  try {
    return await work(admin);
  } finally {
    await admin.disconnect();
  }
}

async function newTopic(kafka, numPartitions = 1, configEntries = []) {
  const topic = fresh('kafkajs');
  await withAdmin(kafka, async (admin) => {
    assert.equal(
      await admin.createTopics({ topics: [{ topic, numPartitions, configEntries }], waitForLeaders: false }),
      true,
    );
  });
  return topic;
}

async function send(kafka, batch, options = {}) {
  const producer = kafka.producer(options);
  await producer.connect();
  try {
    return await producer.send(batch);
  } finally {
    await producer.disconnect();
  }
}

const numbered = (count, extra = {}) =>
  Array.from({ length: count }, (_, i) => ({ key: `k${i}`, value: `v${i}`, ...extra }));

async function topicLife(kafka) {
  const topic = await newTopic(kafka, 3);
  await send(
    kafka,
    { topic, messages: [{ value: 'a', partition: 2 }] },
    { retry: { retries: process.env.COMPAT_EVENTUAL ? 5 : 0 } },
  );
  await withAdmin(kafka, async (admin) => {
    assert.ok((await admin.listTopics()).includes(topic));
    const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
    assert.deepEqual(topics[0].partitions.map(({ partitionId }) => partitionId).sort(), [0, 1, 2]);
    const again = await admin.createTopics({ topics: [{ topic, numPartitions: 3 }] });
    assert.equal(again, false);
    await admin.deleteTopics({ topics: [topic] });
    await until('the topic to be gone', async () => !(await admin.listTopics()).includes(topic));
  });
}

async function configs(kafka) {
  const topic = await newTopic(kafka, 1, [{ name: 'retention.ms', value: '12345678' }]);
  await withAdmin(kafka, async (admin) => {
    const resource = { type: ConfigResourceTypes.TOPIC, name: topic };
    const read = async (name) => {
      const { resources } = await admin.describeConfigs({ resources: [resource], includeSynonyms: true });
      return resources[0].configEntries.find(({ configName }) => configName === name)?.configValue;
    };
    assert.equal(await read('retention.ms'), '12345678');
    assert.equal(await read('cleanup.policy'), 'delete');
    await admin.alterConfigs({
      validateOnly: false,
      resources: [{ ...resource, configEntries: [{ name: 'segment.bytes', value: '20000000' }] }],
    });
    await until('the altered config', async () => (await read('segment.bytes')) === '20000000');
  });
}

async function autoCreate(kafka) {
  const topic = fresh('kafkajs-auto');
  await send(kafka, { topic, messages: numbered(3) }, { allowAutoTopicCreation: true });
  assert.equal((await readFrom(kafka, topic, 3)).length, 3);
}

async function roundTrip(kafka, types, codec) {
  const topic = await newTopic(kafka);
  const messages = numbered(500, { partition: 0 });
  await send(kafka, { topic, compression: types[codec], messages });
  const read = await readFrom(kafka, topic, 500);
  assert.deepEqual(
    read.map(({ value }) => value.toString()),
    messages.map(({ value }) => value),
  );
  assert.deepEqual(
    read.map(({ offset }) => Number(offset)),
    messages.map((_, index) => index),
  );
}

async function emptyAndNull(kafka) {
  const topic = await newTopic(kafka);
  const headers = { plain: 'text', twice: ['one', 'two'], bytes: Buffer.from([0, 255]), empty: '' };
  await send(kafka, {
    topic,
    messages: [
      { key: null, value: '' },
      { key: '', value: null },
      { key: 'k', value: 'v', headers },
    ],
  });
  const [first, second, third] = await readFrom(kafka, topic, 3);
  assert.deepEqual([first.key, first.value], [null, Buffer.alloc(0)]);
  assert.deepEqual([second.key, second.value], [Buffer.alloc(0), null]);
  assert.deepEqual(third.headers.twice.map(String), ['one', 'two']);
  assert.deepEqual(third.headers.bytes, Buffer.from([0, 255]));
  assert.equal(third.headers.plain.toString(), 'text');
  assert.equal(third.headers.empty.length, 0);
}

async function acks(kafka) {
  const topic = await newTopic(kafka);
  const [answered] = await send(kafka, { topic, acks: 1, messages: numbered(1) });
  assert.equal(answered.baseOffset, '0');
  await send(kafka, { topic, acks: 0, messages: numbered(1) });
  assert.equal((await readFrom(kafka, topic, 2)).length, 2);
}

async function idempotent(kafka) {
  const topic = await newTopic(kafka);
  const producer = kafka.producer({ idempotent: true, maxInFlightRequests: 1 });
  await producer.connect();
  for (let round = 0; round < 20; round++) await producer.send({ topic, messages: numbered(10) });
  await producer.disconnect();
  const read = await readFrom(kafka, topic, 200);
  assert.deepEqual(
    read.map(({ offset }) => Number(offset)),
    Array.from({ length: 200 }, (_, i) => i),
  );
}

async function rebalance(kafka) {
  const topic = await newTopic(kafka, 6);
  const groupId = fresh('kafkajs-group');
  const seen = new Map();
  const members = await Promise.all([0, 1, 2].map((number) => join(kafka, groupId, topic, number, seen)));
  const shares = () =>
    members
      .map(({ share }) => share.length)
      .sort()
      .join();
  await until(`two partitions each, not ${shares()}`, () => shares() === '2,2,2');

  const producer = kafka.producer();
  await producer.connect();
  const produce = (from) =>
    producer.send({
      topic,
      messages: Array.from({ length: 60 }, (_, i) => ({ value: `${from + i}`, partition: i % 6 })),
    });
  await produce(0);
  await until('60 messages', () => seen.size === 60);
  assert.equal(new Set([...seen.values()].map(({ number }) => number)).size, 3);

  const left = members.pop();
  await left.consumer.disconnect();
  await until('three partitions each', () => shares() === '3,3');
  await produce(60);
  await until('120 messages', () => seen.size === 120);
  await producer.disconnect();
  await Promise.all(members.map(({ consumer }) => consumer.disconnect()));
}

async function join(kafka, groupId, topic, number, seen) {
  const consumer = kafka.consumer({ groupId, rebalanceTimeout: 5_000, heartbeatInterval: 500, maxWaitTimeInMs: 100 });
  const member = { consumer, share: [] };
  consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
    member.share = payload.memberAssignment[topic] ?? [];
  });
  await consumer.connect();
  await consumer.subscribe({ topics: [topic], fromBeginning: true });
  await consumer.run({ eachMessage: async ({ message }) => void seen.set(message.value.toString(), { number }) });
  return member;
}

async function resume(kafka) {
  const topic = await newTopic(kafka);
  const groupId = fresh('kafkajs-resume');
  await send(kafka, { topic, messages: numbered(20) });
  await readFrom(kafka, topic, 20, groupId);
  await withAdmin(kafka, async (admin) => {
    const [{ partitions }] = await admin.fetchOffsets({ groupId, topics: [topic] });
    assert.equal(partitions[0].offset, '20');
    await admin.setOffsets({ groupId, topic, partitions: [{ partition: 0, offset: '15' }] });
  });
  await send(kafka, { topic, messages: numbered(5) });
  const read = await readFrom(kafka, topic, 10, groupId);
  assert.equal(read[0].offset, '15');
}

async function groupAdmin(kafka) {
  const topic = await newTopic(kafka);
  const groupId = fresh('kafkajs-admin');
  const consumer = kafka.consumer({ groupId });
  await consumer.connect();
  await consumer.subscribe({ topics: [topic] });
  const joined = new Promise((resolve) => consumer.on(consumer.events.GROUP_JOIN, resolve));
  await consumer.run({ eachMessage: async () => {} });
  await joined;
  await withAdmin(kafka, async (admin) => {
    assert.ok((await admin.listGroups()).groups.some((group) => group.groupId === groupId));
    const { groups } = await admin.describeGroups([groupId]);
    assert.equal(groups[0].state, 'Stable');
    assert.equal(groups[0].members.length, 1);
    assert.equal(groups[0].members[0].clientId, 'compat-kafkajs');
    await assert.rejects(admin.deleteGroups([groupId]));
    await consumer.disconnect();
    await admin.deleteGroups([groupId]);
    assert.ok(!(await admin.listGroups()).groups.some((group) => group.groupId === groupId));
  });
}

async function byTimestamp(kafka) {
  const topic = await newTopic(kafka);
  const start = 1_700_000_000_000;
  const messages = Array.from({ length: 100 }, (_, i) => ({ value: `${i}`, timestamp: String(start + i * 1000) }));
  await send(kafka, { topic, messages });
  await withAdmin(kafka, async (admin) => {
    const at = async (timestamp) => (await admin.fetchTopicOffsetsByTimestamp(topic, timestamp))[0].offset;
    assert.equal(await at(start + 41_500), '42');
    assert.equal(await at(start), '0');
    const [{ high, low }] = await admin.fetchTopicOffsets(topic);
    assert.deepEqual([low, high], ['0', '100']);
  });
}

async function addPartitions(kafka) {
  const topic = await newTopic(kafka);
  await withAdmin(kafka, async (admin) => {
    await admin.createPartitions({ topicPartitions: [{ topic, count: 4 }] });
    await until('four partitions', async () => {
      const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
      return topics[0].partitions.length === 4;
    });
  });
}
