/**
 * `npm run test:limits`: what the README promises of time, memory and pace, held against the built broker.
 *
 * - from starting the process on an empty directory to the first answered ApiVersions: 0.40 s (median of 9) where an
 *   empty Node program takes 0.15 s; on a slower or busier machine the bound grows with what the empty program takes
 * - resident memory when idle: 90 MB
 * - 100,000 records of 100 bytes a second on one partition, by Apache Kafka's own tool: p95 below 10 ms, once the
 *   client's JVM is warm (`--warmup-records`), and as many records read back
 *
 * A quiet machine is part of the measurement, so this is no part of `npm run test:compat`. Linux, for /proc.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureBuilt, ensureInstalled, root } from '../scripts/bootstrap.mjs';
import { performance as measure } from './java/tools.mjs';
import { freePort, startSamsa } from './support/broker.mjs';
import { fresh } from './support/scenarios.mjs';
import { javaClassPath } from './support/tools.mjs';

const starts = 9;
const startLimitMs = 400;
const emptyNodeMs = 150;
const idleLimitMb = 90;
/** After a start, before memory counts as idle. */
const settleMs = 2_000;
const rate = 100_000;
const p95LimitMs = 10;
// The tool leaves the first third out as warm-up: 15 s of 45.
const records = 4_500_000;

ensureInstalled();
await ensureBuilt();
let [passed, failed] = [0, 0];

const bare = [];
const ready = [];
let residentMb = 0;
for (let i = 0; i < starts; i++) {
  bare.push(await emptyNode());
  const measured = await startOnce();
  ready.push(measured.readyMs);
  residentMb = Math.max(residentMb, measured.residentMb);
}
const limitMs = startLimitMs * Math.max(1, median(bare) / emptyNodeMs);
check(
  `ready after ${list(ready)} ms, median ${median(ready).toFixed(0)}; empty Node ${median(bare).toFixed(0)}; at most ${limitMs.toFixed(0)}`,
  median(ready) <= limitMs,
);
check(`resident when idle: ${residentMb.toFixed(0)} MB, at most ${idleLimitMb}`, residentMb <= idleLimitMb);

javaClassPath();
const broker = await startSamsa();
const { produced, consumed } = await measure(broker.address, fresh('limits'), records);
await broker.stop();
const summary = produced.trim().split('\n').at(-1);
const [, perSecond] = /([\d.]+) records\/sec/.exec(summary) ?? [];
const [, p95] = /(\d+) ms 95th/.exec(summary) ?? [];
console.log(`# ${summary}`);
check(`produced ${perSecond} records/s, at least 99 % of ${rate}`, Number(perSecond) >= 0.99 * rate);
check(`p95 ${p95} ms, below ${p95LimitMs}`, Number(p95) < p95LimitMs);
const [header, figures] = consumed
  .trim()
  .split('\n')
  .slice(-2)
  .map((line) => line.split(',').map((cell) => cell.trim()));
const read = Object.fromEntries(header.map((name, index) => [name, Number(figures[index])]));
check(`consumed ${read['nMsg.sec']} records/s, at least ${rate}`, read['nMsg.sec'] >= rate);
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;

/** Milliseconds of a Node process that does nothing. */
async function emptyNode() {
  const startedAt = performance.now();
  const child = spawn(process.execPath, ['-e', '0'], { stdio: 'ignore' });
  await new Promise((resolve) => child.once('exit', resolve));
  return performance.now() - startedAt;
}

/** One start on an empty directory, formatting included, and one stop. */
async function startOnce() {
  const data = mkdtempSync(join(tmpdir(), 'samsa-limits-'));
  const port = await freePort();
  const settings = ['--set', `listeners=PLAINTEXT://127.0.0.1:${port}`, '--set', `log.dirs=${data}`];
  const startedAt = performance.now();
  const child = spawn(process.execPath, [join(root, 'dist', 'cli', 'main.js'), 'start', ...settings], {
    stdio: 'ignore',
  });
  const exited = new Promise((resolve) => child.once('exit', resolve));
  try {
    while (!(await answersNow(port))) {
      if (child.exitCode !== null) throw new Error(`the broker ended with exit code ${child.exitCode}`);
    }
    const readyMs = performance.now() - startedAt;
    await new Promise((resolve) => setTimeout(resolve, settleMs));
    const [, kilobytes] = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'));
    return { readyMs, residentMb: Number(kilobytes) / 1024 };
  } finally {
    child.kill('SIGTERM');
    await exited;
    rmSync(data, { recursive: true, force: true });
  }
}

/** One try to connect and be answered ApiVersions 0, and after a refusal 2 ms of rest. */
function answersNow(port) {
  const request = Buffer.from('0000000a0012000000000001ffff', 'hex');
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' }, () => socket.write(request));
    socket.once('data', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => setTimeout(resolve, 2, false));
  });
}

function median(values) {
  return [...values].sort((a, b) => a - b)[values.length >> 1];
}

function list(values) {
  return values.map((value) => value.toFixed(0)).join(' ');
}

function check(what, holds) {
  if (holds) passed += 1;
  else failed += 1;
  console.log(`${holds ? 'ok' : 'not ok'} ${what}`);
}
