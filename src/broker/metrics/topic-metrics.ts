import type { Traffic } from '../../replication/traffic.ts';
import { counter, type MetricFamily } from './metric-family.ts';
import type { ObservedParts } from './observed-parts.ts';

const COUNTERS: readonly (readonly [string, string, (traffic: Traffic) => number])[] = [
  ['messagesin', 'Records that were appended', ({ messagesIn }) => messagesIn],
  ['bytesin', 'Bytes of batches that were appended', ({ bytesIn }) => bytesIn],
  ['bytesout', 'Bytes of batches that fetches were answered with', ({ bytesOut }) => bytesOut],
  ['totalproducerequests', 'Batches that came to a log', ({ produces }) => produces],
  ['failedproducerequests', 'Batches that a log refused', ({ failedProduces }) => failedProduces],
  ['totalfetchrequests', 'Answers with records of a partition', ({ fetches }) => fetches],
  ['failedfetchrequests', 'Answers with an error of a partition', ({ failedFetches }) => failedFetches],
];

/** Traffic by topic, since the start of the broker; a topic that is deleted takes its counters along. */
export function topicMetrics({ replicas }: Pick<ObservedParts, 'replicas'>): MetricFamily[] {
  const byTopic = new Map<string, number[]>();
  for (const { topicPartition, traffic } of replicas.all()) {
    let sums = byTopic.get(topicPartition.topic);
    if (sums === undefined) {
      sums = COUNTERS.map(() => 0);
      byTopic.set(topicPartition.topic, sums);
    }
    for (const [place, [, , read]] of COUNTERS.entries()) sums[place]! += read(traffic);
  }
  return COUNTERS.map(([name, help], place) =>
    counter(
      `kafka_server_brokertopicmetrics_${name}_total`,
      `${help}, by topic`,
      [...byTopic].map(([topic, sums]) => ({ labels: { topic }, value: sums[place]! })),
    ),
  );
}
