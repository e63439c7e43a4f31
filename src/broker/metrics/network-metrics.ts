import { counter, gauge, type MetricFamily, type Sample } from './metric-family.ts';
import type { ObservedParts } from './observed-parts.ts';
import { type RequestStats, TIME_BUCKETS_MS } from './request-stats.ts';

/** Requests, connections, and what waits. */
export function networkMetrics({
  stats,
  sockets,
  parked,
  fetchMemory,
}: Pick<ObservedParts, 'stats' | 'sockets' | 'parked' | 'fetchMemory'>): MetricFamily[] {
  const { connections } = sockets;
  return [
    counter('kafka_network_requestmetrics_requests_total', 'Requests, by API and version', requests(stats)),
    counter(
      'kafka_network_requestmetrics_errors_total',
      'Requests that failed as a whole, by API and error; errors of single partitions are in their answers',
      errors(stats),
    ),
    {
      name: 'kafka_network_requestmetrics_totaltimems',
      help: 'Milliseconds from a request to its answer, waits for records included; counted from the first scrape on',
      type: 'histogram',
      samples: times(stats),
    },
    gauge(
      'kafka_server_socket_server_metrics_connection_count',
      'Connections that are open, by listener',
      connections.map(({ listener, open }) => ({ labels: { listener }, value: open })),
    ),
    counter(
      'kafka_server_socket_server_metrics_connection_creation_total',
      'Connections that were accepted, by listener',
      connections.map(({ listener, accepted }) => ({ labels: { listener }, value: accepted })),
    ),
    counter(
      'samsa_network_connections_refused_total',
      'Connections that were closed at once, since max.connections or max.connections.per.ip were reached',
      connections.map(({ listener, refused }) => ({ labels: { listener }, value: refused })),
    ),
    gauge(
      'samsa_network_queued_request_bytes',
      'Bytes of requests that were received and are not answered yet',
      sockets.queuedRequestBytes,
    ),
    gauge('samsa_network_fetched_bytes', 'Bytes that fetches have read and that have not left', fetchMemory.heldBytes),
    gauge('kafka_server_delayedoperationpurgatory_purgatorysize', 'Requests that wait for something to happen', [
      { labels: { delayedoperation: 'Fetch' }, value: parked.size },
    ]),
  ];
}

function* requests(stats: RequestStats): Generator<Sample> {
  for (const { name, requests } of stats.all()) {
    for (const [version, value] of requests.entries()) {
      if (value > 0) yield { labels: { request: apiName(name), version }, value };
    }
  }
}

function* errors(stats: RequestStats): Generator<Sample> {
  for (const { name, errors } of stats.all()) {
    for (const [error, value] of errors) yield { labels: { request: apiName(name), error }, value };
  }
}

function* times(stats: RequestStats): Generator<Sample> {
  for (const { name, times, totalMs } of stats.all()) {
    const request = apiName(name);
    let count = 0;
    const buckets: Sample[] = times.map((inBucket, at) => {
      count += inBucket;
      return { suffix: '_bucket', labels: { request, le: TIME_BUCKETS_MS[at] ?? '+Inf' }, value: count };
    });
    if (count === 0) continue;
    yield* buckets;
    yield { suffix: '_sum', labels: { request }, value: totalMs };
    yield { suffix: '_count', labels: { request }, value: count };
  }
}

/** `Produce`, as Kafka's metrics say it. */
function apiName(messageName: string): string {
  return messageName.replace(/Request$/, '');
}
