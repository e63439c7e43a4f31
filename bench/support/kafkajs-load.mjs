/** kafkajs as producer and consumer in one process: batches sent one after the other, and all of them read. */
import { createRequire } from 'node:module';
import { folder } from '../../compat-tests/support/tools.mjs';
import { Histogram } from './histogram.mjs';
import { serveLoad } from './load-process.mjs';

process.env.KAFKAJS_NO_PARTITIONER_WARNING = '1';
const { Kafka, logLevel } = createRequire(folder('kafkajs', 'package.json'))('kafkajs');
const MESSAGES_A_SEND = 500;

serveLoad(async ({ address, topic, recordBytes }) => {
  const kafka = new Kafka({ clientId: 'bench', brokers: [address], logLevel: logLevel.ERROR });
  const producer = kafka.producer();
  const consumer = kafka.consumer({ groupId: `bench-${process.pid}` });
  const latencies = new Histogram();
  const messages = Array.from({ length: MESSAGES_A_SEND }, () => ({ value: Buffer.alloc(recordBytes, 'x') }));
  let [sends, sent, read, counted] = [0, 0, 0, 0];
  let sending;
  let stopping = false;

  await producer.connect();
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  const joined = new Promise((resolve) => consumer.on(consumer.events.GROUP_JOIN, resolve));
  await consumer.run({
    eachBatch: async ({ batch }) => {
      read += batch.messages.length;
      counted += batch.messages.length;
    },
  });
  await joined;

  async function send() {
    while (!stopping) {
      const startedAt = performance.now();
      await producer.send({ topic, messages });
      latencies.record(performance.now() - startedAt);
      sends++;
      sent += MESSAGES_A_SEND;
    }
  }

  return {
    go() {
      sending = send();
    },
    reset() {
      latencies.reset();
      sends = 0;
      counted = 0;
    },
    report: () => ({ requests: sends, messages: counted, bytes: counted * recordBytes, latencies: latencies.toJSON() }),
    async stop() {
      stopping = true;
      await sending;
      while (read < sent) await new Promise((resolve) => setTimeout(resolve, 5));
      await consumer.disconnect();
      await producer.disconnect();
      return { messages: sent };
    },
  };
});
