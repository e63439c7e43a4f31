/** The Java programs of this folder: filling a broker, and saying what clients see of its data. */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { dataDirectoryClassPath } from '../support/tools.mjs';

const limitMs = 150_000;

/** Fills an empty broker, or adds to what a first fill made, without the named parts. */
export function fill(address, seed, { more = false, without = [] } = {}) {
  return java('Fill', [more ? 'more' : 'first', address, String(seed), ...without]);
}

/** What clients see of the broker's data. */
export async function dump(address) {
  const home = mkdtempSync(join(tmpdir(), 'dump-'));
  try {
    const file = join(home, 'dump.json');
    await java('Dump', [address, file]);
    return JSON.parse(readFileSync(file, 'utf8'));
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}

/**
 * Runs a class of Apache Kafka's or of this folder's; answers its output and errors. Not synchronously: who started a
 * broker must read its output meanwhile.
 */
export function java(mainClass, args) {
  const options = ['-Xmx384m', '-XX:TieredStopAtLevel=1', '-cp', dataDirectoryClassPath(), mainClass, ...args];
  return new Promise((resolve, reject) => {
    const child = spawn('java', options, { stdio: ['ignore', 'pipe', 'pipe'] });
    const late = setTimeout(() => child.kill('SIGKILL'), limitMs);
    let [out, errors] = ['', ''];
    child.stdout.on('data', (chunk) => {
      out += chunk;
    });
    child.stderr.on('data', (chunk) => {
      errors += chunk;
    });
    child.on('error', reject);
    child.on('close', (code, signal) => {
      clearTimeout(late);
      if (code === 0) resolve({ out, errors });
      else
        reject(new Error(`${mainClass} ended with ${signal ?? `exit code ${code}`}\n${out}\n${errors}`.slice(0, 8000)));
    });
  });
}
