/**
 * `npm run bench -- [SCENARIO…]`: figures of the built broker, beside Apache Kafka's and `limit`'s in the same run.
 * What each number means is in bench/README.md.
 *
 *   --against NAME,NAME  `kafka`, `limit`: run alternately with Samsa
 *   --pairs N            counted runs of each broker (5)
 *   --seconds S          of a counted run (3)
 *   --warmup S           before counting starts in each run (1); Apache Kafka has longer at its first
 *   --json FILE          adds the results to a file, in place of earlier ones of the same scenarios
 *   --folder DIR         where data folders are made (/dev/shm)
 *   --profile DIR        leaves a CPU profile of Samsa's process there, one a scenario
 *   --list               names the scenarios
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ensureBuilt, ensureInstalled } from '../scripts/bootstrap.mjs';

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    against: { type: 'string', default: '' },
    pairs: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '3' },
    warmup: { type: 'string', default: '1' },
    json: { type: 'string' },
    folder: { type: 'string', default: '/dev/shm' },
    profile: { type: 'string' },
    list: { type: 'boolean', default: false },
  },
});

ensureInstalled();
await ensureBuilt();
const { runScenario } = await import('./support/runner.mjs');
const { addResult } = await import('./support/results.mjs');
const { tableOf } = await import('./support/table.mjs');

const folder = join(import.meta.dirname, 'scenarios');
const known = readdirSync(folder).map((file) => file.replace(/\.mjs$/, ''));
const unknown = positionals.find((name) => !known.includes(name));
if (unknown !== undefined) throw new Error(`${unknown}: no such scenario; --list names them`);

for (const name of positionals.length > 0 ? positionals : known) {
  const { default: scenario } = await import(join(folder, `${name}.mjs`));
  if (options.list) {
    console.log(`${name.padEnd(24)} ${scenario.title}`);
    continue;
  }
  const result = await runScenario(name, scenario, {
    against: options.against.split(',').filter((rival) => rival !== ''),
    pairs: Number(options.pairs),
    timing: { seconds: Number(options.seconds), warmupSeconds: Number(options.warmup) },
    folder: options.folder,
    profile: options.profile,
  });
  console.log(`\n${name}: ${tableOf(result)}`);
  if (options.json !== undefined) addResult(options.json, name, result);
}
