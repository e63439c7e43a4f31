/**
 * One producer and consumers at its heels, in one process and on one clock: the producer waits while the slowest
 * consumer is more than so many bytes behind, so what is measured is what the broker takes and hands on together.
 * Latencies are end to end: from sending a batch, or its falling due, to reading it whole.
 */
import { checksumOf, FetchConnection, verifyBatch } from './fetch-connection.mjs';
import { batchOf } from './frames.mjs';
import { Histogram } from './histogram.mjs';
import { serveLoad } from './load-process.mjs';
import { ProduceConnection } from './produce-connection.mjs';

const LAG_BYTES = 8 * 1024 * 1024;

serveLoad(async (options) => {
  const { address, consumers: count, rate, verify = false } = options;
  const { batch, records } = batchOf(options);
  const crc = checksumOf(batch);
  const mostAhead = Math.max(options.inFlight, Math.floor(LAG_BYTES / batch.length));
  const latencies = new Histogram();
  const toAnswer = new Histogram();
  const consumers = [];
  const slowest = () => consumers.reduce((least, { position }) => Math.min(least, position), Number.MAX_SAFE_INTEGER);
  const producer = new ProduceConnection({
    ...options,
    partitions: [0],
    batch,
    latencies: toAnswer,
    // Paced, lateness is what is measured.
    maySend: rate === undefined ? () => producer.answered - slowest() / records < mostAhead : undefined,
  });
  await producer.connect(address);
  for (let i = 0; i < count; i++) {
    const consumer = new FetchConnection({
      ...options,
      partitions: [0],
      onBatch(_partition, baseOffset, _nextOffset, buffer, start, end) {
        if (verify) verifyBatch(buffer, start, end, crc);
        latencies.record(performance.now() - producer.sentAt(baseOffset / records));
      },
      onAnswer: () => producer.resume(),
    });
    await consumer.connect(address);
    consumers.push(consumer);
  }
  const sum = (key) => consumers.reduce((total, consumer) => total + consumer[key], 0);
  return {
    go() {
      for (const consumer of consumers) consumer.fetch();
      if (rate === undefined) producer.start();
      else producer.startPaced(rate);
    },
    reset() {
      latencies.reset();
      producer.requests = 0;
      for (const consumer of consumers) consumer.reset();
    },
    report: () => ({
      requests: producer.requests,
      messages: sum('messages'),
      bytes: sum('bytes'),
      latencies: latencies.toJSON(),
      batchBytes: batch.length,
    }),
    async stop() {
      const answered = await producer.stop();
      // All of it, by everyone.
      while (slowest() < answered * records) await new Promise((resolve) => setTimeout(resolve, 5));
      await Promise.all(consumers.map((consumer) => consumer.stop()));
      return { messages: answered * records };
    },
  };
});
