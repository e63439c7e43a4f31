/**
 * `npm run test:embedded`: the package as it is published. `npm pack` makes the tarball, npm installs it into an empty
 * project without running any script, and there the examples of the README and of docs/testing.md, as they stand in those
 * files, and the tests of `project/` are run: vitest, jest, node:test, TypeScript, `npx samsa`, and Node 22 and 24.
 *
 *   --limits   fail too when a start or a reset takes longer than is promised, on a quiet machine
 */
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { ensureInstalled, root } from '../../scripts/bootstrap.mjs';
import { folder, newestLtsNode, nodeOfPackage, npmInstall, run } from '../support/tools.mjs';

const { values: options } = parseArgs({ options: { limits: { type: 'boolean', default: false } } });
const tools = folder('embedded', 'node_modules');
/** What the project has beside Samsa. */
const beside = ['@types', 'jest', 'kafkajs', 'typescript', 'undici-types', 'vitest'];
/** Milliseconds; what is promised. */
const limits = {
  firstStartMs: 50,
  laterStartMs: 50,
  ownClientMs: 3_000,
  kafkajsProducerMs: 3_000,
  kafkajsGroupMs: 3_000,
};
/** On a machine that is busy: a client that waits for a retry in each test takes 30 s. */
const MAX_SUITE_MS = 15_000;
const MAX_TARBALL_BYTES = 2_000_000;

ensureInstalled();
const project = mkdtempSync(join(tmpdir(), 'samsa-project-'));
let failed = 0;
try {
  await scenario('npm pack: what is in the tarball, and how large it is', pack);
  await scenario('npm install: into an empty project, no script run, engines checked', install);
  await scenario('README: the example with vitest', () => runExample('README.md', 'greetings.test.mjs', vitest));
  await scenario('README: the example with jest', () => runExample('README.md', 'greetings.test.js', jest));
  await scenario('docs/testing.md: the example with node:test', () =>
    runExample('docs/testing.md', 'orders.test.mjs', (file) => node(['--test', file])),
  );
  for (const file of readdirSync(folder('embedded', 'project')).filter((name) => /\.test\.[cm]js$/.test(name))) {
    await scenario(`node:test ${process.version}: ${file}`, () => nodeTest(file));
  }
  for (const moduleResolution of ['node16', 'bundler']) {
    await scenario(`TypeScript: the declarations under ${moduleResolution}`, () => compile(moduleResolution));
  }
  await scenario('npx samsa start: answers HTTP, and ends with SIGTERM', npxStart);
  for (const [name, binary] of [
    ['22', () => nodeOfPackage('node-22')],
    ['24', newestLtsNode],
  ]) {
    await scenario(`Node ${name}: the tests that need no other package`, () => {
      for (const file of ['node-test.test.mjs', 'common-js.test.cjs']) nodeTest(file, binary());
    });
  }
  await scenario('100 tests with a reset between them, and starts', timing);
} finally {
  rmSync(project, { recursive: true, force: true });
}
process.exitCode = failed === 0 ? 0 : 1;

async function scenario(name, work) {
  try {
    const note = await work();
    console.log(`ok ${name}${note === undefined ? '' : ` (${note})`}`);
  } catch (error) {
    failed += 1;
    console.log(`not ok ${name}: ${String(error?.stack ?? error).replaceAll('\n', ' | ')}`);
  }
}

/** In a copy, as it would be in a clean clone: a build in the repository would take `dist/` from other suites. */
function pack() {
  const clone = join(project, 'clone');
  mkdirSync(clone);
  const sources = ['LICENSE', 'README.md', 'package.json', 'package-lock.json', 'protocol', 'scripts', 'src'];
  for (const name of [...sources, 'tsconfig.json', 'tsconfig.types.json']) {
    cpSync(join(root, name), join(clone, name), { recursive: true });
  }
  symlinkSync(join(root, 'node_modules'), join(clone, 'node_modules'), 'junction');
  const [packed] = JSON.parse(
    run('npm', ['pack', '--json', '--silent', '--pack-destination', project], { cwd: clone }).replace(/^[^[]*/, ''),
  );
  const paths = packed.files.map(({ path }) => path);
  const stray = paths.filter(
    (path) =>
      !/^(dist\/.*\.(js|cjs|map|d\.ts)|dist\/types-cjs\/package\.json|README\.md|LICENSE|package\.json)$/.test(path),
  );
  assert.deepEqual(stray, []);
  assert.ok(paths.includes('dist/samsa-worker.js'));
  assert.ok(packed.size < MAX_TARBALL_BYTES, `the tarball has ${packed.size} bytes`);
  rmSync(clone, { recursive: true });
  return `${packed.size} bytes, ${paths.length} files`;
}

function install() {
  const tarball = readdirSync(project).find((name) => name.endsWith('.tgz'));
  writeFileSync(join(project, 'package.json'), '{ "private": true }\n');
  inProject('npm', [
    'install',
    '--ignore-scripts',
    '--engine-strict',
    '--no-audit',
    '--no-fund',
    join(project, tarball),
  ]);
  npmInstall('embedded');
  for (const name of beside) {
    if (existsSync(join(tools, name))) symlinkSync(join(tools, name), join(project, 'node_modules', name));
  }
  for (const name of readdirSync(folder('embedded', 'project'))) {
    cpSync(folder('embedded', 'project', name), join(project, name));
  }
}

/** The example of a page that begins with its file's name. */
function runExample(page, file, runIt) {
  const blocks = readFileSync(join(root, page), 'utf8').matchAll(/^```js\n(\/\/ (\S+?)(?::.*)?\n[\s\S]*?)^```$/gm);
  const found = [...blocks].filter(([, , name]) => name === file);
  assert.equal(found.length, 1, `${page} has ${found.length} examples that begin with // ${file}`);
  writeFileSync(join(project, file), found[0][1]);
  runIt(file);
}

function vitest(file) {
  node([join(tools, 'vitest', 'vitest.mjs'), 'run', file]);
}

function jest(file) {
  // The name alone would match those of folders.
  node([join(tools, 'jest', 'bin', 'jest.js'), '--rootDir', project, '--runTestsByPath', file]);
}

function nodeTest(file, binary = process.execPath) {
  inProject(binary, ['--test', file]);
}

function compile(moduleResolution) {
  const isBundler = moduleResolution === 'bundler';
  const compilerOptions = {
    ...{ strict: true, noEmit: true, exactOptionalPropertyTypes: true, skipLibCheck: false, target: 'es2022' },
    ...{ types: ['node'], module: isBundler ? 'esnext' : 'node16', moduleResolution },
  };
  // A bundler knows no `import … = require`.
  const files = isBundler ? ['types.mts'] : ['types.mts', 'types.cts'];
  writeFileSync(join(project, 'tsconfig.json'), JSON.stringify({ compilerOptions, files }));
  node([join(tools, 'typescript', 'bin', 'tsc'), '-p', 'tsconfig.json']);
}

async function npxStart() {
  const directory = join(project, 'data');
  mkdirSync(directory);
  const settings = ['listeners=PLAINTEXT://127.0.0.1:0', 'http.listeners=http://127.0.0.1:0', `log.dirs=${directory}`];
  const args = ['--no-install', 'samsa', 'start', ...settings.flatMap((setting) => ['--set', setting])];
  const child = spawn('npx', args, { cwd: project, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  const ended = new Promise((resolve) => child.once('close', resolve));
  const lines = [];
  const timer = setTimeout(() => process.kill(-child.pid, 'SIGKILL'), 30_000);
  try {
    const address = await new Promise((resolve, reject) => {
      const look = (line) => {
        lines.push(line);
        const [found] = /http:\/\/127\.0\.0\.1:\d+/.exec(line) ?? [];
        if (found !== undefined) resolve(found);
      };
      for (const stream of [child.stdout, child.stderr]) createInterface({ input: stream }).on('line', look);
      ended.then(() => reject(new Error(`it ended: ${lines.join(' | ')}`)));
    });
    const produced = await fetch(`${address}/produce`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ topic: 't', value: 'v' }),
    });
    assert.equal(produced.status, 200);
    process.kill(-child.pid, 'SIGTERM');
    await ended;
    assert.ok(existsSync(join(directory, '.kafka_cleanshutdown')), `no clean stop: ${lines.join(' | ')}`);
  } finally {
    clearTimeout(timer);
  }
}

function timing() {
  const times = JSON.parse(node(['timing.mjs']));
  for (const name of ['ownClientMs', 'kafkajsProducerMs', 'kafkajsGroupMs']) {
    assert.ok(times[name] < MAX_SUITE_MS, JSON.stringify(times));
  }
  if (options.limits) {
    const missed = Object.entries(limits).filter(([name, limit]) => times[name] > limit);
    assert.deepEqual(missed, [], JSON.stringify(times));
  }
  return JSON.stringify(times);
}

function node(args) {
  return inProject(process.execPath, args);
}

/** Runs a command in the project; throws with its output when it fails. */
function inProject(command, args) {
  const env = { ...process.env, FORCE_COLOR: '0', NODE_NO_WARNINGS: '1' };
  const done = spawnSync(command, args, { cwd: project, encoding: 'utf8', timeout: 120_000, env });
  if (done.error !== undefined) throw done.error;
  if (done.status !== 0)
    throw new Error(`${command} ${args.join(' ')} failed:\n${done.stdout}\n${done.stderr}`.slice(-4000));
  return done.stdout;
}
