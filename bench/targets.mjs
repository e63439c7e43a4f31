/**
 * What Samsa must reach, against Apache Kafka or `limit` in the same run, or alone: `figure` of `scenario` is `least` or
 * `most` times the rival's, or that number itself without a rival.
 */
const kafka = 'kafka';
const limit = 'limit';

export const targets = [
  { scenario: 'produce-1p-1k', figure: 'mbPerSecond', rival: kafka, least: 2.5 },
  { scenario: 'produce-1p-1k', figure: 'brokerCpuPerGb', rival: kafka, most: 0.3 },
  { scenario: 'produce-1p-1k', figure: 'mbPerSecond', rival: limit, least: 0.8 },
  { scenario: 'produce-12p-1k', figure: 'mbPerSecond', rival: kafka, least: 1.8 },
  { scenario: 'produce-12p-1k', figure: 'brokerCpuPerGb', rival: kafka, most: 0.4 },
  { scenario: 'produce-12p-1k', figure: 'mbPerSecond', rival: limit, least: 0.8 },
  { scenario: 'produce-1mb', figure: 'mbPerSecond', rival: kafka, least: 1.4 },
  { scenario: 'produce-1mb', figure: 'brokerCpuPerGb', rival: kafka, most: 0.8 },
  { scenario: 'produce-1mb', figure: 'mbPerSecond', rival: limit, least: 0.8 },
  { scenario: 'produce-small-16', figure: 'requestsPerSecond', rival: kafka, least: 8 },
  { scenario: 'produce-small-1', figure: 'p50Ms', rival: kafka, most: 0.7 },
  { scenario: 'consume-tail-10', figure: 'mbPerSecond', rival: kafka, least: 1 },
  { scenario: 'consume-tail-10', figure: 'brokerCpuPerGb', rival: kafka, most: 1 },
  { scenario: 'latency-1000', figure: 'p50Ms', rival: kafka, most: 0.7 },
  { scenario: 'latency-1000', figure: 'p99Ms', rival: kafka, most: 0.7 },
  ...['java-1p-100b', 'java-1p-1k', 'java-1p-10k'].flatMap((scenario) => [
    { scenario, figure: 'mbPerSecond', rival: kafka, least: 0.97 },
    { scenario, figure: 'consumeMbPerSecond', rival: kafka, least: 0.97 },
  ]),
  { scenario: 'start', figure: 'firstRecordMs', rival: kafka, most: 0.15 },
  { scenario: 'memory', figure: 'idleMb', rival: kafka, most: 0.25 },
  { scenario: 'memory', figure: 'loadedMb', rival: kafka, most: 0.35 },
  { scenario: 'soak', figure: 'growth', most: 1.05 },
  { scenario: 'pace-100k', figure: 'messagesPerSecond', least: 99_000 },
  { scenario: 'pace-100k', figure: 'p95Ms', most: 9.99 },
  { scenario: 'produce-12p-100b', figure: 'messagesPerSecond', least: 1_000_000 },
  { scenario: 'lz4-batches.4m', figure: 'messagesPerSecond', least: 10_000_000 },
  { scenario: 'groups-1000', figure: 'rebalanceSeconds', most: 2 },
];
