/**
 * 10 M messages a second, produced and consumed at once: a broker's cost is per batch, so what it takes falls with the
 * batch's size. The consumer computes every batch's CRC and compares it with what was sent.
 */
import { tailScenario } from '../support/produce.mjs';

/** Bytes of a batch before lz4, which makes a little more than a quarter of them: the last is 1 MB compressed. */
const sizes = { '16k': 16_384, '64k': 65_536, '256k': 262_144, '1m': 1_048_576, '4m': 3_984_588 };

export const variants = Object.fromEntries(
  Object.entries(sizes).map(([name, batchBytes]) => [
    name,
    tailScenario({
      title: `raw loader, 1 producer and 1 consumer that verifies, 1 partition, lz4 batches from ${batchBytes} bytes of 100 B values`,
      consumers: 1,
      verify: true,
      inFlight: 8,
      recordBytes: 100,
      batchBytes,
      values: 'similar',
      compression: 'lz4',
    }),
  ]),
);
