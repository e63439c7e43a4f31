import { tailScenario } from '../support/produce.mjs';

export default tailScenario({
  title: 'raw loader, 1 producer and 10 consumers at its heels, 64 KB batches of 1 KB records, 1 partition',
  consumers: 10,
  inFlight: 8,
  recordBytes: 1024,
  batchBytes: 65536,
});
