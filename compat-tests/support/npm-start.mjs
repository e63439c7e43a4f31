/** `npm start` as a user runs it, on a free port with temporary data. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from '../../scripts/bootstrap.mjs';
import { answersApiVersions, freePort } from './broker.mjs';
import { until } from './scenarios.mjs';

/** The broker answers, and stops when npm alone is told to. */
export async function startAndStopByNpm() {
  const data = mkdtempSync(join(tmpdir(), 'samsa-start-'));
  const port = await freePort();
  const http = `http://127.0.0.1:${await freePort()}`;
  const settings = [`listeners=PLAINTEXT://127.0.0.1:${port}`, `http.listeners=${http}`, `log.dirs=${data}`].flatMap(
    (setting) => ['--set', setting],
  );
  // In a process group of its own, so that nothing is left when this fails.
  const npm = spawn('npm', ['start', '--', ...settings], { cwd: root, stdio: 'ignore', detached: true });
  try {
    await until('the broker to answer', () => answersApiVersions(port));
    await until('HTTP to answer', () => isReady(http));
    process.kill(npm.pid, 'SIGTERM');
    await until('the broker to stop', async () => !(await answersApiVersions(port)), 10_000);
  } finally {
    killGroup(npm.pid);
    rmSync(data, { recursive: true, force: true });
  }
}

async function isReady(http) {
  try {
    return (await fetch(`${http}/ready`)).ok;
  } catch {
    return false;
  }
}

function killGroup(leader) {
  try {
    process.kill(-leader, 'SIGKILL');
  } catch (error) {
    if (error.code !== 'ESRCH') throw error;
  }
}
