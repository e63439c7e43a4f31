import { perfToolsScenario } from '../support/java.mjs';

export default perfToolsScenario({
  title: 'Java perf tools, 12 partitions, records of 100 B: produce as fast as it goes, then consume',
  partitions: 12,
  recordBytes: 100,
  records: 3000000,
});
