/** The broker's sources as one module that plain Node imports; the worker threads' code comes from `dist/`. */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ensureBuilt, ensureInstalled, root } from '../../scripts/bootstrap.mjs';

/** @returns the file, for a worker, and what it exports */
export async function internals() {
  ensureInstalled();
  await ensureBuilt();
  const { build } = await import('esbuild');
  const file = join(root, '.cache', 'bench', 'internals.mjs');
  await build({
    absWorkingDir: root,
    entryPoints: [join(import.meta.dirname, 'internals.ts')],
    outfile: file,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    packages: 'external',
    logLevel: 'warning',
  });
  return { file, ...(await import(pathToFileURL(file).href)) };
}

export function median(numbers) {
  return [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)];
}
