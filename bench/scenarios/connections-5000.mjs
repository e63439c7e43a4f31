/** What connections cost that do nothing, and what a busy one feels of them. */
import { figuresOf, runLoads } from '../support/load.mjs';
import { residentMb } from '../support/proc.mjs';

const CONNECTIONS = 5000;

export default {
  title: '5,000 idle connections beside one with one small request in flight',
  brokers: ['samsa', 'kafka'],
  async run(broker, timing) {
    const topic = await broker.topics.create(1);
    const place = { address: broker.address, topicId: topic.topicId, partitions: [0] };
    const before = residentMb(broker.pid);
    const kinds = [
      ['idle', { address: broker.address, connections: CONNECTIONS }],
      ['produce', { ...place, inFlight: 1, recordBytes: 100, records: 3 }],
    ];
    const run = await runLoads(broker, kinds, timing);
    await topic.delete();
    const [idle, produce] = run.reports;
    const { requestsPerSecond, p50Ms, p95Ms, p99Ms, p999Ms } = figuresOf([produce], run);
    return {
      connectSeconds: idle.connectSeconds,
      connectionKb: ((run.residentMb - before) * 1000) / CONNECTIONS,
      residentMb: run.residentMb,
      ...{ requestsPerSecond, p50Ms, p95Ms, p99Ms, p999Ms },
    };
  },
};
