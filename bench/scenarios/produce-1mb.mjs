import { produceScenario } from '../support/produce.mjs';

export default produceScenario({
  title: 'raw loader, 1 partition, 1 MiB batches of 1 KB records, 1 connection, 4 in flight, acks=all',
  partitions: 1,
  inFlight: 4,
  recordBytes: 1024,
  batchBytes: 1048576,
});
