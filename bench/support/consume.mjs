/** Scenarios of consumers that read what was written before. */
import { figuresOf, runLoads } from './load.mjs';

/**
 * Consumers, each connection with partitions of its own, that read a log of `logBytes` from its start and again. The log
 * is written once for each broker.
 * @param batch what produce-load.mjs takes to make a batch
 */
export function consumeScenario({ title, partitions: count, logBytes, connections, ...batch }) {
  const places = new Map();
  return {
    title,
    brokers: ['samsa', 'kafka'],
    async run(broker, timing) {
      if (!places.has(broker))
        places.set(broker, await filledTopic(broker, count, { ...batch, connections }, logBytes));
      const run = await runLoads(broker, [['fetch', { ...places.get(broker), connections }]], timing);
      return figuresOf(run.reports, run);
    },
  };
}

/** A new topic with about so many bytes of records. */
async function filledTopic(broker, count, load, bytes) {
  const topic = await broker.topics.create(count);
  const partitions = Array.from({ length: count }, (_, index) => index);
  const place = { address: broker.address, topicId: topic.topicId, partitions };
  let seconds = 1;
  for (let left = bytes; left > 0; ) {
    const run = await runLoads(broker, [['produce', { ...load, ...place, inFlight: 8 }]], {
      warmupSeconds: 0,
      seconds,
    });
    const [{ bytes: written, seconds: took }] = run.reports;
    left -= written;
    seconds = Math.max(0.1, (left / written) * took);
  }
  return { ...place, endOffsets: await topic.endOffsets() };
}
