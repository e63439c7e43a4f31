/** A Samsa broker as its own process, on a free port, with its data in a temporary folder. */
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from '../../scripts/bootstrap.mjs';

const limitMs = 15_000;

/**
 * Starts the built broker with the given Node; answers its address, its log so far and how to stop it. `home` is what an
 * earlier one answered: the same port and data again, or only one of them. A start and a stop fail after so long.
 * @param nodeArgs options of Node itself
 * @param under where the data's temporary folder is made
 * @param settings more of them, `key=value` each
 * @param signal kills it, whether it is up or not
 */
export async function startSamsa({
  node = process.execPath,
  nodeArgs = [],
  home,
  under = tmpdir(),
  settings: more = [],
  startLimitMs = limitMs,
  stopLimitMs = limitMs,
  signal,
} = {}) {
  const data = home?.data ?? mkdtempSync(join(under, 'samsa-compat-'));
  mkdirSync(data, { recursive: true });
  const port = home?.port ?? (await freePort());
  // The suites' records have timestamps of 2023, which retention would take away in the middle of a run.
  const settings = [`listeners=PLAINTEXT://127.0.0.1:${port}`, `log.dirs=${data}`, 'log.retention.ms=-1', ...more];
  const main = join(root, 'dist', 'cli', 'main.js');
  const args = [...nodeArgs, main, 'start', ...settings.flatMap((setting) => ['--set', setting])];
  const child = spawn(node, args, { cwd: data, stdio: ['ignore', 'pipe', 'pipe'] });
  const output = [];
  child.stdout.on('data', (chunk) => output.push(chunk));
  child.stderr.on('data', (chunk) => output.push(chunk));
  const exited = new Promise((resolve) => child.once('exit', (code, signal) => resolve({ code, signal })));
  const log = () => Buffer.concat(output).toString();

  signal?.addEventListener('abort', () => child.kill('SIGKILL'));

  const startedAt = performance.now();
  while (!(await answersApiVersions(port))) {
    if (child.signalCode !== null) throw new Error(`the broker was ended by ${child.signalCode}:\n${log()}`);
    if (child.exitCode !== null) throw new Error(`the broker stopped with exit code ${child.exitCode}:\n${log()}`);
    if (performance.now() - startedAt > startLimitMs) {
      child.kill('SIGKILL');
      throw new Error(`the broker did not answer within ${startLimitMs} ms:\n${log()}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }

  return {
    address: `127.0.0.1:${port}`,
    home: { data, port },
    pid: child.pid,
    readyMs: performance.now() - startedAt,
    log,
    /** kill −9. */
    async kill() {
      child.kill('SIGKILL');
      await exited;
    },
    /** Stops it with SIGTERM; an unclean end is an error. */
    async stop({ keepData = false } = {}) {
      const alive = child.exitCode === null && child.signalCode === null;
      child.kill('SIGTERM');
      const late = setTimeout(() => child.kill('SIGKILL'), stopLimitMs);
      const { code, signal } = await exited;
      clearTimeout(late);
      if (!keepData) rmSync(data, { recursive: true, force: true });
      if (!alive) throw new Error(`the broker died during the suite (${signal ?? `exit code ${code}`}):\n${log()}`);
      if (code !== 0) throw new Error(`the broker stopped with ${signal ?? `exit code ${code}`}:\n${log()}`);
    },
  };
}

/** A port of the loopback interface that nothing listens on. */
export async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Sends ApiVersions version 0 and waits for any answer. */
export function answersApiVersions(port, host = '127.0.0.1') {
  // size 10, API key 18, version 0, correlation id 1, client id null
  const request = Buffer.from('0000000a0012000000000001ffff', 'hex');
  return new Promise((resolve) => {
    const socket = connect({ port, host }, () => socket.write(request));
    const end = (answer) => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(2_000, () => end(false));
    socket
      .on('data', () => end(true))
      .on('error', () => end(false))
      .on('close', () => end(false));
  });
}
