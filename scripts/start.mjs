/** `npm start`: a broker on localhost:9092 with its data under ./data. `npm start -- --set key=value` passes options on. */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ensureBuilt, ensureInstalled, root } from './bootstrap.mjs';

ensureInstalled();
await ensureBuilt();
const main = join(root, 'dist', 'cli', 'main.js');
// In this process, so that signals and the exit code are the broker's own.
process.argv.splice(1, 1, main, 'start');
await import(pathToFileURL(main).href);
