/** `npm run test:raft`: the quorum's simulation over SEEDS (100,000) seeds; SEED=… repeats one. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { ensureInstalled, root } from './bootstrap.mjs';

ensureInstalled();
const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
const env = { ...process.env, SEEDS: process.env.SEEDS ?? '100000' };
const { status } = spawnSync(process.execPath, [vitest, 'run', 'test/raft/simulation'], {
  cwd: root,
  stdio: 'inherit',
  env,
});
process.exitCode = status ?? 1;
