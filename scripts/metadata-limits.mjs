/** `npm run test:metadata-limits`: the metadata of 100,000 partitions against what is promised of it. */
import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { ensureInstalled, root } from './bootstrap.mjs';

ensureInstalled();
const { build } = await import('esbuild');
const directory = join(root, '.cache', 'limits');
const outfile = join(directory, 'metadata-limits.mjs');
mkdirSync(directory, { recursive: true });
await build({
  entryPoints: [join(root, 'test/metadata/limits.ts')],
  outfile,
  bundle: true,
  platform: 'node',
  format: 'esm',
  packages: 'external',
  logLevel: 'error',
});
const { status } = spawnSync(process.execPath, ['--expose-gc', outfile], { cwd: root, stdio: 'inherit' });
process.exitCode = status ?? 1;
