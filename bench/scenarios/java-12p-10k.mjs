import { perfToolsScenario } from '../support/java.mjs';

export default perfToolsScenario({
  title: 'Java perf tools, 12 partitions, records of 10 KB: produce as fast as it goes, then consume',
  partitions: 12,
  recordBytes: 10240,
  records: 60000,
});
