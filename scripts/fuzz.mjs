/** `npm run fuzz`: each fuzz test for FUZZ_SECONDS (60) from a seed of the clock; FUZZ_SEED=… repeats one. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { ensureInstalled, root } from './bootstrap.mjs';

ensureInstalled();
const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
const env = { ...process.env, FUZZ_SECONDS: process.env.FUZZ_SECONDS ?? '60' };
const { status } = spawnSync(process.execPath, [vitest, 'run', 'test/fuzz'], { cwd: root, stdio: 'inherit', env });
process.exitCode = status ?? 1;
