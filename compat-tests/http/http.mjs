/**
 * `npm run test:http`: HTTP as its users meet it, against the built broker: the curl lines of docs/http.md and README.md
 * as they stand there, and a bounded load: batches by autocannon, single records at a steady pace. With `--limits`, the
 * load's figures are held against what is promised, which needs a quiet machine: 50,000 records a second in batches of
 * 100, a p99 of 5 ms for single produces at 500 a second, and Kafka's own protocol unharmed beside those.
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
const binaryPerSecond = 500;
const binaryS = Math.ceil(loadS / 3);
const latencyRounds = 3;

const { values: options } = parseArgs({ options: { limits: { type: 'boolean', default: false } } });
let [passed, failed] = [0, 0];
ensureInstalled();
await ensureBuilt();
const { Raw } = await import('../support/raw.mjs');
const { buildBatch } = await import('../../dist/protocol/index.js');

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

  // Binary requests by turns without and with the singles of before beside them; medians of the rounds.
  const rounds = [];
  for (let round = 0; round < latencyRounds; round++) {
    const alone = await binaryLatency();
    const [beside] = await Promise.all([binaryLatency(), paced({ ...singles, seconds: binaryS })]);
    rounds.push({ alone, beside });
  }
  const shown = (side, at) => median(rounds.map((round) => round[side][at]));
  const [p50Alone, p50Beside] = [shown('alone', 'p50'), shown('beside', 'p50')];
  const [p99Alone, p99Beside] = [shown('alone', 'p99'), shown('beside', 'p99')].map((ms) => ms.toFixed(2));
  measured(
    `binary Produce, 500 each second, alone and beside HTTP: p50 ${p50Alone.toFixed(2)} and ${p50Beside.toFixed(2)} ms, ` +
      `p99 ${p99Alone} and ${p99Beside} ms; p50 beside at most 0.5 ms above`,
    p50Beside <= p50Alone + 0.5,
  );
} finally {
  await broker.stop();
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;

/** Of one request after the other at a steady pace on a connection of Kafka's protocol. */
async function binaryLatency() {
  const raw = await Raw.connect(broker.address);
  const record = { timestamp: Date.now(), key: Buffer.from('k'), value: Buffer.alloc(valueBytes) };
  const partitionData = [{ index: 0, records: buildBatch([record]) }];
  const request = { acks: -1, timeoutMs: 5000, topicData: [{ name: 'singles', partitionData }] };
  const latencies = [];
  const startMs = performance.now();
  for (let sent = 0; sent < binaryPerSecond * binaryS; sent++) {
    const dueMs = startMs + (sent * 1000) / binaryPerSecond;
    await new Promise((resolve) => setTimeout(resolve, dueMs - performance.now()));
    const sentMs = performance.now();
    await raw.request('Produce', 9, request);
    latencies.push(performance.now() - sentMs);
  }
  raw.close();
  latencies.sort((a, b) => a - b);
  const at = (share) => latencies[Math.floor(latencies.length * share)];
  return { p50: at(0.5), p99: at(0.99) };
}

function median(values) {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
}

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
