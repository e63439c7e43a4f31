import { produceScenario } from '../support/produce.mjs';

export default produceScenario({
  title: 'raw loader, 1 partition, 64 KB batches of 100 B records, 1 connection, 8 in flight, acks=all',
  partitions: 1,
  inFlight: 8,
  recordBytes: 100,
  batchBytes: 65536,
});
