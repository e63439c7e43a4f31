/**
 * `samsa dump-log` and Apache Kafka's own `DumpLogSegments` over the same files, line by line: a directory that Kafka
 * wrote, one that a Samsa broker wrote, random logs of all formats, and copies of all these that are damaged.
 *
 * `npm run test:dump-log`; DAMAGES=… and SEED=… change how many copies are damaged and how.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { Writable } from 'node:stream';
import { ensureBuilt, ensureInstalled, root } from '../../scripts/bootstrap.mjs';
import { startSamsa } from '../support/broker.mjs';
import { importBundled } from '../support/bundle.mjs';
import { startJavaService } from '../support/java-service.mjs';
import { dumpLogClassPath, folder, run } from '../support/tools.mjs';
import { fill } from './fill.mjs';

const damages = Number(process.env.DAMAGES ?? 600);
const seed = Number(process.env.SEED ?? 1);
const randomLogs = 6;

ensureInstalled();
await ensureBuilt();
const samsa = await importBundled(folder('dump-log', 'samsa-dump.ts'), 'dump-log-samsa');
const kafka = startJavaService(dumpLogClassPath(), 'DumpLog');
const home = mkdtempSync(join(tmpdir(), 'dump-log-'));
const totals = { lines: 0, runs: 0, ended: 0, onlySamsa: 0 };
let failed = 0;
try {
  await scenario('a directory that Apache Kafka wrote: every file, every flag', async () => {
    const archive = join(root, 'test', 'golden', 'data-directory', 'data.tar.gz');
    run('tar', ['-xzf', archive, '-C', home]);
    await compareDirectory(join(home, 'data'));
  });
  await scenario('a directory that a Samsa broker wrote: every file, every flag', async () => {
    const broker = await startSamsa();
    let stopped = false;
    try {
      await fill(broker.address);
      await broker.stop({ keepData: true });
      stopped = true;
      cpSync(broker.home.data, join(home, 'samsa'), { recursive: true });
    } finally {
      if (!stopped) await broker.kill();
      rmSync(broker.home.data, { recursive: true, force: true });
    }
    await compareDirectory(join(home, 'samsa'));
    assert.ok(filesBelow(join(home, 'samsa', 'rolled-0')).filter((path) => path.endsWith('.log')).length >= 3);
  });
  await scenario(`${randomLogs} random logs with transactions, all codecs and magic 0 to 2, compacted`, async () => {
    for (let log = 0; log < randomLogs; log++) {
      await writeRandomLog(join(home, `random-${log}`), seed * 1000 + log);
      await compareDirectory(join(home, `random-${log}`), { isAllWell: false });
    }
  });
  await scenario(`${damages} damaged files: what Kafka finds, Samsa finds`, compareDamaged);
  await scenario('the command itself: the same output, its exit codes', compareCommand);
} finally {
  rmSync(home, { recursive: true, force: true });
  kafka.end();
}
console.log(
  `# ${totals.runs} runs, ${totals.lines} lines of Kafka's compared; Kafka ended ${totals.ended} times with a stack ` +
    `trace; ${totals.onlySamsa} damages that Kafka does not show`,
);
process.exitCode = failed === 0 ? 0 : 1;

async function scenario(name, work) {
  try {
    await work();
    console.log(`ok ${name}`);
  } catch (error) {
    failed += 1;
    console.log(`not ok ${name}: ${error?.stack ?? error}`);
  }
}

/** All files of a directory in one run for each set of flags. */
async function compareDirectory(directory, { isAllWell = true } = {}) {
  const known = filesBelow(directory).filter((path) => isKafkas(path));
  const logs = known.filter((path) => /\.(log|checkpoint)$/.test(path));
  const indexes = known.filter((path) => /index$/.test(path));
  const of = (topic) => logs.filter((path) => path.includes(`${topic}-`));
  const runs = [
    [known, []],
    [logs, ['--deep-iteration']],
    [logs, ['--print-data-log']],
    [logs, ['--print-data-log', '--skip-record-metadata']],
    [logs, ['--deep-iteration', '--max-bytes', '3000']],
    [indexes, ['--index-sanity-check']],
    [indexes, ['--verify-index-only']],
    [of('__consumer_offsets'), ['--offsets-decoder']],
    [of('__transaction_state'), ['--transaction-log-decoder']],
    [of('__cluster_metadata'), ['--cluster-metadata-decoder']],
  ];
  for (const [files, flags] of runs) {
    if (files.length === 0) continue;
    const [theirs, ours] = await both(files, flags);
    const what = `${basename(directory)} ${flags.join(' ')}`;
    assert.equal(theirs.end, 'done', `${what}: Kafka's tool ends with ${theirs.end}`);
    assert.equal(firstDifference(ours.out, theirs.out), undefined, what);
    assert.deepEqual(withoutVerdicts(ours.err), sorted(theirs.err), `${what}: standard error`);
    if (isAllWell) assert.deepEqual(wrongVerdicts(ours.err), [], what);
  }
}

/** One file damaged, in a copy of its directory: a bit, some bytes, the end. */
async function compareDamaged() {
  const random = randomNumbers(seed);
  const directories = ['data/codecs-0', 'data/txn-0', 'data/rolled-0', 'data/__cluster_metadata-0', 'samsa/codecs-0'];
  const candidates = directories
    .flatMap((directory) => filesBelow(join(home, directory)))
    .filter((path) => isKafkas(path) && readFileSync(path).length > 0);
  const copy = join(home, 'damaged');
  const wrong = [];
  for (let at = 0; at < damages; at++) {
    const original = candidates[random(candidates.length)];
    mkdirSync(copy);
    for (const path of filesBelow(dirname(original))) {
      // Beside an index its log is read; nothing else.
      if (basename(path).startsWith(basename(original).split('.')[0])) cpSync(path, join(copy, basename(path)));
    }
    const target = join(copy, basename(original));
    const before = readFileSync(original);
    const [how, after] = damaged(before, random);
    writeFileSync(target, after);
    const flags = [[], ['--deep-iteration'], ['--print-data-log'], ['--index-sanity-check']][random(4)];
    const what = `damage ${at} of seed ${seed}, ${original.slice(home.length)} ${flags}: ${how}`;
    await compareOne(target, flags, what).catch((error) => wrong.push(error));
    rmSync(copy, { recursive: true });
  }
  if (wrong.length > 0) throw new AggregateError(wrong, wrong.slice(0, 10).join('\n'));
}

async function compareOne(path, flags, what) {
  const [theirs, ours] = await both([path], flags);
  // An index of zeros may be one that is open: that is said, and nothing is wrong with it.
  const found = wrongVerdicts(ours.err).length > 0 || ours.err.some((line) => /, and zeros behind them/.test(line));
  if (theirs.end === 'done') {
    assert.equal(firstDifference(ours.out, theirs.out), undefined, what);
    assert.deepEqual(
      withoutVerdicts(ours.err),
      sorted(theirs.err.filter((line) => !isSnapshotSentence(path, line))),
      what,
    );
  } else {
    totals.ended += 1;
    // Kafka's ends in the middle: of a compressed batch it may have printed records before it found out.
    const lines = theirs.out.slice(0, -1);
    const shown = lines.slice(0, lines.findLastIndex((line) => !line.startsWith('| ')) + 1);
    assert.equal(firstDifference(ours.out.slice(0, shown.length), shown), undefined, `${what}: up to ${theirs.end}`);
    assert.ok(found, `${what}: Kafka's tool ends with ${theirs.end}, and Samsa finds nothing wrong`);
  }
  const kafkaFound =
    theirs.out.some((line) => /isvalid: false|^Found \d+ invalid bytes/.test(line)) ||
    theirs.err.some((line) => !/^Non-consecutive|is followed by/.test(line));
  if (kafkaFound) assert.ok(found, `${what}: Kafka's tool finds something wrong, and Samsa does not`);
  if (found && !kafkaFound && theirs.end === 'done') totals.onlySamsa += 1;
  const text = [...ours.out, ...ours.err].join('\n');
  assert.ok(!/^\s+at .*\.(ts|mjs|js):\d+|mistake of samsa/m.test(text), `${what}: a stack trace`);
}

/** Of a snapshot that it cannot read Kafka says so where Samsa gives its verdict. */
function isSnapshotSentence(path, line) {
  return path.endsWith('.snapshot') && /^Snapshot|corrupt/i.test(line);
}

function damaged(before, random) {
  const bytes = Buffer.from(before);
  const at = random(bytes.length);
  switch (random(6)) {
    case 0:
    case 1:
      bytes[at] ^= 1 << random(8);
      return [`a bit of byte ${at}`, bytes];
    case 2:
      for (let end = Math.min(at + 8, bytes.length), byte = at; byte < end; byte++) bytes[byte] = random(256);
      return [`8 bytes from ${at}`, bytes];
    case 3:
      return [`cut at ${at}`, bytes.subarray(0, at)];
    case 4:
      return [`zeros from ${at}`, bytes.fill(0, at)];
    default:
      return [
        `bytes behind the end`,
        Buffer.concat([bytes, Buffer.from(Array.from({ length: 1 + (at % 100) }, () => random(256)))]),
      ];
  }
}

/** The built command in a process of its own, as Kafka's is called. */
async function compareCommand() {
  const directory = join(home, 'data', 'codecs-0');
  const files = filesBelow(directory).filter((path) => isKafkas(path));
  const [theirs] = await both(files, ['--print-data-log']);
  const command = (...args) =>
    spawnSync(process.execPath, [join(root, 'dist', 'cli', 'main.js'), 'dump-log', ...args], {
      encoding: 'utf8',
      maxBuffer: 1 << 28,
    });
  const fine = command('--print-data-log', '--files', files.join(','));
  assert.equal(firstDifference(fine.stdout.split('\n'), theirs.out), undefined);
  assert.deepEqual([fine.status, fine.stderr.split('\n').length - 1], [0, files.length], fine.stderr);
  const quiet = command('--no-verdict', directory);
  assert.deepEqual([quiet.status, quiet.stderr], [0, '']);
  const missing = command(join(directory, '7.log'));
  assert.equal(missing.status, 1);
  assert.match(missing.stderr, /^verdict: .*7\.log: wrong: ENOENT/);
  for (const wrong of [
    [],
    ['--max-bytes', 'many', files[0]],
    ['--value-decoder-class', 'MyDecoder', files[0]],
    ['--no-such-flag'],
  ]) {
    const { status, stderr } = command(...wrong);
    assert.equal(status, 2, `${wrong.join(' ')}: ${stderr}`);
  }
}

/** What both print: lines, the last of them empty unless the output ends in the middle of one. */
async function both(files, flags) {
  totals.runs += 1;
  const stdout = collector();
  const stderr = collector();
  const named = Object.fromEntries(flagPairs(flags));
  const exitCode = await samsa.dumpLogFiles(files, named, { stdout: stdout.stream, stderr: stderr.stream });
  const ours = {
    exitCode,
    out: stdout.text().split('\n'),
    err: stderr
      .text()
      .split('\n')
      .filter((line) => line !== ''),
  };
  // Kafka's tool comes second: it cuts an index with half an entry at its end when it closes it.
  const [end, out, err] = (await kafka.ask([...flags, '--files', files.join(',')].join('\t'))).split(' ');
  const theirs = { end, out: linesOf(out), err: linesOf(err).filter((line) => line !== '') };
  totals.lines += theirs.out.length;
  return [theirs, ours];
}

function* flagPairs(flags) {
  const names = flags.map((flag) => flag.replace(/^--/, '').replace(/-(.)/g, (_, letter) => letter.toUpperCase()));
  for (const [at, name] of names.entries()) {
    if (!flags[at].startsWith('--')) continue;
    const next = flags[at + 1];
    yield [name, next === undefined || next.startsWith('--') ? true : next];
  }
}

function collector() {
  const parts = [];
  const stream = new Writable({
    write(chunk, _, done) {
      parts.push(chunk);
      done();
    },
  });
  return { stream, text: () => Buffer.concat(parts).toString() };
}

function linesOf(base64) {
  return base64 === '-' ? [''] : Buffer.from(base64, 'base64').toString().split('\n');
}

/** The first line that differs, of both; what follows "skipping." is each program's own sentence. */
function firstDifference(ours, theirs) {
  const form = (line) => line?.replace(/(Error at .*, skipping\.).*/, '$1');
  for (let at = 0; at < Math.max(ours.length, theirs.length); at++) {
    if (form(ours[at]) !== form(theirs[at])) return { line: at + 1, samsa: ours[at], kafka: theirs[at] };
  }
  return undefined;
}

/** Sorted: Kafka's order of files is that of a hash map. */
function withoutVerdicts(lines) {
  return sorted(lines.filter((line) => !line.startsWith('verdict: ')));
}

function wrongVerdicts(lines) {
  return lines.filter((line) => /^verdict: .*: wrong: /.test(line));
}

function sorted(lines) {
  return [...lines].sort();
}

function isKafkas(path) {
  return /\/\d+\.(log|index|timeindex|txnindex|snapshot)$|\.checkpoint$/.test(path);
}

function filesBelow(directory) {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

async function writeRandomLog(directory, logSeed) {
  mkdirSync(directory);
  const history = new samsa.RandomBatches(logSeed, { keys: 60, isCompressed: logSeed % 2 === 0, hasAborts: true });
  const startMs = 1_700_000_000_000;
  for (let round = 0; round < 3; round++) {
    const nowMs = startMs + round * 30_000;
    await samsa.runSamsa({
      directory,
      config: {
        segmentBytes: 10_000,
        indexIntervalBytes: 300,
        cleanupPolicy: new Set(['compact']),
        fileDeleteDelayMs: 0,
      },
      nowMs,
      wasCleanlyClosed: true,
      appended: Array.from({ length: 80 }, () => history.next(nowMs)).flat(),
      from: round === 2 ? 0 : -1,
      mapBytes: 24 * 2000,
      isInWorker: false,
    });
  }
}

/** mulberry32 */
function randomNumbers(start) {
  let state = start;
  return (bound) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % bound;
  };
}
