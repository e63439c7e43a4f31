import { produceScenario } from '../support/produce.mjs';

export default produceScenario({
  title: 'raw loader, 12 partitions, 64 KB batches of 100 B records, 4 connections, 8 in flight each, acks=all',
  partitions: 12,
  connections: 4,
  inFlight: 8,
  recordBytes: 100,
  batchBytes: 65536,
});
