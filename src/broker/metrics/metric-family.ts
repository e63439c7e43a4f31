/** Metrics as plain data, in Prometheus' terms; who asks for them writes them down. */

export interface Sample {
  readonly value: number;
  readonly labels?: Readonly<Record<string, string | number>>;
  /** Behind the family's name, of histograms: `_bucket`, `_sum`, `_count`. */
  readonly suffix?: string;
}

export interface MetricFamily {
  /** As the JMX exporter names Kafka's metric where Kafka has it: `kafka_server_replicamanager_leadercount`. */
  readonly name: string;
  readonly help: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  /** Read once, perhaps over several turns of the event loop. */
  readonly samples: Iterable<Sample>;
}

export function gauge(name: string, help: string, samples: number | Iterable<Sample>): MetricFamily {
  return { name, help, type: 'gauge', samples: typeof samples === 'number' ? [{ value: samples }] : samples };
}

export function counter(name: string, help: string, samples: number | Iterable<Sample>): MetricFamily {
  return { name, help, type: 'counter', samples: typeof samples === 'number' ? [{ value: samples }] : samples };
}
