/**
 * `npm start`: a broker on localhost:9092, HTTP on localhost:8082, data under ./data. `npm start -- --set key=value`
 * passes options on.
 */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ensureBuilt, ensureInstalled, root } from './bootstrap.mjs';

/** How often a broker that npm started looks whether npm's shell is still there. */
const parentCheckMs = 250;

if (process.env.npm_lifecycle_event === 'start') stopWithParent(process.ppid);
ensureInstalled();
await ensureBuilt();
const main = join(root, 'dist', 'cli', 'main.js');
// In this process, so that signals and the exit code are the broker's own.
process.argv.splice(1, 1, main, 'start', '--default', 'http.listeners=http://localhost:8082');
await import(pathToFileURL(main).href);

/**
 * npm passes a SIGTERM on to the shell that it runs scripts with, and a shell that forked does not pass it further: the
 * broker would outlive npm and keep its port.
 */
function stopWithParent(parent) {
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    process.kill(process.pid, 'SIGTERM');
  }, parentCheckMs);
  timer.unref();
}
