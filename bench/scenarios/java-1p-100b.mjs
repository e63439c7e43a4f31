import { perfToolsScenario } from '../support/java.mjs';

export default perfToolsScenario({
  title: 'Java perf tools, 1 partition, records of 100 B: produce as fast as it goes, then consume',
  partitions: 1,
  recordBytes: 100,
  records: 3000000,
});
