/**
 * Prints one line of JSON, times in milliseconds: the first start in this process, the median of later ones, and 100 tests
 * with a reset between them, with the broker's own client, with a kafkajs producer that stays, and with a kafkajs consumer
 * in a group for each.
 */
import kafkajs from 'kafkajs';
import { startBroker } from 'samsa';

const TESTS = 100;

async function timed(work) {
  const startedAt = performance.now();
  await work();
  return Math.round((performance.now() - startedAt) * 10) / 10;
}

async function start() {
  let broker;
  const took = await timed(async () => {
    broker = await startBroker();
  });
  await broker.close();
  return took;
}

const firstStartMs = await start();
const later = [];
for (let i = 0; i < 20; i++) later.push(await start());
const laterStartMs = later.sort((a, b) => a - b)[later.length / 2];

const broker = await startBroker();
const kafka = new kafkajs.Kafka({ brokers: [broker.bootstrapServers], logLevel: kafkajs.logLevel.NOTHING });
const producer = kafka.producer({ createPartitioner: kafkajs.Partitioners.DefaultPartitioner });
await producer.connect();
const suite = (test) =>
  timed(async () => {
    for (let i = 0; i < TESTS; i++) {
      await test();
      await broker.reset();
    }
  });
const resetMs = await suite(async () => {});
const ownClientMs = await suite(async () => {
  await broker.produce('t', { key: 'k', value: 'v' });
  if ((await broker.records('t')).length !== 1) throw new Error('not one record');
});
const kafkajsProducerMs = await suite(async () => {
  await producer.send({ topic: 't', messages: [{ value: 'v' }] });
  if ((await broker.records('t')).length !== 1) throw new Error('not one record');
});
const kafkajsGroupMs = await suite(async () => {
  await producer.send({ topic: 't', messages: [{ value: 'v' }] });
  const consumer = kafka.consumer({ groupId: 'g' });
  await consumer.connect();
  await consumer.subscribe({ topic: 't', fromBeginning: true });
  await new Promise((resolve, reject) => {
    consumer.run({ eachMessage: async () => resolve() }).catch(reject);
  });
  await consumer.disconnect();
});
await producer.disconnect();
await broker.close();
console.log(JSON.stringify({ firstStartMs, laterStartMs, resetMs, ownClientMs, kafkajsProducerMs, kafkajsGroupMs }));
