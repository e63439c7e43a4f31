/** Scenarios of the raw loader. */
import { until } from '../../compat-tests/support/scenarios.mjs';
import { figuresOf, runLoads } from './load.mjs';

/**
 * Produce requests of one batch each from `processes` child processes.
 * @param load what produce-load.mjs takes: partitions (their number), connections, inFlight, recordBytes, batchBytes or
 * records, compression, acks, rate
 */
export function produceScenario({ title, processes = 1, topicConfig, ...load }) {
  return {
    title,
    brokers: ['samsa', 'kafka', 'limit'],
    async run(broker, timing) {
      const topic = await broker.topics.create(load.partitions, topicConfig);
      const all = Array.from({ length: load.partitions }, (_, index) => index);
      const kinds = Array.from({ length: processes }, (_, process) => {
        const partitions = all.filter((index) => load.partitions < processes || index % processes === process);
        return ['produce', { ...load, partitions, address: broker.address, topicId: topic.topicId }];
      });
      const run = await runLoads(broker, kinds, timing);
      await verifyAll(topic, run.stopped);
      await topic.delete();
      return figuresOf(run.reports, run);
    },
  };
}

/**
 * One producer on one partition with consumers behind it.
 * @param load what tail-load.mjs takes beside: consumers, verify
 * @param halfOfSaturation paces the producer at half of what this broker took in its first run
 */
export function tailScenario({ title, halfOfSaturation = false, ...load }) {
  const saturation = new Map();
  return {
    title,
    brokers: ['samsa', 'kafka'],
    async run(broker, timing) {
      const topic = await broker.topics.create(1);
      const rate = halfOfSaturation ? saturation.get(broker) : undefined;
      const options = { ...load, rate, address: broker.address, topicId: topic.topicId };
      const run = await runLoads(broker, [['tail', options]], timing);
      await verifyAll(topic, run.stopped);
      await topic.delete();
      const figures = figuresOf(run.reports, run);
      if (!saturation.has(broker)) saturation.set(broker, figures.requestsPerSecond / 2);
      const cpuPerMillion = run.brokerCpuSeconds / (figures.messagesPerSecond * run.seconds * 1e-6);
      return { ...figures, cpuPerMillion, batchBytes: run.reports[0].batchBytes };
    },
  };
}

/** Every acknowledged record is in the log, and no other. With acks=0 the last ones may still be under way. */
async function verifyAll(topic, stopped) {
  const acknowledged = stopped.reduce((sum, { messages }) => sum + messages, 0);
  await until(`${acknowledged} records that were acknowledged to be all that the log has`, async () => {
    const endOffsets = await topic.endOffsets();
    return endOffsets === null || endOffsets.reduce((sum, each) => sum + each, 0) === acknowledged;
  });
}
