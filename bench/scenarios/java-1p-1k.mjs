import { perfToolsScenario } from '../support/java.mjs';

export default perfToolsScenario({
  title: 'Java perf tools, 1 partition, records of 1 KB: produce as fast as it goes, then consume',
  partitions: 1,
  recordBytes: 1024,
  records: 600000,
});
