/** Scenarios in which Kafka's Java client is at one end or both. */
import { runTool, tool } from '../../compat-tests/java/tools.mjs';
import { benchClassPath } from '../../compat-tests/support/tools.mjs';
import { cpuSeconds, residentMb } from './proc.mjs';

/** Before the counted part: the client's JVM compiles too. */
const LATENCY_WARMUP_SECONDS = 6;
const LATENCY_SECONDS = 5;

/** Records one at a time at `rate` a second, end to end, by bench/java/Latency.java. */
export function javaLatencyScenario({ title, rate }) {
  return {
    title,
    brokers: ['samsa', 'kafka'],
    async run(broker) {
      const topic = await broker.topics.create(1);
      const args = [broker.address, topic.name, rate, LATENCY_WARMUP_SECONDS, LATENCY_SECONDS];
      const watched = await watch(broker, () => runTool('Latency', args.map(String), { classPath: benchClassPath() }));
      await topic.delete();
      const { messages, ...latencies } = JSON.parse(watched.answer);
      return { messagesPerSecond: messages / LATENCY_SECONDS, ...watched.figures, ...latencies };
    },
  };
}

/**
 * kafka-producer-perf-test with the client's defaults, then kafka-consumer-perf-test over the same records. A third of
 * the records is the producer's warm-up, on top of `records`.
 */
export function perfToolsScenario({ title, partitions, recordBytes, records, throughput = -1 }) {
  return {
    title,
    brokers: ['samsa', 'kafka'],
    async run(broker) {
      const topic = await broker.topics.create(partitions);
      const warmup = Math.floor(records / 2);
      const all = records + warmup;
      const produced = await watch(broker, () =>
        runTool(tool.producerPerformance, [
          ...['--topic', topic.name, '--num-records', `${all}`, '--warmup-records', `${warmup}`],
          ...['--record-size', `${recordBytes}`, '--throughput', `${throughput}`],
          ...['--command-property', `bootstrap.servers=${broker.address}`],
        ]),
      );
      const consumed = await watch(broker, () =>
        runTool(tool.consumerPerformance, [
          ...['--bootstrap-server', broker.address, '--topic', topic.name],
          ...['--num-records', `${all}`, '--timeout', '30000'],
        ]),
      );
      await topic.delete();
      const gigabytes = (all * recordBytes) / 1e9;
      return {
        ...producerFigures(produced.answer, recordBytes),
        consumeMbPerSecond: (consumerRate(consumed.answer, all) * recordBytes) / 1e6,
        brokerCpuPerGb: produced.figures.brokerCpuSeconds / gigabytes,
        consumeCpuPerGb: consumed.figures.brokerCpuSeconds / gigabytes,
        residentMb: consumed.figures.residentMb,
      };
    },
  };
}

/** The tool's last line: `N records sent, R records/sec (… MB/sec), … ms avg latency, … ms max latency, 1 ms 50th, …`. */
function producerFigures(output, recordBytes) {
  const summary = output.trim().split('\n').at(-1);
  const figure = (pattern) => Number(pattern.exec(summary)?.[1] ?? Number.NaN);
  const messagesPerSecond = figure(/([\d.]+) records\/sec/);
  if (Number.isNaN(messagesPerSecond)) throw new Error(`the producer's tool ended with: ${summary}`);
  return {
    mbPerSecond: (messagesPerSecond * recordBytes) / 1e6,
    messagesPerSecond,
    p50Ms: figure(/(\d+) ms 50th/),
    p95Ms: figure(/(\d+) ms 95th/),
    p99Ms: figure(/(\d+) ms 99th/),
    p999Ms: figure(/(\d+) ms 99.9th/),
  };
}

/** Records a second of fetching, without the time in which the group came together. */
function consumerRate(output, records) {
  const [header, figures] = output
    .trim()
    .split('\n')
    .slice(-2)
    .map((line) => line.split(',').map((cell) => cell.trim()));
  const read = Object.fromEntries(header.map((name, index) => [name, Number(figures[index])]));
  if (read['data.consumed.in.nMsg'] !== records) {
    throw new Error(`${read['data.consumed.in.nMsg']} of ${records} records were consumed`);
  }
  return read['fetch.nMsg.sec'];
}

/** Does `work`; its answer, and what the broker spent meanwhile. */
async function watch(broker, work) {
  const before = cpuSeconds(broker.pid);
  const answer = await work();
  return {
    answer,
    figures: { brokerCpuSeconds: cpuSeconds(broker.pid) - before, residentMb: residentMb(broker.pid) },
  };
}
