/** Resident memory of a broker that has just started, and after it took 10 GB. */
import { startBroker } from '../support/brokers.mjs';
import { runLoads } from '../support/load.mjs';
import { residentMb } from '../support/proc.mjs';
import { sleep } from '../support/sleep.mjs';

const BYTES = 10e9;
const PARTITIONS = 12;
/** Before a reading, for what is garbage by then. */
const SETTLE_SECONDS = 3;

export default {
  title: 'resident memory: idle, and after 10 GB of 64 KB batches of 1 KB records on 12 partitions',
  brokers: ['samsa', 'kafka'],
  startsBrokers: true,
  mostPairs: 1,
  async run(name, _timing, where) {
    const broker = await startBroker(name, where);
    await sleep(SETTLE_SECONDS);
    const idleMb = residentMb(broker.pid);
    // What is older goes, or memory would hold it.
    const topic = await broker.topics.create(PARTITIONS, { 'retention.bytes': 1e8, 'segment.bytes': 1e8 });
    const partitions = Array.from({ length: PARTITIONS }, (_, index) => index);
    const load = { address: broker.address, topicId: topic.topicId, partitions, recordBytes: 1024, batchBytes: 65536 };
    let [written, most] = [0, 0];
    while (written < BYTES) {
      const timing = { warmupSeconds: 0, seconds: 5 };
      const run = await runLoads(broker, [['produce', { ...load, connections: 4, inFlight: 8 }]], timing);
      written += run.reports[0].bytes;
      most = Math.max(most, run.residentMb);
    }
    await sleep(SETTLE_SECONDS);
    const figures = { idleMb, loadedMb: residentMb(broker.pid), mostMb: most };
    await broker.stop();
    return figures;
  },
};
