/** From starting the process on an empty directory (Apache Kafka's is formatted before) to the first acknowledged record. */
import { startBroker } from '../support/brokers.mjs';
import { batchOf } from '../support/frames.mjs';
import { residentMb } from '../support/proc.mjs';

export default {
  title: 'start to first acknowledged record, topic creation included',
  brokers: ['samsa', 'kafka'],
  startsBrokers: true,
  async run(name, _timing, where) {
    const broker = await startBroker(name, where);
    const listeningAt = performance.now();
    const topic = await broker.topics.create(1);
    await topic.produce(batchOf({ recordBytes: 100, records: 1 }).batch);
    const firstRecordMs = broker.readyMs + performance.now() - listeningAt;
    const figures = { firstRecordMs, readyMs: broker.readyMs, residentMb: residentMb(broker.pid) };
    await broker.stop();
    return figures;
  },
};
