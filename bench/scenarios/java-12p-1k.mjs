import { perfToolsScenario } from '../support/java.mjs';

export default perfToolsScenario({
  title: 'Java perf tools, 12 partitions, records of 1 KB: produce as fast as it goes, then consume',
  partitions: 12,
  recordBytes: 1024,
  records: 600000,
});
