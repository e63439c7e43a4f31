/**
 * `npm run test:crash`: kill −9 under load, while segments roll, retention deletes them and compaction rewrites them.
 * After each restart every acknowledged record is there once and in order (of a compacted topic, the last of each key),
 * every batch's checksum holds, and no acknowledged commit of a group is lost. What was not acknowledged is sent again, as
 * an idempotent producer does.
 *
 * RUNS=300 (kills in all), SEED=1 (of the first directory; ten kills each). A seed decides when and how the broker is
 * killed and what is written; how far it got by then is the machine's. Then the same for losses of power on the simulated
 * disk, at every step of HISTORIES=8 (test/log/power-loss.test.ts), which replay to the step.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureBuilt, ensureInstalled, root } from '../../scripts/bootstrap.mjs';
import { startSamsa } from '../support/broker.mjs';

const runs = Number(process.env.RUNS ?? 300);
const firstSeed = Number(process.env.SEED ?? 1);
const histories = Number(process.env.HISTORIES ?? 8);
const killsADirectory = 10;
const settings = [
  'log.retention.check.interval.ms=40',
  'log.cleaner.backoff.ms=20',
  'log.segment.delete.delay.ms=100',
  'log.flush.offset.checkpoint.interval.ms=100',
  'offsets.topic.num.partitions=1',
];

ensureInstalled();
await ensureBuilt();
// What they import is built only now.
const { Raw } = await import('../support/raw.mjs');
const { Partition, topics } = await import('./partitions.mjs');
const { checkPartition, checkSomewhere } = await import('./checker.mjs');
const { Commits } = await import('./commits.mjs');

const totals = {
  kills: 0,
  inStart: 0,
  inStop: 0,
  acknowledged: 0,
  sentAgain: 0,
  commits: 0,
  compactedAway: 0,
  aged: 0,
};
const startedAt = Date.now();
let failed = 0;
for (let seed = firstSeed; totals.kills < runs; seed++) {
  const data = mkdtempSync(join(tmpdir(), 'crash-'));
  const killsBefore = totals.kills;
  try {
    await directory(seed, data, Math.min(killsADirectory, runs - totals.kills));
  } catch (error) {
    failed += 1;
    const kept = `${data}-failed`;
    cpSync(data, kept, { recursive: true, preserveTimestamps: true });
    console.log(`not ok seed ${seed}: ${String(error?.stack ?? error)}`);
    console.log(`# SEED=${seed} RUNS=${totals.kills - killsBefore} npm run test:crash; its directory is ${kept}`);
    if (totals.kills === killsBefore) break;
  } finally {
    rmSync(data, { recursive: true, force: true });
  }
}
const seconds = ((Date.now() - startedAt) / 1000).toFixed(0);
const notVacuous = totals.compactedAway > 0 && totals.aged > 0 && totals.sentAgain > 0;
if (!notVacuous) console.log('not ok compaction, retention and batches without an answer were part of it');
console.log(`# ${JSON.stringify(totals)} in ${seconds} s`);
if (failed === 0 && notVacuous)
  console.log(`ok ${totals.kills} kills from seed ${firstSeed}: nothing lost, doubled or corrupt`);
process.exitCode = failed === 0 && notVacuous && losesNoPower() ? 0 : 1;

function losesNoPower() {
  if (histories === 0) return true;
  const args = ['run', 'test/log/power-loss.test.ts'];
  const env = { ...process.env, POWER_LOSS_HISTORIES: `${histories}`, SEED: `${firstSeed}` };
  const vitest = spawnSync(process.execPath, [join(root, 'node_modules', 'vitest', 'vitest.mjs'), ...args], {
    cwd: root,
    stdio: 'inherit',
    env,
  });
  console.log(`${vitest.status === 0 ? 'ok' : 'not ok'} ${histories} histories lose power at every step`);
  return vitest.status === 0;
}

/** One directory's life: load and kill, `kills` times, with a check after every restart. */
async function directory(seed, data, kills) {
  const random = randomFrom(seed);
  const commits = new Commits();
  let broker = await startSamsa({ home: { data }, settings });
  const { home } = broker;
  try {
    const partitions = await begin(broker, random);
    for (let kill = 1; kill <= kills; kill++) {
      const raw = await Raw.connect(broker.address);
      await commits.begin(raw);
      raw.close();
      await loadAndKill(broker, partitions, commits, random);
      totals.kills += 1;
      while (random() < 0.3) await killInStart(home, random);
      broker = await startSamsa({ home, settings });
      await check(broker, partitions, commits);
    }
    totals.acknowledged += partitions.reduce((sum, { acknowledged }) => sum + acknowledged, 0);
    totals.commits += commits.acknowledged;
    await broker.stop({ keepData: true });
    console.log(`# seed ${seed}: ${kills} kills, ${partitions.map(({ name, next }) => `${name} ${next}`).join(', ')}`);
  } catch (error) {
    await broker.kill();
    throw new Error(`${error.message}\nthe broker's log ends with\n${broker.log().slice(-3000)}`, { cause: error });
  }
}

async function begin(broker, random) {
  const raw = await Raw.connect(broker.address);
  const created = await raw.request('CreateTopics', 5, {
    topics: Object.entries(topics).map(([name, { partitions: numPartitions, configs }]) => ({
      name,
      numPartitions,
      replicationFactor: 1,
      assignments: [],
      configs: Object.entries(configs).map(([key, value]) => ({ name: key, value })),
    })),
    timeoutMs: 10_000,
    validateOnly: false,
  });
  const refused = created.topics.find(({ errorCode }) => errorCode !== 0);
  if (refused !== undefined) throw new Error(`${refused.name} is not made: ${refused.errorMessage}`);
  const partitions = [];
  for (const [topic, { partitions: count }] of Object.entries(topics)) {
    for (let index = 0; index < count; index++) partitions.push(new Partition(topic, index, random));
  }
  for (const partition of partitions) await partition.begin(raw);
  raw.close();
  return partitions;
}

/** Writers on connections of their own, a group's commits and a reader, until the broker is killed: in the open or in a stop. */
async function loadAndKill(broker, partitions, commits, random) {
  let isOver = false;
  let isStopping = false;
  const state = { isOver: () => isOver, mayRefuse: () => isStopping };
  const connections = await Promise.all(
    Array.from({ length: partitions.length + 2 }, () => Raw.connect(broker.address)),
  );
  const reader = connections.at(-1);
  const read = async () => {
    while (!isOver) {
      await checkSomewhere(reader, partitions[Math.floor(Math.random() * partitions.length)], Math.random);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  };
  const work = [
    ...partitions.map((partition, at) => partition.load(connections[at], state)),
    commits.load(connections.at(-2), state),
    read(),
  ];
  const failures = Promise.all(work);
  const inStop = random() < 0.15;
  const [loadMs, stopMs] = [50 + random() * 850, random() * 60];
  try {
    await Promise.race([failures, new Promise((resolve) => setTimeout(resolve, loadMs))]);
    if (inStop) {
      totals.inStop += 1;
      isStopping = true;
      broker.stop({ keepData: true }).catch(() => {});
      await new Promise((resolve) => setTimeout(resolve, stopMs));
    }
  } finally {
    await broker.kill();
    isOver = true;
    await failures.finally(() => connections.map((each) => each.close()));
  }
}

/** Kills a broker that is about to load its logs, to recover them, or to serve. */
async function killInStart(home, random) {
  totals.inStart += 1;
  const limit = random() * 700;
  const controller = new AbortController();
  const late = setTimeout(() => controller.abort(), limit);
  const broker = await startSamsa({ home, settings, signal: controller.signal }).catch((error) => {
    if (!controller.signal.aborted) throw error;
  });
  clearTimeout(late);
  await broker?.kill();
}

async function check(broker, partitions, commits) {
  const raw = await Raw.connect(broker.address);
  await commits.check(raw);
  for (const partition of partitions) {
    totals.sentAgain += partition.pending.length;
    await partition.resend(raw);
    const found = await checkPartition(raw, partition);
    const missing = partition.next - found.length;
    if (partition.topic === 'compacted') totals.compactedAway += missing;
    else totals.aged += missing;
  }
  raw.close();
}

/** Numbers from 0 to 1 that follow from a seed (mulberry32). */
function randomFrom(seed) {
  let state = Math.imul(seed, 0x9e3779b1);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let x = Math.imul(state ^ (state >>> 15), state | 1);
    x ^= x + Math.imul(x ^ (x >>> 7), x | 61);
    return ((x ^ (x >>> 14)) >>> 0) / 2 ** 32;
  };
}
