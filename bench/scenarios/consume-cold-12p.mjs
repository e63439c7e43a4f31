import { consumeScenario } from '../support/consume.mjs';

export default consumeScenario({
  title: 'raw loader, logs of 2 GB from their start, 12 partitions, 4 consumers, 64 KB batches of 1 KB records',
  partitions: 12,
  connections: 4,
  logBytes: 2e9,
  recordBytes: 1024,
  batchBytes: 65536,
});
