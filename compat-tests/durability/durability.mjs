/**
 * What was acknowledged survives: an idempotent librdkafka producer writes numbered records, the broker is stopped with
 * SIGTERM, and then killed with SIGKILL in the middle of a load; after each restart every acknowledged record must be
 * there once and in order. `npm run test:durability` takes 1,000,000 records over 100 topics × 3 partitions;
 * RECORDS=… and KILLS=… change that.
 */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { ensureBuilt, ensureInstalled } from '../../scripts/bootstrap.mjs';
import { startSamsa } from '../support/broker.mjs';
import { folder, pythonWith } from '../support/tools.mjs';

const records = Number(process.env.RECORDS ?? 1_000_000);
const kills = Number(process.env.KILLS ?? 3);
const [topics, partitions] = [100, 3];

ensureInstalled();
await ensureBuilt();
const python = pythonWith('librdkafka');
let failed = 0;
let passed = 0;

let broker = await startSamsa();
console.log(`# empty directory: ready after ${broker.readyMs.toFixed(0)} ms`);
const first = await load('calm', records).done;
check('everything was acknowledged', first.delivered === records && first.disorder.length === 0, first.errors);
const startedAt = performance.now();
await broker.stop({ keepData: true });
console.log(`# SIGTERM: stopped after ${(performance.now() - startedAt).toFixed(0)} ms`);
broker = await startSamsa({ home: broker.home });
console.log(`# after SIGTERM: ready after ${broker.readyMs.toFixed(0)} ms, ${topics * partitions} partitions`);
await verify('after SIGTERM', first);

for (let round = 1; round <= kills; round++) {
  const share = Math.floor(records / 2);
  // Somewhere in the middle, elsewhere each time.
  const killAt = Math.floor((share * round) / (kills + 1));
  const running = load(`kill-${round}`, share);
  await running.reached(killAt);
  await broker.kill();
  broker = await startSamsa({ home: broker.home });
  console.log(`# SIGKILL ${round} at ${killAt} records: ready after ${broker.readyMs.toFixed(0)} ms`);
  const outcome = await running.done;
  check(
    `SIGKILL ${round}: the producer went on to the end`,
    outcome.delivered === share && outcome.disorder.length === 0,
    [...outcome.errors, ...outcome.disorder],
  );
  await verify(`after SIGKILL ${round}`, outcome);
}
await verify('the calm load, after all', first);
await broker.stop();
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 && passed > 0 ? 0 : 1;

function load(prefix, count) {
  const child = spawn(
    python,
    [folder('durability', 'load.py'), broker.address, prefix, topics, partitions, count].map(String),
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  let delivered = 0;
  let last;
  const waiting = [];
  createInterface({ input: child.stdout }).on('line', (line) => {
    const [, progress] = /^progress (\d+)$/.exec(line) ?? [];
    if (progress === undefined) last = line;
    else delivered = Number(progress);
    for (const { at, resolve } of waiting) if (delivered >= at) resolve();
  });
  const done = new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) =>
      code === 0 ? resolve(JSON.parse(last)) : reject(new Error(`load.py ended with ${code}`)),
    );
  });
  return { done, reached: (at) => new Promise((resolve) => waiting.push({ at, resolve })) };
}

function verify(what, outcome) {
  return new Promise((resolve, reject) => {
    const child = spawn(python, [folder('durability', 'verify.py'), broker.address], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    let output = '';
    child.stdout.on('data', (chunk) => {
      output += chunk;
    });
    child.on('error', reject);
    child.on('close', (code) => {
      const { read, acknowledged, wrong } = JSON.parse(output);
      check(`${what}: ${read} records read, ${acknowledged} acknowledged`, code === 0 && read === acknowledged, wrong);
      resolve();
    });
    child.stdin.end(JSON.stringify(outcome));
  });
}

function check(what, holds, details) {
  if (holds) passed += 1;
  else failed += 1;
  console.log(`${holds ? 'ok' : 'not ok'} ${what}`);
  if (!holds) console.log(JSON.stringify(details));
}
