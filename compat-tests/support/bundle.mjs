/** Parts of Samsa that are not behind the package's door, bundled for a test that calls them. */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { root } from '../../scripts/bootstrap.mjs';
import { cache } from './tools.mjs';

/** Imports a TypeScript module with all of ours that it imports. */
export async function importBundled(entry, name) {
  const { build } = await import('esbuild');
  const outfile = join(cache, `${name}.mjs`);
  await build({
    absWorkingDir: root,
    entryPoints: [entry],
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    packages: 'external',
    logLevel: 'warning',
  });
  return import(pathToFileURL(outfile).href);
}
