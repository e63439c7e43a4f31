/**
 * What there is to know of a running broker, gathered when somebody asks. Names are those that the JMX exporter gives
 * Kafka's metrics, and kafka_exporter the lags, where Kafka has them.
 */
import { clientPushMetrics } from './client-push-metrics.ts';
import { clusterMetrics, quorumMetrics } from './cluster-metrics.ts';
import { groupMetrics } from './group-metrics.ts';
import { logMetrics } from './log-metrics.ts';
import type { MetricFamily } from './metric-family.ts';
import { networkMetrics } from './network-metrics.ts';
import type { ObservedParts } from './observed-parts.ts';
import { topicMetrics } from './topic-metrics.ts';

/** From the first time on, requests are timed. */
export async function brokerMetrics(parts: ObservedParts): Promise<MetricFamily[]> {
  parts.stats.beginTiming();
  return [
    ...networkMetrics(parts),
    ...topicMetrics(parts),
    ...logMetrics(parts),
    ...clusterMetrics(parts),
    ...quorumMetrics(parts),
    ...(await groupMetrics(parts)),
    ...(await clientPushMetrics(parts)),
  ];
}
