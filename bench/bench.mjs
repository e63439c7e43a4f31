/**
 * `npm run bench -- [SCENARIO…]`: figures of the built broker, beside Apache Kafka's and `limit`'s in the same run.
 * What each number means is in bench/README.md.
 *
 *   --against NAME,NAME  `kafka`, `limit`: run alternately with Samsa
 *   --pairs N            counted runs of each broker (5)
 *   --seconds S          of a counted run (3)
 *   --warmup S           before counting starts in each run (1); Apache Kafka has longer at its first
 *   --json FILE          adds the results to a file, in place of earlier ones of the same scenarios
 *   --append             with --json: behind the file's runs of the same scenarios instead
 *   --check              says for each target whether it is met, and fails when one is not
 *   --from FILE          runs nothing: tables, and targets with --check, of results that are there
 *   --report             runs nothing: docs/performance.md and its plots, from docs/performance/results.json
 *   --folder DIR         where data folders are made (/dev/shm, in memory)
 *   --profile DIR        leaves CPU profiles of Samsa's and limit's processes there
 *   --list               names the scenarios
 */
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ensureBuilt, ensureInstalled, root } from '../scripts/bootstrap.mjs';

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    against: { type: 'string', default: '' },
    pairs: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '3' },
    warmup: { type: 'string', default: '1' },
    json: { type: 'string' },
    append: { type: 'boolean', default: false },
    check: { type: 'boolean', default: false },
    from: { type: 'string' },
    report: { type: 'boolean', default: false },
    folder: { type: 'string', default: existsSync('/dev/shm') ? '/dev/shm' : tmpdir() },
    profile: { type: 'string' },
    list: { type: 'boolean', default: false },
  },
});

ensureInstalled();
await ensureBuilt();
const { allScenarios, chosen } = await import('./support/scenarios.mjs');
const { runScenario } = await import('./support/runner.mjs');
const { addResult, readResults } = await import('./support/results.mjs');
const { tableOf } = await import('./support/table.mjs');
const { writeReport } = await import('./support/report.mjs');
const { checkTargets } = await import('./support/check.mjs');

const scenarios = chosen(await allScenarios(), positionals);
if (options.list) {
  for (const [name, { title }] of scenarios) console.log(`${name.padEnd(20)} ${title}`);
} else if (options.report) {
  const docs = join(root, 'docs');
  writeReport(join(docs, 'performance.md'), readResults(join(docs, 'performance', 'results.json')));
} else {
  const results = options.from === undefined ? await runAll() : readResults(options.from);
  if (options.from !== undefined) {
    for (const [name, result] of Object.entries(results)) if (scenarios.has(name)) print(name, result);
  }
  if (options.check) {
    const judged = checkTargets(results);
    console.log(`\n${judged.map(({ line }) => line).join('\n')}`);
    process.exitCode = judged.some(({ met }) => met === false) ? 1 : 0;
  }
}

async function runAll() {
  const { killBrokers } = await import('./support/brokers.mjs');
  for (const signal of ['SIGINT', 'SIGTERM']) {
    process.on(signal, () => {
      killBrokers();
      process.exit(1);
    });
  }
  const results = {};
  for (const [name, scenario] of scenarios) {
    results[name] = await runScenario(name, scenario, {
      against: options.against.split(',').filter((rival) => rival !== ''),
      pairs: Number(options.pairs),
      timing: { seconds: Number(options.seconds), warmupSeconds: Number(options.warmup) },
      where: { folder: options.folder, profile: options.profile },
    });
    print(name, results[name]);
    if (options.json !== undefined) addResult(options.json, name, results[name], options.append);
  }
  return results;
}

function print(name, result) {
  console.log(`\n${name}: ${tableOf(result)}`);
}
