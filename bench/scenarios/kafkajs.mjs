/** kafkajs at both ends. The client is the limit; what shows is the broker's part of its cost and of its latency. */
import { npmInstall } from '../../compat-tests/support/tools.mjs';
import { figuresOf, runLoads } from '../support/load.mjs';

const RECORD_BYTES = 100;

export default {
  title: 'kafkajs as producer and consumer in one process, sends of 500 messages of 100 B one after the other',
  brokers: ['samsa', 'kafka'],
  async run(broker, timing) {
    npmInstall('kafkajs');
    const topic = await broker.topics.create(1);
    const load = { address: broker.address, topic: topic.name, recordBytes: RECORD_BYTES };
    const run = await runLoads(broker, [['kafkajs', load]], timing);
    await topic.delete();
    return figuresOf(run.reports, run);
  },
};
