/** Results on disk: one JSON file, a scenario's newest result in place of the one before. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, totalmem } from 'node:os';

export function readResults(file) {
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {};
}

/** @param append keeps the runs that are there and puts these behind them: so that five pairs may be run one by one */
export function addResult(file, name, result, append = false) {
  const results = readResults(file);
  const brokers = append ? joined(results[name]?.brokers ?? {}, result.brokers) : result.brokers;
  const measured = { at: new Date().toISOString(), machine: machine() };
  results[name] = { title: result.title, brokers, measured };
  writeFileSync(file, `${JSON.stringify(results, null, 2)}\n`);
}

function joined(before, after) {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return Object.fromEntries(names.map((name) => [name, [...(before[name] ?? []), ...(after[name] ?? [])]]));
}

function machine() {
  const memoryGb = Math.round(totalmem() / 1e9);
  return `${availableParallelism()} cores (${cpus()[0]?.model ?? 'unknown'}), ${memoryGb} GB, Node ${process.version}, ${process.platform}`;
}
