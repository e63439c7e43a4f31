/** Installing what the foreign clients need, each with its own package manager. What is installed stays for the next run. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../../scripts/bootstrap.mjs';

export const cache = join(root, '.cache', 'compat');
export const folder = (...names) => join(root, 'compat-tests', ...names);

/** Runs an installer; its output is shown only when it fails. */
export function run(command, args, options = {}) {
  const done = spawnSync(command, args, { cwd: root, encoding: 'utf8', maxBuffer: 1 << 28, ...options });
  if (done.error?.code === 'ENOENT') throw new Error(`${command} is not installed, and this suite needs it`);
  if (done.error !== undefined) throw done.error;
  if (done.status !== 0) throw new Error(`${command} ${args.join(' ')} failed:\n${done.stdout}\n${done.stderr}`);
  return done.stdout;
}

/** Does `work` unless it was done before for the same contents of `inputs`. */
export function once(name, inputs, work) {
  const stamp = join(cache, `${name}.stamp`);
  const hash = createHash('sha256');
  for (const input of inputs) hash.update(readFileSync(input));
  const wanted = hash.digest('hex');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  mkdirSync(cache, { recursive: true });
  work();
  writeFileSync(stamp, wanted);
}

/** Installs the packages of a folder of compat-tests/ that has a package.json and its lock. */
export function npmInstall(name) {
  const cwd = folder(name);
  const inputs = [join(cwd, 'package.json'), join(cwd, 'package-lock.json')];
  const install = () =>
    run('npm', ['ci', '--no-audit', '--no-fund', '--engine-strict=false'], {
      cwd,
      shell: process.platform === 'win32',
    });
  if (!existsSync(join(cwd, 'node_modules'))) install();
  else once(`npm-${name}`, inputs, install);
}

/** The newest LTS of Node; answers the path of the binary. */
export function newestLtsNode() {
  return nodeOfPackage('node-lts');
}

/** The Node that a folder of compat-tests/ has from the npm package of that name; answers the path of the binary. */
export function nodeOfPackage(name) {
  npmInstall(name);
  return folder(name, 'node_modules', 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
}

/** A Python with a client's requirements in an environment of its own; answers the interpreter's path. */
export function pythonWith(name) {
  const environment = join(cache, `python-${name}`);
  const python = join(environment, 'bin', 'python');
  const requirements = folder(name, 'requirements.txt');
  once(`python-${name}`, [requirements], () => {
    run('python3', ['-m', 'venv', '--clear', environment]);
    run(python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '-r', requirements]);
  });
  return python;
}

/** Builds a folder's Go program; answers the binary's path. */
export function goBuild(name) {
  const binary = join(cache, name);
  run('go', ['build', '-o', binary, '.'], { cwd: folder(name), env: { ...process.env, GOFLAGS: '-mod=readonly' } });
  return binary;
}

/** Apache Kafka's jars as published, and our client compiled against them; answers the class path. */
export function javaClassPath() {
  return compiledJava(
    'java-classes',
    ['Client.java', 'Records.java', 'Scenarios.java'].map((file) => folder('java', file)),
  );
}

/** The same with the program that runs Kafka's log and its cleaner. */
export function compactionClassPath() {
  return compiledJava('java-compaction', [folder('compaction', 'KafkaLog.java')]);
}

/** The same with the programs that fill a broker and say what can be seen of its data. */
export function dataDirectoryClassPath() {
  return compiledJava(
    'java-data-directory',
    ['Dump.java', 'Fill.java'].map((file) => folder('data-directory', file)),
  );
}

/** The same with the program that makes the Admin client's calls. */
export function adminClassPath() {
  const kinds = ['Topic', 'Config', 'Security', 'Cluster', 'Group', 'Admin'].map((kind) => `${kind}Calls.java`);
  return compiledJava(
    'java-admin',
    ['Brokers.java', 'Calls.java', ...kinds].map((file) => folder('admin', file)),
  );
}

/** The same with the bench's programs. */
export function benchClassPath() {
  return compiledJava('java-bench', [join(root, 'bench', 'java', 'Latency.java')]);
}

/** The same with the program that runs Kafka's log dumper. */
export function dumpLogClassPath() {
  return compiledJava('java-dump-log', [folder('dump-log', 'DumpLog.java')]);
}

/** The same with the program that runs the command line tools. */
export function toolsClassPath() {
  return compiledJava('java-tools', [folder('tools', 'Tools.java')]);
}

function compiledJava(name, sources) {
  const libs = join(cache, 'java-libs');
  const classes = join(cache, name);
  const pom = folder('java', 'pom.xml');
  once('java-libs', [pom], () => {
    run('mvn', ['-B', '-q', '-f', pom, 'dependency:copy-dependencies', `-DoutputDirectory=${libs}`]);
  });
  const classPath = [join(libs, '*'), classes].join(process.platform === 'win32' ? ';' : ':');
  once(name, [pom, ...sources], () => run('javac', ['-cp', join(libs, '*'), '-d', classes, ...sources]));
  return classPath;
}
