/** Metrics of the process and of HTTP itself, by prom-client; from the first scrape on. */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { Admission } from '../admission.ts';

const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/** What is open and lasts. */
export interface OpenCounts {
  connections: number;
  streams: number;
  webSockets: number;
}

export interface Answered {
  readonly method: string;
  /** The route's pattern, so that there are few of them. */
  readonly route: string;
  readonly status: number;
  readonly seconds: number;
}

export class HttpMetrics {
  readonly open: OpenCounts = { connections: 0, streams: 0, webSockets: 0 };
  readonly #admission: Admission;
  #collected: { readonly registry: Registry; readonly durations: Histogram; readonly requests: Counter } | undefined;

  constructor(admission: Admission) {
    this.#admission = admission;
  }

  answered({ method, route, status, seconds }: Answered): void {
    if (this.#collected === undefined) return;
    this.#collected.requests.inc({ method, route, status });
    this.#collected.durations.observe({ method, route }, seconds);
  }

  text(): Promise<string> {
    this.#collected ??= this.#collect();
    return this.#collected.registry.metrics();
  }

  get contentType(): string {
    return Registry.PROMETHEUS_CONTENT_TYPE;
  }

  #collect() {
    const registry = new Registry();
    const registers = [registry];
    collectDefaultMetrics({ register: registry });
    const { open } = this;
    const admission = this.#admission;
    const gauge = (name: string, help: string, read: () => number): void => {
      new Gauge({
        name,
        help,
        registers,
        collect() {
          this.set(read());
        },
      });
    };
    gauge('samsa_http_connections', 'Connections that are open', () => open.connections);
    gauge('samsa_http_streams', 'Streams of server-sent events that are open', () => open.streams);
    gauge('samsa_http_websockets', 'WebSockets that are open', () => open.webSockets);
    gauge('samsa_http_in_flight_requests', 'Requests under way', () => admission.requests);
    gauge('samsa_http_in_flight_bytes', 'Bytes of bodies and answers under way', () => admission.bytes);
    return {
      registry,
      requests: new Counter({
        name: 'samsa_http_requests_total',
        help: 'Requests that were answered, by route and status',
        labelNames: ['method', 'route', 'status'],
        registers,
      }),
      durations: new Histogram({
        name: 'samsa_http_request_duration_seconds',
        help: 'Seconds from a request to the end of its answer, waits for records included',
        labelNames: ['method', 'route'],
        buckets: SECONDS,
        registers,
      }),
    };
  }
}
