import { perfToolsScenario } from '../support/java.mjs';

export default perfToolsScenario({
  title: 'Java perf tools, 1 partition, records of 10 KB: produce as fast as it goes, then consume',
  partitions: 1,
  recordBytes: 10240,
  records: 60000,
});
