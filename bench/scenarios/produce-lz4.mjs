import { produceScenario } from '../support/produce.mjs';

export default produceScenario({
  title: 'raw loader, 1 partition, lz4 batches from 64 KB of 1 KB records of text, 1 connection, 8 in flight, acks=all',
  partitions: 1,
  inFlight: 8,
  recordBytes: 1024,
  batchBytes: 65536,
  values: 'text',
  compression: 'lz4',
});
