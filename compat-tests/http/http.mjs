/**
 * `npm run test:http`: HTTP as its users meet it, against the built broker: the curl lines of docs/http.md and README.md
 * as they stand there, and a bounded load: batches by autocannon, single records at a steady pace. With `--limits`, the
 * load's figures are held against what is promised, which needs a quiet machine: 50,000 records a second in batches of
 * 100, and a p99 of 5 ms for single produces at 500 a second.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import autocannon from 'autocannon';
import { ensureBuilt, ensureInstalled, root } from '../../scripts/bootstrap.mjs';
import { freePort, startSamsa } from '../support/broker.mjs';
import { until } from '../support/scenarios.mjs';
import { paced } from './paced.mjs';

const batch = 100;
const valueBytes = 100;
const loadS = Number(process.env.LOAD_SECONDS ?? 8);
const warmUpS = Math.ceil(loadS / 3);

const { values: options } = parseArgs({ options: { limits: { type: 'boolean', default: false } } });
let [passed, failed] = [0, 0];
ensureInstalled();
await ensureBuilt();

const port = await freePort();
const url = `http://127.0.0.1:${port}`;
const broker = await startSamsa({ settings: [`http.listeners=${url}`] });
try {
  await until('HTTP to be ready', async () => (await fetch(`${url}/ready`).catch(() => null))?.ok === true);
  for (const document of ['docs/http.md', 'README.md']) {
    for (const line of curlLines(document)) {
      const command = line.replace(/localhost:8082/, `127.0.0.1:${port}`).replace(/^curl/, 'curl -sS --fail-with-body');
      const done = spawnSync('bash', ['-c', command], { encoding: 'utf8', timeout: 10_000 });
      check(`${document}: ${line}: ${done.stderr}${done.stdout.slice(0, 60)}`, done.status === 0);
    }
  }

  const records = Array.from({ length: batch }, (_, i) => ({ key: `k${i}`, value: 'v'.repeat(valueBytes) }));
  const batches = produce({ topic: 'batches', records });
  await autocannon({ ...batches, connections: 8, duration: warmUpS });
  const many = await autocannon({ ...batches, connections: 8, duration: loadS });
  const perSecond = Math.round((many['2xx'] * batch) / many.duration);
  check(
    `batches of ${batch}: all of ${many.requests.total} are written`,
    many.non2xx + many.errors + many.timeouts === 0,
  );
  measured(`${perSecond} records/s in batches of ${batch}, at least 50,000`, perSecond >= 50_000);

  const body = JSON.stringify({ topic: 'singles', key: 'k', value: 'v'.repeat(valueBytes) });
  const singles = { port, path: '/produce', body, perSecond: 500 };
  await paced({ ...singles, seconds: warmUpS });
  const one = await paced({ ...singles, seconds: loadS });
  check(`singles: all of ${one.count + one.failed} are written`, one.failed === 0);
  const [p50, p99, max] = [one.p50, one.p99, one.max].map((ms) => ms.toFixed(1));
  measured(
    `single produces, 500 each second: p50 ${p50} ms, p99 ${p99} ms, longest ${max} ms; p99 at most 5`,
    one.p99 <= 5,
  );
} finally {
  await broker.stop();
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;

function produce(body) {
  return {
    url: `${url}/produce`,
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  };
}

function curlLines(document) {
  const blocks = readFileSync(join(root, document), 'utf8').matchAll(/```sh\n(.*?)```/gs);
  return [...blocks].flatMap(([, block]) => block.split('\n').filter((line) => line.startsWith('curl ')));
}

function check(what, holds) {
  console.log(`${holds ? 'ok' : 'not ok'} - ${what}`);
  if (holds) passed++;
  else failed++;
}

function measured(what, holds) {
  if (options.limits) check(what, holds);
  else console.log(`# ${what}`);
}
