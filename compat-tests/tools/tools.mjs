/**
 * Apache Kafka's command line tools 4.3.1, unchanged, each with its effect: `npm run test:tools`. What they say is compared
 * line by line with expected/, which the same scenarios wrote against Apache Kafka; what differs on purpose is in
 * known-differences.mjs.
 *
 *   --kafka        runs against Apache Kafka instead of Samsa
 *   --record       the same, and writes expected/
 *   --only TEXT    the scenarios whose name has TEXT in it
 */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ensureBuilt, ensureInstalled } from '../../scripts/bootstrap.mjs';
import { startBrokerOf } from './brokers.mjs';
import { knownDifferences } from './known-differences.mjs';
import acls from './scenarios/acls.mjs';
import cluster from './scenarios/cluster.mjs';
import configs from './scenarios/configs.mjs';
import groups from './scenarios/groups.mjs';
import metadataFiles from './scenarios/metadata-files.mjs';
import records from './scenarios/records.mjs';
import storage from './scenarios/storage.mjs';
import topics from './scenarios/topics.mjs';
import { startToolbox } from './toolbox.mjs';

const { values: options } = parseArgs({
  options: { kafka: { type: 'boolean' }, record: { type: 'boolean' }, only: { type: 'string' } },
});
const isKafka = options.kafka === true || options.record === true;
const kind = isKafka ? 'kafka' : 'samsa';

ensureInstalled();
await ensureBuilt();
const home = mkdtempSync(join(tmpdir(), 'tools-'));
const tools = startToolbox({ home: join(home, 'files'), names: [[home, '<dirs>']] });
const counts = { passed: 0, failed: 0 };
let broker;
try {
  await runAll(storage, { directory: directoryToFormat, startOn });
  broker = await startOn([join(home, 'a'), join(home, 'b')]);
  const { logDirs } = broker;
  await runAll({ ...topics, ...configs, ...records, ...acls, ...groups, ...cluster }, { broker });
  await broker.stop();
  broker = undefined;
  // What is in it is what the other scenarios did.
  if (options.only === undefined) await runAll(metadataFiles, { broker: { logDirs } });
} finally {
  tools.end();
  await broker?.kill();
  rmSync(home, { recursive: true, force: true });
}
process.exitCode = counts.failed === 0 && counts.passed > 0 ? 0 : 1;

async function startOn(logDirs) {
  const started = await startBrokerOf(kind, logDirs);
  tools.connect(started);
  return started;
}

/** Two log dirs that are empty, and the configuration of a node on them. */
function directoryToFormat(name) {
  const dirs = ['a', 'b'].map((dir) => join(home, name, dir));
  for (const dir of dirs) mkdirSync(dir, { recursive: true });
  const lines = [
    'process.roles=broker,controller',
    'node.id=1',
    'controller.quorum.bootstrap.servers=127.0.0.1:19093',
    'listeners=PLAINTEXT://127.0.0.1:19092,CONTROLLER://127.0.0.1:19093',
    'advertised.listeners=PLAINTEXT://127.0.0.1:19092,CONTROLLER://127.0.0.1:19093',
    'controller.listener.names=CONTROLLER',
    'listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT',
    `log.dirs=${dirs}`,
  ];
  const properties = join(home, name, 'server.properties');
  writeFileSync(properties, `${lines.join('\n')}\n`);
  return { dirs, properties };
}

async function runAll(scenarios, more) {
  for (const [name, work] of Object.entries(scenarios)) {
    if (options.only === undefined || name.includes(options.only)) await scenario(name, work, more);
  }
}

async function scenario(name, work, more) {
  try {
    await work({ ...tools, ...more, isKafka });
    compare(name, tools.takeTranscript());
    counts.passed += 1;
    console.log(`ok ${name}`);
  } catch (error) {
    counts.failed += 1;
    tools.takeTranscript();
    console.log(`not ok ${name}: ${error?.stack ?? error}`);
  }
}

function compare(name, transcript) {
  const path = new URL(`expected/${name.replace(/\W+/g, '-')}.txt`, import.meta.url);
  // A scenario that only asserts says nothing.
  if (transcript.length === 0) return;
  if (options.record === true) {
    writeFileSync(path, `${transcript.join('\n')}\n`);
    return;
  }
  const expected = blocks(readFileSync(path, 'utf8').trimEnd().split('\n'));
  const found = blocks(transcript);
  const wrong = [];
  for (let at = 0; at < Math.max(expected.length, found.length); at++) {
    const theirs = asKnown(expected[at] ?? []);
    const ours = isKafka ? asKnown(found[at] ?? []) : (found[at] ?? []);
    if (theirs.join('\n') !== ours.join('\n')) wrong.push(...difference(ours, theirs));
  }
  if (wrong.length > 0) assert.fail(`not as Apache Kafka says it:\n${wrong.join('\n')}`);
}

/** A command and what was said, each. */
function blocks(lines) {
  const all = [];
  for (const line of lines) {
    if (line.startsWith('$ ')) all.push([]);
    all.at(-1).push(line);
  }
  return all;
}

/** What Samsa says where it differs from Kafka on purpose. */
function asKnown(block) {
  const known = knownDifferences.find(({ command }) => command.test(block[0]));
  return known === undefined ? block : known.samsa(block);
}

function difference(ours, theirs) {
  const [command] = theirs.length > 0 ? theirs : ours;
  const only = (some, others) => some.filter((line) => !others.includes(line));
  const lines = [
    ...only(theirs, ours).map((line) => `  expected ${line}`),
    ...only(ours, theirs).map((line) => `  was      ${line}`),
  ];
  return [command, ...(lines.length > 0 ? lines : ['  the same lines in another order'])];
}
