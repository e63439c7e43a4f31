/**
 * A replica on its way between two log dirs, moved and watched by Apache Kafka's tools: by Samsa; by Apache Kafka, which
 * is killed in the middle, and then by Samsa, which goes on from what that left. `npm run test:log-dirs`.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureBuilt, ensureInstalled } from '../../scripts/bootstrap.mjs';
import { runTool, tool } from '../java/tools.mjs';
import { startSamsa } from '../support/broker.mjs';
import { startKafka } from '../support/kafka.mjs';

const topic = 'moved';
const count = 20_000;
/** Of 10 MB, so that the tools have the time to look. */
const slow = 100_000;
const fast = 1_000_000_000;
const tries = 12;

ensureInstalled();
await ensureBuilt();
const home = mkdtempSync(join(tmpdir(), 'log-dirs-'));
const dirs = [join(home, 'a'), join(home, 'b')];
const plan = join(home, 'plan.json');
let broker;
try {
  const onSamsa = () => startSamsa({ home: { data: dirs[0] }, settings: [`log.dirs=${dirs}`] });
  broker = await onSamsa();
  await fill(broker.address);
  const { logs } = await places(broker.address);
  const from = logs[0].dir;
  const to = dirs.find((dir) => dir !== from);

  await scenario('kafka-reassign-partitions --execute begins a move that the tools see going on', () =>
    begin(broker.address, from, to),
  );
  await scenario('kafka-reassign-partitions --verify sees it done, and takes the throttle back', () =>
    finish(broker.address, to),
  );
  await broker.stop({ keepData: true });

  broker = await startKafka({ logDirs: dirs });
  await scenario('Apache Kafka has the replica where Samsa moved it, with all that is in it', () =>
    isWholeIn(broker.address, to),
  );
  await scenario('Apache Kafka begins to move it back, and is killed', async () => {
    await begin(broker.address, to, from);
    await broker.kill();
    assert.deepEqual(future(from).length, 1, 'the copy is there');
  });

  broker = await onSamsa();
  await scenario('Samsa goes on with the move that Apache Kafka began', async () => {
    const { logs, futures } = await places(broker.address);
    assert.deepEqual([logs.map(({ dir }) => dir), futures.map(({ dir }) => dir)], [[to], [from]]);
    await finish(broker.address, from);
    assert.deepEqual(future(from), []);
  });
  await broker.stop({ keepData: true });
} finally {
  await broker?.kill();
  rmSync(home, { recursive: true, force: true });
}

async function scenario(what, work) {
  try {
    await work();
    console.log(`ok ${what}`);
  } catch (error) {
    console.log(`not ok ${what}: ${error?.stack ?? error}`);
    throw error;
  }
}

async function fill(address) {
  const server = ['--bootstrap-server', address];
  await runTool(tool.topics, [...server, '--create', '--topic', topic, '--partitions', '1']);
  await runTool(tool.producerPerformance, [
    ...['--topic', topic, '--num-records', `${count}`, '--record-size', '500', '--throughput', '-1'],
    ...['--command-property', `bootstrap.servers=${address}`],
  ]);
}

/** Where `kafka-log-dirs` sees the replica, and its copy. */
async function places(address) {
  const out = await runTool(tool.logDirs, ['--bootstrap-server', address, '--describe', '--topic-list', topic]);
  const { brokers } = JSON.parse(out.trim().split('\n').at(-1));
  const found = brokers.flatMap(({ logDirs }) =>
    logDirs.flatMap(({ logDir, error, partitions }) => {
      assert.equal(error, null);
      return partitions.map((partition) => ({ dir: logDir, ...partition }));
    }),
  );
  return { logs: found.filter(({ isFuture }) => !isFuture), futures: found.filter(({ isFuture }) => isFuture) };
}

async function reassign(address, ...args) {
  return runTool(tool.reassign, ['--bootstrap-server', address, '--reassignment-json-file', plan, ...args]);
}

async function begin(address, from, to) {
  const partition = { topic, partition: 0, replicas: [1], log_dirs: [to] };
  writeFileSync(plan, JSON.stringify({ version: 1, partitions: [partition] }));
  const begun = await reassign(address, '--execute', '--replica-alter-log-dirs-throttle', `${slow}`);
  assert.match(begun, /Successfully started moving log directory/);
  const { logs, futures } = await places(address);
  assert.deepEqual([logs.map(({ dir }) => dir), futures.map(({ dir }) => dir)], [[from], [to]]);
  assert.ok(futures[0].offsetLag > 0 && futures[0].offsetLag <= count, `it lags ${futures[0].offsetLag} behind`);
  assert.equal(logs[0].offsetLag, 0);
  assert.match(await reassign(address, '--verify'), /is still in progress/);
}

async function finish(address, to) {
  await reassign(address, '--execute', '--additional', '--replica-alter-log-dirs-throttle', `${fast}`);
  let verified = '';
  for (let i = 0; i < tries && !/completed successfully/.test(verified); i++)
    verified = await reassign(address, '--verify');
  assert.match(verified, /Reassignment of replica moved-0-1 completed successfully/);
  assert.match(verified, /Clearing broker-level throttles/);
  await isWholeIn(address, to);
}

async function isWholeIn(address, to) {
  const { logs, futures } = await places(address);
  assert.deepEqual([logs.map(({ dir }) => dir), futures], [[to], []]);
  const consumed = await runTool(tool.consumerPerformance, [
    ...['--bootstrap-server', address, '--topic', topic, '--num-records', `${count}`, '--timeout', '30000'],
  ]);
  assert.equal(Number(consumed.trim().split('\n').at(-1).split(',')[4]), count);
}

function future(dir) {
  return readdirSync(dir).filter((name) => name.endsWith('-future'));
}
