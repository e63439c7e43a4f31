/**
 * Makes `dist/`: the command and the two importable entries as ES modules that share chunks, so that the broker loads
 * few files, and the worker threads' code as one file, so that it does not cut those chunks; packages stay outside and
 * are loaded from node_modules. The importable entries are there as CommonJS too, one file each. With `--types`, the
 * declarations of both.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ensureInstalled, root } from './bootstrap.mjs';

const entries = {
  'cli/main': 'src/cli/main.ts',
  index: 'src/index.ts',
  'protocol/index': 'protocol/index.ts',
};

const settings = {
  absWorkingDir: root,
  outdir: 'dist',
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  packages: 'external',
  sourcemap: 'linked',
  sourcesContent: false,
  legalComments: 'none',
  logLevel: 'warning',
};

export async function build() {
  const esbuild = await import('esbuild');
  rmSync(join(root, 'dist'), { recursive: true, force: true });
  await Promise.all([
    esbuild.build({
      ...settings,
      entryPoints: Object.fromEntries(Object.entries(entries).filter(([, path]) => existsSync(join(root, path)))),
      chunkNames: 'chunks/[name]-[hash]',
      splitting: true,
    }),
    esbuild.build({ ...settings, entryPoints: { 'samsa-worker': 'src/worker.ts' } }),
    esbuild.build({
      ...settings,
      entryPoints: { index: entries.index, 'protocol/index': entries['protocol/index'] },
      format: 'cjs',
      outExtension: { '.js': '.cjs' },
      define: { 'import.meta.url': 'moduleUrl' },
      banner: { js: "const moduleUrl = require('node:url').pathToFileURL(__filename).href;" },
    }),
  ]);
  // Its process would stay as long as the broker that `npm start` goes on to run.
  await esbuild.stop();
}

function buildTypes() {
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  const done = spawnSync(process.execPath, [tsc, '-p', 'tsconfig.types.json'], { cwd: root, stdio: 'inherit' });
  if (done.status !== 0) process.exit(1);
  // TypeScript takes a declaration for what the nearest package.json says of its directory.
  const forRequire = join(root, 'dist', 'types-cjs');
  cpSync(join(root, 'dist', 'types'), forRequire, { recursive: true });
  writeFileSync(join(forRequire, 'package.json'), '{ "type": "commonjs" }\n');
}

if (process.argv[1] === import.meta.filename) {
  ensureInstalled();
  await build();
  if (process.argv.includes('--types')) buildTypes();
}
