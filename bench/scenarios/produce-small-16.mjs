import { produceScenario } from '../support/produce.mjs';

export default produceScenario({
  title: 'raw loader, 1 partition, batches of 3 x 100 B records (400 B), 1 connection, 16 in flight, acks=all',
  partitions: 1,
  inFlight: 16,
  recordBytes: 100,
  records: 3,
});
