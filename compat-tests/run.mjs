/**
 * `npm run test:compat`: foreign clients, unchanged, against the built broker; then every codec written by one client
 * and read by each other. Closes with `N passed, N failed`.
 *
 *   --against HOST:PORT   a broker that runs already (Apache Kafka, to prove the suites right)
 *   --only NAME,NAME      some suites; `matrix`, `cli`, `embedded`, `durability`, `crash`, `compaction`,
 *                         `data-directory`, `log-dirs`, `admin`, `dump-log`, `tools`, `connect`, `mirror-maker`,
 *                         `lock`, `http`, `bench`, `node-lts` and `npm-start` are names too
 */
import { execFile, spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs, promisify } from 'node:util';
import { ensureBuilt, ensureInstalled, root } from '../scripts/bootstrap.mjs';
import { answersApiVersions, startSamsa } from './support/broker.mjs';
import { lockedByOneAtATime } from './support/directory-lock.mjs';
import { startAndStopByNpm } from './support/npm-start.mjs';
import { folder, newestLtsNode } from './support/tools.mjs';

const clients = ['kafkajs', 'java', 'librdkafka', 'kafka-python', 'aiokafka', 'franz-go', 'sarama', 'platformatic'];
const others = [
  'embedded',
  'matrix',
  'cli',
  'durability',
  'crash',
  'compaction',
  'data-directory',
  'admin',
  'log-dirs',
  'dump-log',
  'tools',
  'connect',
  'mirror-maker',
  'lock',
  'http',
  'rest-proxy',
  'bench',
  'node-lts',
  'npm-start',
];
const suiteLimitMs = 240_000;

const { values: options } = parseArgs({ options: { against: { type: 'string' }, only: { type: 'string' } } });
const only = options.only?.split(',');
const unknown = only?.find((name) => ![...clients, ...others].includes(name));
if (unknown !== undefined) throw new Error(`--only ${unknown}: no such suite`);
const wanted = (name) => only === undefined || only.includes(name);

// Apache Kafka answers CreateTopics before its broker has the partitions; Samsa must have them.
const clientEnvironment = { ...process.env, COMPAT_EVENTUAL: options.against === undefined ? '' : '1' };
const counts = { passed: 0, failed: 0 };
ensureInstalled();
await ensureBuilt();

const startedAt = Date.now();
/** Each client's command and codecs; null for one that could not be installed, which is a failure. */
const installed = new Map();
for (const name of clients) {
  if (!wanted(name) && !wanted('matrix')) continue;
  const { default: suite } = await import(`./${name}/suite.mjs`);
  await scenario(`${name}: install`, async () => {
    installed.set(name, { ...suite, command: suite.install() });
  });
}
console.log(`# installed after ${seconds()} s`);

const jobs = [];
for (const [name, suite] of installed) {
  if (wanted(name)) jobs.push(() => runSuite(name, suite));
}
if (wanted('npm-start') && options.against === undefined) {
  await scenario('npm start: answers, and stops when npm is stopped', startAndStopByNpm);
}
if (wanted('durability') && options.against === undefined) jobs.push(durabilitySlice);
if (wanted('crash') && options.against === undefined) jobs.push(crashSlice);
if (wanted('embedded') && options.against === undefined) jobs.push(embedded);
if (wanted('lock') && options.against === undefined) {
  jobs.push(() => scenario('lock: Samsa and Apache Kafka keep each other out of a log dir', lockedByOneAtATime));
}
if (wanted('rest-proxy') && options.against === undefined) jobs.push(restProxy);
if (wanted('cli') && options.against === undefined) jobs.push(commandLine);
if (wanted('compaction') && options.against === undefined) jobs.push(compactionSlice);
if (wanted('data-directory') && options.against === undefined) jobs.push(dataDirectories);
if (wanted('admin') && options.against === undefined) jobs.push(adminSlice);
if (wanted('log-dirs') && options.against === undefined) jobs.push(logDirMoves);
if (wanted('bench') && options.against === undefined) jobs.push(benchSlice);
if (wanted('dump-log') && options.against === undefined) jobs.push(dumpLogSlice);
if (wanted('tools') && options.against === undefined) jobs.push(commandLineTools);
if (wanted('connect') && options.against === undefined) jobs.push(connectWorkers);
if (wanted('mirror-maker') && options.against === undefined) jobs.push(mirrorMakerSlice);
if (wanted('http') && options.against === undefined) jobs.push(httpSlices);
if (wanted('node-lts') && options.against === undefined) jobs.push(smokeOnNewestLts);
await inParallel(jobs);
if (wanted('matrix')) await withBroker('matrix', runMatrix);

console.log(`# done after ${seconds()} s`);
console.log(`${counts.passed} passed, ${counts.failed} failed`);
process.exitCode = counts.failed === 0 && counts.passed > 0 ? 0 : 1;

async function runSuite(name, suite) {
  await withBroker(name, async (address) => {
    await runClient(name, suite.command, ['suite', address]);
    for (const [tool, work] of Object.entries(suite.tools ?? {})) {
      await scenario(`${name}: ${tool}`, () => work(address));
    }
  });
}

/** `npm run test:embedded`: the package as it is published, in a project of its own. */
async function embedded() {
  await runClient('embedded', [process.execPath, folder('embedded', 'embedded.mjs')], []);
}

/** A short run of `npm run test:durability`: a clean stop, and one SIGKILL in the middle of a load. */
async function durabilitySlice() {
  const environment = { ...clientEnvironment, RECORDS: '60000', KILLS: '1' };
  await runClient('durability', [process.execPath, folder('durability', 'durability.mjs')], [], environment);
}

/** The first directory of `npm run test:crash`. */
async function crashSlice() {
  const environment = { ...clientEnvironment, RUNS: '10', SEED: '1', HISTORIES: '0' };
  await runClient('crash', [process.execPath, folder('crash', 'crash.mjs')], [], environment);
}

/** Confluent's client of its REST Proxy. */
async function restProxy() {
  await runClient('rest-proxy', [process.execPath, folder('rest-proxy', 'rest-proxy.mjs')], []);
}

/** Samsa's own commands, against Samsa and Apache Kafka. */
async function commandLine() {
  await runClient('cli', [process.execPath, folder('cli', 'cli.mjs')], []);
}

/** The first seeds of `npm run test:compaction`. */
async function compactionSlice() {
  const environment = { ...clientEnvironment, SEEDS: '12', SEED: '1' };
  await runClient('compaction', [process.execPath, folder('compaction', 'differential.mjs')], [], environment);
}

/** The first calls of `npm run test:admin`. */
async function adminSlice() {
  const environment = { ...clientEnvironment, SEED: '1', CALLS: '80' };
  await runClient('admin', [process.execPath, folder('admin', 'differential.mjs')], [], environment);
}

/** `npm run test:directories`: Kafka's directory and Samsa's, each opened by the other; those of many kinds take too long. */
async function dataDirectories() {
  const environment = { ...clientEnvironment, ONLY: 'golden,there-and-back' };
  await runClient(
    'data-directory',
    [process.execPath, folder('data-directory', 'data-directory.mjs')],
    [],
    environment,
  );
}

/** `npm run test:log-dirs`: a replica moves between log dirs, on Samsa, on Apache Kafka, and on Samsa again. */
async function logDirMoves() {
  await runClient('log-dirs', [process.execPath, folder('log-dirs', 'log-dirs.mjs')], []);
}

/** The raw loaders for a second each: they fail when the log is not what was acknowledged, or a batch is not read. */
async function benchSlice() {
  const bench = join(root, 'bench', 'bench.mjs');
  const short = ['--pairs', '1', '--seconds', '1'];
  await scenario('bench: all that the raw loader got acknowledged is in the log, and read', () =>
    promisify(execFile)(process.execPath, [bench, 'produce-small-16', 'consume-tail', ...short], {
      timeout: suiteLimitMs,
    }),
  );
}

/** `npm run test:dump-log` with fewer damaged files. */
async function dumpLogSlice() {
  const environment = { ...clientEnvironment, DAMAGES: '200', SEED: '1' };
  await runClient('dump-log', [process.execPath, folder('dump-log', 'differential.mjs')], [], environment);
}

/** `npm run test:tools`: Apache Kafka's command line tools, each with its effect. */
async function commandLineTools() {
  await runClient('tools', [process.execPath, folder('tools', 'tools.mjs')], []);
}

/** `npm run test:connect`: two workers, one of which is killed, and the broker too. */
async function connectWorkers() {
  await runClient('connect', [process.execPath, folder('connect', 'connect.mjs')], []);
}

/** `npm run test:mirror-maker` without the kills. */
async function mirrorMakerSlice() {
  const environment = { ...clientEnvironment, KILLS: '0' };
  await runClient('mirror-maker', [process.execPath, folder('mirror-maker', 'mirror-maker.mjs')], [], environment);
}

/** `npm run test:http` with a short load, pages in a real browser, and the document in the hands of a fuzzer. */
async function httpSlices() {
  for (const [program, environment] of [
    ['http.mjs', { LOAD_SECONDS: '2' }],
    ['browser.mjs', {}],
    ['fuzz.mjs', { EXAMPLES: '10', SEED: '1' }],
  ]) {
    await runClient('http', [process.execPath, folder('http', program)], [], { ...clientEnvironment, ...environment });
  }
}

/** The broker itself on the newest LTS of Node, with kafkajs on the Node of this run. */
async function smokeOnNewestLts() {
  await scenario('node-lts: install', async () => newestLtsNode());
  const { default: kafkajs } = await import('./kafkajs/suite.mjs');
  await withBroker('node-lts', (address) => runClient('node-lts', kafkajs.install(), ['suite', address]), {
    node: newestLtsNode(),
  });
}

/** Every codec of every client, read by every client. */
async function runMatrix(address) {
  const topics = [];
  await inParallel(
    [...installed].map(([name, suite]) => async () => {
      const own = suite.codecs.map((codec) => `matrix.${name}.${codec}`);
      topics.push(...own);
      await runClient('matrix', suite.command, ['produce', address, ...own]);
    }),
  );
  await inParallel(
    [...installed].map(
      ([name, suite]) =>
        () =>
          runClient(`matrix: ${name}`, suite.command, ['consume', address, ...topics]),
    ),
  );
}

/** Runs `work` with a broker of its own, or with the one that --against names. */
async function withBroker(name, work, how = {}) {
  if (options.against !== undefined) {
    const [host, port] = options.against.split(':');
    if (!(await answersApiVersions(Number(port), host))) throw new Error(`nothing answers at ${options.against}`);
    await work(options.against);
    return;
  }
  let broker;
  await scenario(`${name}: broker starts`, async () => {
    broker = await startSamsa(how);
    console.log(`# ${name}: broker ready after ${broker.readyMs.toFixed(0)} ms`);
  });
  if (broker === undefined) return;
  const failedBefore = counts.failed;
  await scenario(`${name}: suite`, () => work(broker.address), { quiet: true });
  if (counts.failed > failedBefore) console.log(`# ${name}: the broker's log ends with\n${broker.log().slice(-4000)}`);
  await scenario(`${name}: broker stops cleanly`, () => broker.stop());
}

/** Runs a client's program; each line `ok …` or `not ok …` that it prints counts, and so does a bad end without one. */
function runClient(name, [command, ...first], args, env = clientEnvironment) {
  return new Promise((resolve) => {
    const child = spawn(command, [...first, ...args], { stdio: ['ignore', 'pipe', 'pipe'], env });
    const errors = [];
    let counted = 0;
    let failedHere = 0;
    const timer = setTimeout(() => child.kill('SIGKILL'), suiteLimitMs);
    child.stderr.on('data', (chunk) => errors.push(chunk));
    createInterface({ input: child.stdout }).on('line', (line) => {
      const [, not, what] = /^(not )?ok (.*)$/.exec(line) ?? [];
      if (what === undefined) return;
      counted += 1;
      if (not !== undefined) failedHere += 1;
      count(not === undefined, `${name}: ${what}`);
    });
    child.on('error', (error) => errors.push(Buffer.from(String(error))));
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      if (counted === 0 || (code !== 0 && failedHere === 0)) {
        count(false, `${name}: ended with ${signal ?? `exit code ${code}`} after ${counted} scenarios`);
        failedHere += 1;
      }
      if (failedHere > 0) console.log(Buffer.concat(errors).toString().slice(-4000));
      resolve();
    });
  });
}

async function scenario(name, work, { quiet = false } = {}) {
  try {
    await work();
    if (!quiet) count(true, name);
  } catch (error) {
    count(false, `${name}: ${error?.stack ?? error}`);
  }
}

function count(passed, what) {
  counts[passed ? 'passed' : 'failed'] += 1;
  console.log(`${passed ? 'ok' : 'not ok'} ${what}`);
}

/** As many at once as there are cores, at least two: suites mostly wait. */
async function inParallel(jobs) {
  const queue = [...jobs];
  const worker = async () => {
    for (let job = queue.shift(); job !== undefined; job = queue.shift()) await job();
  };
  await Promise.all(Array.from({ length: Math.max(2, availableParallelism()) }, worker));
}

function seconds() {
  return ((Date.now() - startedAt) / 1000).toFixed(0);
}
