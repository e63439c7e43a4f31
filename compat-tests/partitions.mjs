/**
 * `npm run test:partitions`: a broker with 10,000 partitions, held against what is promised.
 *
 * - ready after a clean stop in 5 s
 * - resident memory when idle: 400 MB
 * - open descriptors: a bound that does not grow with the partitions, also when all are written to and read
 * - nothing that was acknowledged is missing after SIGTERM and after SIGKILL
 *
 * PARTITIONS=… changes how many there are. What it took to create them, and to be ready after SIGKILL, is told beside.
 * A quiet machine is part of the measurement, so this is no part of `npm run test:compat`. Linux, for /proc.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { ensureBuilt, ensureInstalled } from '../scripts/bootstrap.mjs';
import { startSamsa } from './support/broker.mjs';
import { fresh } from './support/scenarios.mjs';

const partitions = Number(process.env.PARTITIONS ?? 10_000);
const partitionsATopic = 500;
const readyLimitMs = 5_000;
const idleLimitMb = 400;
/** `samsa.log.max.open.files` and what is no log's: sockets, the metadata log, Node's own. */
const descriptorLimit = 4_096 + 100;
/** After a start, before memory counts as idle. */
const settleMs = 3_000;
/** Beyond what is promised, so that a miss is told as a figure. */
const limits = { startLimitMs: 120_000, stopLimitMs: 120_000 };

ensureInstalled();
await ensureBuilt();
// They need the build.
const { buildBatch } = await import('../dist/protocol/index.js');
const { Raw } = await import('./support/raw.mjs');
let [passed, failed] = [0, 0];
const topics = Array.from({ length: Math.ceil(partitions / partitionsATopic) }, () => fresh('partitions'));

let broker = await startSamsa(limits);
const createdMs = await timed(createAll);
console.log(`# created ${partitions} partitions in ${seconds(createdMs)}; resident ${residentMb()} MB`);
const producedMs = await timed(() => produceAll(0));
console.log(`# a record to each in ${seconds(producedMs)}; resident ${residentMb()} MB, ${descriptors()} descriptors`);
check(`descriptors when all were written to: ${descriptors()}, at most ${descriptorLimit}`, isBounded());

const stoppedMs = await timed(() => broker.stop({ keepData: true }));
broker = await startSamsa({ home: broker.home, ...limits });
console.log(`# SIGTERM: stopped after ${seconds(stoppedMs)}`);
check(`ready ${seconds(broker.readyMs)} after a clean stop, at most ${seconds(readyLimitMs)}`, isQuick());
await new Promise((resolve) => setTimeout(resolve, settleMs));
check(`resident when idle: ${residentMb()} MB, at most ${idleLimitMb}`, residentMb() <= idleLimitMb);
console.log(`# idle: ${descriptors()} descriptors`);
await verifyAll('after SIGTERM', 1);
check(`descriptors when all were read: ${descriptors()}, at most ${descriptorLimit}`, isBounded());

await produceAll(1);
await broker.kill();
broker = await startSamsa({ home: broker.home, ...limits });
const eachMs = (broker.readyMs / partitions).toFixed(2);
console.log(`# SIGKILL: ready after ${seconds(broker.readyMs)}, ${eachMs} ms a partition`);
await verifyAll('after SIGKILL', 2);
await broker.stop();
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;

async function createAll() {
  const client = await Raw.connect(broker.address);
  for (const name of topics) {
    const numPartitions = partitionsATopic;
    const topic = { name, numPartitions, replicationFactor: 1, assignments: [], configs: [] };
    const { topics: made } = await client.request('CreateTopics', 6, { topics: [topic], timeoutMs: 10_000 });
    if (made[0].errorCode !== 0) throw new Error(`${name} could not be made: ${made[0].errorMessage}`);
  }
  client.close();
}

async function produceAll(round) {
  const client = await Raw.connect(broker.address);
  for (const name of topics) {
    const partitionData = indexes().map((index) => ({
      index,
      records: buildBatch([
        { key: null, value: Buffer.from(`${name}-${index}-${round}.`), headers: [], timestamp: Date.now() },
      ]),
    }));
    const body = { transactionalId: null, acks: -1, timeoutMs: 10_000, topicData: [{ name, partitionData }] };
    const { responses } = await client.request('Produce', 9, body);
    for (const { index, errorCode } of responses[0].partitionResponses) {
      if (errorCode !== 0) throw new Error(`${name}-${index} took no record: error ${errorCode}`);
    }
  }
  client.close();
}

/** Every partition ends where it should, and gives back what was written to it. */
async function verifyAll(when, count) {
  const client = await Raw.connect(broker.address);
  let wrong = 0;
  for (const topic of topics) {
    const body = {
      ...{ replicaId: -1, maxWaitMs: 0, minBytes: 0, maxBytes: 50 * 1024 ** 2, isolationLevel: 0 },
      ...{ sessionId: 0, sessionEpoch: -1, forgottenTopicsData: [], rackId: '' },
      topics: [
        {
          topic,
          partitions: indexes().map((partition) => ({ partition, fetchOffset: 0, partitionMaxBytes: 1024 ** 2 })),
        },
      ],
    };
    const { responses } = await client.request('Fetch', 11, body);
    for (const { partitionIndex, errorCode, highWatermark, records } of responses[0].partitions) {
      const text = records?.toString('latin1') ?? '';
      const isThere = Array.from({ length: count }, (_, i) => text.includes(`${topic}-${partitionIndex}-${i}.`));
      if (errorCode !== 0 || highWatermark !== count || isThere.includes(false)) wrong++;
    }
  }
  client.close();
  check(`${when}: ${partitions - wrong} of ${partitions} partitions give back their ${count} records`, wrong === 0);
}

function indexes() {
  return Array.from({ length: partitionsATopic }, (_, index) => index);
}

async function timed(run) {
  const startedAt = performance.now();
  await run();
  return performance.now() - startedAt;
}

function isQuick() {
  return broker.readyMs <= readyLimitMs;
}

function isBounded() {
  return descriptors() <= descriptorLimit;
}

function descriptors() {
  return readdirSync(`/proc/${broker.pid}/fd`).length;
}

function residentMb() {
  const [, kilobytes] = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${broker.pid}/status`, 'utf8'));
  return Math.round(Number(kilobytes) / 1024);
}

function seconds(ms) {
  return `${(ms / 1000).toFixed(2)} s`;
}

function check(what, holds) {
  if (holds) passed += 1;
  else failed += 1;
  console.log(`${holds ? 'ok' : 'not ok'} ${what}`);
}
