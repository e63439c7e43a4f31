import { produceScenario } from '../support/produce.mjs';

export default produceScenario({
  title: 'raw loader, 1 partition, 64 KB batches of 1 KB records, 1 connection, 8 in flight, acks=1',
  partitions: 1,
  inFlight: 8,
  recordBytes: 1024,
  batchBytes: 65536,
  acks: 1,
});
