import { perfToolsScenario } from '../support/java.mjs';

export default perfToolsScenario({
  title: 'kafka-producer-perf-test, 100,000 records of 100 B a second through one partition',
  partitions: 1,
  recordBytes: 100,
  records: 1_500_000,
  throughput: 100_000,
});
