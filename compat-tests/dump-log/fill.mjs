/** Fills a broker with kafkajs: every codec, segments that roll, a compacted topic, a group with its offsets. */
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { folder, npmInstall } from '../support/tools.mjs';

const codecs = ['None', 'GZIP', 'Snappy', 'LZ4', 'ZSTD'];
const segmentBytes = 1024 * 1024;

export async function fill(address) {
  npmInstall('kafkajs');
  const kafkajs = createRequire(folder('kafkajs', 'client.mjs'))('kafkajs');
  const { registerCodecs } = await import(pathToFileURL(folder('kafkajs', 'codecs.mjs')).href);
  await registerCodecs();
  const kafka = new kafkajs.Kafka({ clientId: 'fill', brokers: [address], logLevel: kafkajs.logLevel.NOTHING });
  const admin = kafka.admin();
  await admin.connect();
  const config = (entries) => Object.entries(entries).map(([name, value]) => ({ name, value: String(value) }));
  await admin.createTopics({
    waitForLeaders: true,
    topics: [
      { topic: 'codecs', numPartitions: 1 },
      {
        topic: 'rolled',
        numPartitions: 1,
        configEntries: config({ 'segment.bytes': segmentBytes, 'index.interval.bytes': 1000 }),
      },
      {
        topic: 'stamped',
        numPartitions: 1,
        configEntries: config({ 'message.timestamp.type': 'LogAppendTime', 'cleanup.policy': 'compact' }),
      },
    ],
  });
  await admin.disconnect();

  const producer = kafka.producer({ idempotent: true, maxInFlightRequests: 1 });
  await producer.connect();
  const message = (at) => ({
    key: at % 7 === 0 ? null : `key-${at % 50}`,
    value: at % 11 === 0 ? null : `value ${at} ÆØÅ `.repeat(1 + (at % 40)),
    headers: at % 5 === 0 ? { one: String(at), two: 'ü' } : {},
  });
  const messages = (first, count) => Array.from({ length: count }, (_, at) => message(first + at));
  for (const [at, codec] of codecs.entries()) {
    const compression = kafkajs.CompressionTypes[codec];
    await producer.send({ topic: 'codecs', compression, messages: messages(at * 100, 100) });
    // A compacted topic takes no record without a key.
    const keyed = messages(at * 100, 100).map((each) => ({ ...each, key: each.key ?? 'none' }));
    await producer.send({ topic: 'stamped', compression, messages: keyed });
  }
  const large = 'x'.repeat(20_000);
  for (let at = 0; at < 160; at++) {
    await producer.send({ topic: 'rolled', messages: [{ key: `k${at}`, value: large }, message(at)] });
  }
  await producer.disconnect();

  const consumer = kafka.consumer({ groupId: 'readers' });
  await consumer.connect();
  await consumer.subscribe({ topic: 'codecs', fromBeginning: true });
  let seen = 0;
  await new Promise((resolve, reject) => {
    const eachMessage = async () => {
      seen += 1;
      if (seen === codecs.length * 100) resolve();
    };
    consumer.on(consumer.events.CRASH, ({ payload }) => reject(payload.error));
    consumer.run({ eachMessage }).catch(reject);
  });
  await consumer.commitOffsets([{ topic: 'codecs', partition: 0, offset: String(seen), metadata: 'all of it' }]);
  await consumer.disconnect();
}
