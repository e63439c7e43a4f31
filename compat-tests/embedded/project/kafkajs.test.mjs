/** kafkajs against the embedded broker: what it makes of faults, of a reset, and of time that moves. */
import assert from 'node:assert/strict';
import { after, beforeEach, test } from 'node:test';
import kafkajs from 'kafkajs';
import { startBroker } from 'samsa';

process.env.KAFKAJS_NO_PARTITIONER_WARNING = '1';
const broker = await startBroker();
const { Kafka, logLevel } = kafkajs;
const client = (options = {}) =>
  new Kafka({ clientId: 'app', brokers: [broker.bootstrapServers], logLevel: logLevel.NOTHING, ...options });
beforeEach(() => broker.reset());
after(() => broker.close());

async function produced(options, inject) {
  const producer = client(options).producer();
  await producer.connect();
  await broker.createTopic('t');
  await producer.send({ topic: 't', messages: [{ value: 'first' }] });
  const fault = broker.faults.inject(inject);
  try {
    return { fault, outcome: await producer.send({ topic: 't', messages: [{ value: 'second' }] }).catch((e) => e) };
  } finally {
    fault.remove();
    await producer.disconnect();
  }
}

const values = async (topic) => (await broker.records(topic)).map(({ value }) => String(value));

test('NOT_LEADER_OR_FOLLOWER: kafkajs asks for metadata again and retries', async () => {
  const { fault, outcome } = await produced(
    { retry: { initialRetryTime: 10 } },
    { api: 'Produce', topic: 't', error: 'NOT_LEADER_OR_FOLLOWER', count: 2 },
  );
  assert.equal(outcome[0].errorCode, 0);
  assert.equal(fault.fired, 2);
  assert.deepEqual(await values('t'), ['first', 'second']);
});

test('a disconnect: kafkajs connects again and retries', async () => {
  const { fault, outcome } = await produced(
    { retry: { initialRetryTime: 10 } },
    { api: 'Produce', clientId: 'app', disconnect: true, count: 1 },
  );
  assert.equal(outcome[0].errorCode, 0);
  assert.equal(fault.fired, 1);
  assert.deepEqual(await values('t'), ['first', 'second']);
});

test('a black hole: kafkajs times out, and nothing was written', async () => {
  const { fault, outcome } = await produced(
    { requestTimeout: 200, retry: { retries: 0 } },
    { api: 'Produce', blackHole: true },
  );
  assert.match(String(outcome), /timed out/);
  assert.equal(fault.fired, 1);
  assert.deepEqual(await values('t'), ['first']);
});

test('a delay: kafkajs waits as long as the broker’s clock says', async () => {
  const producer = client().producer();
  await producer.connect();
  const fault = broker.faults.inject({ api: 'Produce', delayMs: 20_000, count: 1 });
  const sent = producer.send({ topic: 't', messages: [{ value: 'late' }] });
  await fault.whenFired();
  assert.deepEqual(await values('t'), []);
  await broker.clock.advance(20_000);
  await sent;
  assert.deepEqual(await values('t'), ['late']);
  await producer.disconnect();
});

test('a producer that outlives a reset makes its topic again without waiting for a retry', async () => {
  const producer = client({ retry: { retries: 0 } }).producer();
  await producer.connect();
  for (let round = 0; round < 5; round++) {
    await producer.send({ topic: 't', messages: [{ value: String(round) }] });
    assert.deepEqual(await values('t'), [String(round)]);
    await broker.reset();
  }
  await producer.disconnect();
});

test('the clock ends the session of a member that is silent, and another takes over', async () => {
  await broker.createTopic('t', { numPartitions: 2 });
  const assigned = new Map();
  const consumers = [];
  const join = async (clientId) => {
    const kafka = client({ clientId, requestTimeout: 500, retry: { retries: 0 } });
    const consumer = kafka.consumer({ groupId: 'g', heartbeatInterval: 50, maxWaitTimeInMs: 50 });
    consumers.push(consumer);
    consumer.on(consumer.events.GROUP_JOIN, ({ payload }) =>
      assigned.set(clientId, payload.memberAssignment.t?.length ?? 0),
    );
    await consumer.connect();
    await consumer.subscribe({ topic: 't' });
    await consumer.run({ eachMessage: async () => {} });
  };
  try {
    await join('silent');
    await join('other');
    await broker.waitFor(() => assigned.get('silent') === 1 && assigned.get('other') === 1);
    await broker.faults.inject({ clientId: 'silent', blackHole: true }).whenFired();
    await broker.clock.advance(31_000);
    await broker.waitFor(() => assigned.get('other') === 2);
  } finally {
    broker.faults.clear();
    await Promise.all(consumers.map((consumer) => consumer.disconnect().catch(() => {})));
  }
});

test('a disk that refuses writes: KAFKA_STORAGE_ERROR', async () => {
  const own = await startBroker();
  try {
    const producer = client({ brokers: [own.bootstrapServers], retry: { retries: 0 } }).producer();
    await producer.connect();
    await producer.send({ topic: 't', messages: [{ value: 'first' }] });
    const fault = own.faults.inject({ refuseWrites: 'ENOSPC', topic: 't', count: 1 });
    await assert.rejects(producer.send({ topic: 't', messages: [{ value: 'second' }] }), (error) =>
      /KAFKA_STORAGE_ERROR|disk error/i.test(`${error.type} ${error.cause?.type} ${error}`),
    );
    assert.equal(fault.fired, 1);
    await producer.disconnect();
  } finally {
    await own.close();
  }
});
