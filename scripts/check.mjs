/** `npm run check`: all that is not a test. Every check runs, also after one failed, so that one run shows everything. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { ensureInstalled, root } from './bootstrap.mjs';

const checks = {
  'format and lint': ['@biomejs/biome/bin/biome', 'check', '--error-on-warnings'],
  types: ['typescript/bin/tsc'],
  'layers and cycles': ['vitest/vitest.mjs', 'run', '--reporter=dot', 'test/layering.test.ts'],
  'dead code': ['knip/bin/knip.js'],
};

ensureInstalled();
const failed = Object.entries(checks).filter(([name, [bin, ...args]]) => {
  console.log(`\n--- ${name}`);
  const done = spawnSync(process.execPath, [join(root, 'node_modules', bin), ...args], { cwd: root, stdio: 'inherit' });
  return done.status !== 0;
});
const names = failed.map(([name]) => name).join(', ');
console.log(failed.length === 0 ? '\ncheck: all well' : `\ncheck: failed: ${names}`);
process.exitCode = failed.length === 0 ? 0 : 1;
