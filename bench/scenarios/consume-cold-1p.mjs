import { consumeScenario } from '../support/consume.mjs';

export default consumeScenario({
  title: 'raw loader, a log of 2 GB from its start, 1 partition, 1 consumer, 64 KB batches of 1 KB records',
  partitions: 1,
  logBytes: 2e9,
  recordBytes: 1024,
  batchBytes: 65536,
});
