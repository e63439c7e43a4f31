/**
 * What `npm start`, `npm test` and the other commands need before anything else: dependencies as the lock file has
 * them, and a build of the sources as they are. Plain Node, since nothing is installed yet when it runs.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** Folders and files that `dist/` is made of. */
const sources = ['protocol', 'src', 'package-lock.json', 'tsconfig.json', 'tsconfig.types.json', 'scripts/build.mjs'];

/** Installs with `npm ci` when node_modules is missing or is not what package-lock.json asks for. */
export function ensureInstalled() {
  requireNode();
  if (isInstalled()) return;
  console.error('samsa: installing dependencies (npm ci)');
  const args = ['ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=warn'];
  // npm tells its children which npm it is; started without npm, the one on the path is taken.
  const cli = process.env.npm_execpath;
  const viaNpm = cli !== undefined && /npm-cli\.[cm]?js$/.test(cli);
  const command = viaNpm ? process.execPath : process.platform === 'win32' ? 'npm.cmd' : 'npm';
  // Standard output is kept for what was asked for (a broker's log, a test run's closing line).
  const stdio = ['ignore', 2, 2];
  const done = spawnSync(command, viaNpm ? [cli, ...args] : args, {
    cwd: root,
    stdio,
    shell: !viaNpm && command !== 'npm',
  });
  if (done.error !== undefined) throw done.error;
  if (done.status !== 0) stop(`npm ci failed (exit code ${done.status ?? done.signal}); its output above says why.`);
}

/** Builds `dist/` when it is missing or was made from other sources. */
export async function ensureBuilt() {
  const stamp = join(root, 'dist', '.sources');
  const wanted = hashOfSources();
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  const { build } = await import('./build.mjs');
  await build();
  writeFileSync(stamp, wanted);
}

function requireNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major < 20 || (major === 20 && minor < 19)) stop(`Samsa needs Node 20.19 or newer; this is ${process.version}.`);
}

/** Compares npm's record of what it installed with the lock file, package by package. */
function isInstalled() {
  const record = join(root, 'node_modules', '.package-lock.json');
  if (!existsSync(record)) return false;
  const installed = JSON.parse(readFileSync(record, 'utf8')).packages;
  const wanted = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')).packages;
  return Object.entries(wanted).every(([path, { version, integrity, optional, devOptional }]) => {
    if (path === '') return true;
    const found = installed[path];
    if (found === undefined) return optional === true || devOptional === true; // another platform's binary
    return found.version === version && found.integrity === integrity;
  });
}

function hashOfSources() {
  const hash = createHash('sha256');
  for (const source of sources) addToHash(hash, source);
  return hash.digest('hex');
}

function addToHash(hash, path) {
  const full = join(root, path);
  if (!existsSync(full)) return;
  const entries = /\.[a-z]+$/.test(path) ? null : readdirSync(full, { withFileTypes: true });
  if (entries === null) {
    hash.update(`${path}\0`).update(readFileSync(full));
    return;
  }
  for (const { name } of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) addToHash(hash, `${path}/${name}`);
}

function stop(sentence) {
  console.error(`samsa: ${sentence}`);
  process.exit(1);
}
