/** Scenarios of the raw loader: Produce requests of one batch each from `processes` child processes. */
import { figuresOf, runLoads } from './load.mjs';

/**
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

/** Every acknowledged record is in the log, and no other. */
async function verifyAll(topic, stopped) {
  const acknowledged = stopped.reduce((sum, { messages }) => sum + messages, 0);
  const found = await topic.endOffset();
  if (found !== null && found !== acknowledged) {
    throw new Error(`${acknowledged} records were acknowledged, and the log has ${found}`);
  }
}
