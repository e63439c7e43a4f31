/** Many partitions, few of them busy. */
import { startBroker } from '../support/brokers.mjs';
import { figuresOf, runLoads } from '../support/load.mjs';
import { residentMb } from '../support/proc.mjs';

const TOPICS = 10;
const PARTITIONS = 1000;
const ACTIVE = 100;

export default {
  title: '10,000 partitions, 100 of them active: 4 KB batches of 1 KB records over 4 connections, 8 in flight each',
  brokers: ['samsa', 'kafka'],
  startsBrokers: true,
  mostPairs: 1,
  async run(name, timing, where) {
    const broker = await startBroker(name, where);
    const startedAt = performance.now();
    let topic;
    for (let i = 0; i < TOPICS; i++) topic = await broker.topics.create(PARTITIONS);
    const createSeconds = (performance.now() - startedAt) / 1000;
    const createdMb = residentMb(broker.pid);
    const partitions = Array.from({ length: ACTIVE }, (_, index) => index * (PARTITIONS / ACTIVE));
    const place = { address: broker.address, topicId: topic.topicId, partitions, connections: 4, inFlight: 8 };
    const run = await runLoads(broker, [['produce', { ...place, recordBytes: 1024, batchBytes: 4500 }]], timing);
    const stoppedFrom = performance.now();
    await broker.stop();
    const stopSeconds = (performance.now() - stoppedFrom) / 1000;
    return { createSeconds, createdMb, stopSeconds, ...figuresOf(run.reports, run) };
  },
};
