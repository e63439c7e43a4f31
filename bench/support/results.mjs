/** Results on disk: one JSON file, a scenario's newest result in place of the one before. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, totalmem } from 'node:os';

export function readResults(file) {
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {};
}

export function addResult(file, name, result) {
  const results = readResults(file);
  results[name] = { ...result, measured: { at: new Date().toISOString(), machine: machine() } };
  writeFileSync(file, `${JSON.stringify(results, null, 2)}\n`);
}

function machine() {
  const memoryGb = Math.round(totalmem() / 1e9);
  return `${availableParallelism()} cores (${cpus()[0]?.model ?? 'unknown'}), ${memoryGb} GB, Node ${process.version}, ${process.platform}`;
}
