import kafkajs from 'kafkajs';
import { recordAt, recordCount, verify } from '../support/records.mjs';
import { runScenarios } from '../support/scenarios.mjs';
import { registerCodecs } from './codecs.mjs';
import { readFrom, scenarios } from './scenarios.mjs';

const { CompressionTypes, Kafka, logLevel } = kafkajs;
const types = {
  none: CompressionTypes.None,
  gzip: CompressionTypes.GZIP,
  snappy: CompressionTypes.Snappy,
  lz4: CompressionTypes.LZ4,
  zstd: CompressionTypes.ZSTD,
};

const [, , command, address, ...topics] = process.argv;
process.env.KAFKAJS_NO_PARTITIONER_WARNING = '1';
await registerCodecs();
const kafka = new Kafka({ clientId: 'compat-kafkajs', brokers: [address], logLevel: logLevel.WARN });

if (command === 'suite') await runScenarios(scenarios(kafka, types));
if (command === 'produce')
  await runScenarios(Object.fromEntries(topics.map((topic) => [`${topic} written`, () => produce(topic)])));
if (command === 'consume')
  await runScenarios(Object.fromEntries(topics.map((topic) => [`${topic} read`, () => consume(topic)])));

async function produce(topic) {
  const admin = kafka.admin();
  await admin.connect();
  await admin.createTopics({ topics: [{ topic, numPartitions: 1 }] });
  await admin.disconnect();
  const producer = kafka.producer();
  await producer.connect();
  const messages = Array.from({ length: recordCount }, (_, offset) => {
    const { key, value, headers, timestamp } = recordAt(topic, offset);
    return { key, value, headers: Object.fromEntries(headers), timestamp: String(timestamp), partition: 0 };
  });
  const compression = types[topic.split('.').at(-1)];
  for (let start = 0; start < recordCount; start += 40) {
    await producer.send({ topic, compression, messages: messages.slice(start, start + 40) });
  }
  await producer.disconnect();
}

async function consume(topic) {
  const messages = await readFrom(kafka, topic, recordCount);
  for (const [offset, message] of messages.entries()) {
    if (Number(message.offset) !== offset) throw new Error(`${topic}: offset ${message.offset} after ${offset - 1}`);
    const { key, value, timestamp } = message;
    verify(topic, offset, { key, value, timestamp: Number(timestamp), headers: Object.entries(message.headers) });
  }
}
