import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/**
 * A file that the build put into the package: the same one from the sources, from `dist/`, and from a bundle beside whose
 * `node_modules` the package is installed. `undefined` where it is not.
 */
export function packageFile(path: string): string | undefined {
  try {
    const file = join(dirname(createRequire(import.meta.url).resolve('samsa/package.json')), path);
    return existsSync(file) ? file : undefined;
  } catch {
    return undefined;
  }
}
