/** Ten minutes of steady load: does memory grow? */
import { startBroker } from '../support/brokers.mjs';
import { Load } from '../support/load.mjs';
import { cpuSeconds, residentMb } from '../support/proc.mjs';
import { sleep } from '../support/sleep.mjs';
import { median } from '../support/stats.mjs';

const SECONDS = 600;
const SAMPLE_SECONDS = 5;
const PARTITIONS = 12;
/** 64 KB batches a second, and small requests beside them. */
const LARGE_RATE = 500;
const SMALL_RATE = 2000;

export default {
  title:
    'soak: 10 minutes of 500 64 KB batches and 2,000 small requests a second; memory in the third and the last quarter',
  brokers: ['samsa', 'kafka'],
  startsBrokers: true,
  mostPairs: 1,
  async run(name, _timing, where) {
    const broker = await startBroker(name, where);
    const topic = await broker.topics.create(PARTITIONS, { 'retention.bytes': 1e8, 'segment.bytes': 1e8 });
    const partitions = Array.from({ length: PARTITIONS }, (_, index) => index);
    const place = { address: broker.address, topicId: topic.topicId, partitions, connections: 4, inFlight: 64 };
    const loads = [
      new Load('produce', { ...place, recordBytes: 1024, batchBytes: 65536, rate: LARGE_RATE }),
      new Load('produce', { ...place, recordBytes: 100, records: 3, rate: SMALL_RATE }),
    ];
    for (const step of ['prepare', 'go', 'measure']) await Promise.all(loads.map((load) => load.step(step)));
    const samples = [];
    const cpuBefore = cpuSeconds(broker.pid);
    for (let at = 0; at < SECONDS; at += SAMPLE_SECONDS) {
      await sleep(SAMPLE_SECONDS);
      samples.push(residentMb(broker.pid));
    }
    const brokerCores = (cpuSeconds(broker.pid) - cpuBefore) / SECONDS;
    const reports = await Promise.all(loads.map((load) => load.step('report')));
    await Promise.all(loads.map((load) => load.step('stop')));
    await broker.stop();
    const quarter = samples.length >> 2;
    const [third, last] = [median(samples.slice(2 * quarter, 3 * quarter)), median(samples.slice(3 * quarter))];
    return {
      mbPerSecond: reports.reduce((sum, { bytes, seconds }) => sum + bytes / seconds, 0) / 1e6,
      brokerCores,
      thirdQuarterMb: third,
      lastQuarterMb: last,
      growth: last / third,
      mostMb: Math.max(...samples),
    };
  },
};
