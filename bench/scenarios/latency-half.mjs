import { tailScenario } from '../support/produce.mjs';

export default tailScenario({
  title:
    'raw loader, end to end at half of what the broker took, 1 producer, 1 consumer, 64 KB batches of 1 KB records',
  halfOfSaturation: true,
  consumers: 1,
  inFlight: 64,
  recordBytes: 1024,
  batchBytes: 65536,
});
