import { tailScenario } from '../support/produce.mjs';

export default tailScenario({
  title:
    'raw loader, 1 producer of 3 x 100 B records (400 B), 16 in flight, and 10 consumers at its heels, 1 partition',
  consumers: 10,
  inFlight: 16,
  recordBytes: 100,
  records: 3,
});
