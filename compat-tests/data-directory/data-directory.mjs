/**
 * Data directories both ways: Samsa on what Apache Kafka 4.3.1 wrote, Apache Kafka on what Samsa wrote, and back.
 * `npm run test:directories`; ONLY=golden,there-and-back,variants takes some of it, SEED=… another history.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureBuilt, ensureInstalled } from '../../scripts/bootstrap.mjs';
import { compare, describe, settle } from './compare.mjs';
import { thereAndBack } from './kafka-on-samsa.mjs';
import { variant, variants } from './kafka-variants.mjs';
import { goldenDirectory, kafkasOwn, notServed } from './samsa-on-kafka.mjs';

const only = process.env.ONLY?.split(',');
const seed = Number(process.env.SEED ?? 1);

ensureInstalled();
await ensureBuilt();
let failed = 0;

await scenario('golden', "Samsa on Kafka's directory: clients see the same", async (home) => {
  const { compared, differences } = await goldenDirectory(home);
  holds(differences, notServed);
  return `${compared} values`;
});
for (const end of ['SIGTERM', 'SIGKILL']) {
  await scenario(
    'there-and-back',
    `Kafka on Samsa's directory after ${end}, and Samsa again: the same`,
    async (home) => {
      const { samsa, kafka, back } = await thereAndBack(home, { seed, end });
      const there = compare(samsa, kafka);
      holds(there.differences, [...notServed, ...kafkasOwn]);
      holds(compare(kafka, back).differences, [...notServed, ...kafkasOwn]);
      return `${there.compared} values`;
    },
  );
}
for (const [name, how] of Object.entries(variants)) {
  await scenario('variants', `Samsa on a directory of Kafka's ${name}: clients see the same`, async (home) => {
    const { compared, differences } = await variant(home, how, seed);
    holds(differences, [...notServed, ...kafkasOwn]);
    return `${compared} values`;
  });
}
process.exitCode = failed === 0 ? 0 : 1;

function holds(differences, known) {
  const { left, unused } = settle(differences, known);
  assert.deepEqual(left.map(describe), [], 'differences');
  assert.deepEqual(unused, [], 'known differences that are gone: take them out of the list');
}

async function scenario(name, what, work) {
  if (only !== undefined && !only.includes(name)) return;
  const home = mkdtempSync(join(tmpdir(), 'data-directory-'));
  try {
    console.log(`ok ${what} (${await work(home)})`);
    rmSync(home, { recursive: true, force: true });
  } catch (error) {
    failed += 1;
    console.log(`not ok ${what}: ${String(error?.stack ?? error)}`);
    console.log(`# its directory is kept: ${home}`);
  }
}
