import { produceScenario } from '../support/produce.mjs';

export default produceScenario({
  title: 'raw loader, 12 partitions, 64 KB batches of 1 KB records, 4 connections, 8 in flight each, acks=all',
  partitions: 12,
  connections: 4,
  inFlight: 8,
  recordBytes: 1024,
  batchBytes: 65536,
});
