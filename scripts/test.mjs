/**
 * `npm test`: installs, builds, runs vitest, and closes with `N passed, N failed` whatever happened, a run that died
 * included. Arguments go to vitest: `npm test -- test/log`.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureBuilt, ensureInstalled, root } from './bootstrap.mjs';

ensureInstalled();
await ensureBuilt();

const folder = mkdtempSync(join(tmpdir(), 'samsa-test-'));
const countsFile = join(folder, 'counts.json');
const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
const reporters = ['--reporter=default', `--reporter=${join(root, 'scripts', 'counts-reporter.mjs')}`];
const run = spawnSync(process.execPath, [vitest, 'run', ...reporters, ...process.argv.slice(2)], {
  cwd: root,
  stdio: ['ignore', 'inherit', 'inherit'],
  env: { ...process.env, SAMSA_TEST_COUNTS: countsFile },
});
const counts = readCounts();
rmSync(folder, { recursive: true, force: true });

// A run that failed without a failed test (it crashed, it found no test) must not read as a success.
const failed = run.status !== 0 && counts.failed === 0 ? 1 : counts.failed;
process.exitCode = failed === 0 && counts.passed > 0 ? 0 : 1;
console.log(`${counts.passed} passed, ${failed} failed`);

function readCounts() {
  try {
    return JSON.parse(readFileSync(countsFile, 'utf8'));
  } catch {
    return { passed: 0, failed: 1 };
  }
}
