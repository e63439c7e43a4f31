/** A worker of Kafka Connect in distributed mode as its own process, and its REST interface. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from './broker.mjs';
import { restOf } from './rest.mjs';
import { folder, javaClassPath } from './tools.mjs';

const startLimitMs = 90_000;
const stopLimitMs = 30_000;
/** A small, quick JVM: several of them share the machine with the broker. */
export const smallJvm = ['-Xmx256m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-XX:-UsePerfData'];
export const log4j = `-Dlog4j2.configurationFile=${folder('support', 'log4j2.properties')}`;

/**
 * Starts a worker and answers when its REST interface does, which is not yet when it is in the group.
 * @param home what an earlier worker answered: the same port again
 * @param settings lines of the worker's properties
 */
export async function startConnectWorker({ address, groupId, home, settings = [] }) {
  const port = home?.port ?? (await freePort());
  const own = mkdtempSync(join(tmpdir(), 'connect-worker-'));
  const properties = join(own, 'connect-distributed.properties');
  const lines = [
    `bootstrap.servers=${address}`,
    `group.id=${groupId}`,
    `listeners=http://127.0.0.1:${port}`,
    'rest.advertised.host.name=127.0.0.1',
    'plugin.discovery=service_load',
    ...['config', 'offset', 'status'].map((what) => `${what}.storage.topic=${groupId}-${what}`),
    ...['config', 'offset', 'status'].map((what) => `${what}.storage.replication.factor=1`),
    ...settings,
  ];
  writeFileSync(properties, `${lines.join('\n')}\n`);
  const main = 'org.apache.kafka.connect.cli.ConnectDistributed';
  const child = spawn('java', [...smallJvm, log4j, '-cp', javaClassPath(), main, properties], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => output.push(chunk));
  const log = () => Buffer.concat(output).toString();
  const exited = new Promise((resolve) => child.once('exit', (code, signal) => resolve(signal ?? code)));
  const end = async (signal) => {
    child.kill(signal);
    const late = setTimeout(() => child.kill('SIGKILL'), stopLimitMs);
    const how = await exited;
    clearTimeout(late);
    rmSync(own, { recursive: true, force: true });
    return how;
  };

  const rest = restOf(`http://127.0.0.1:${port}`);
  const endAt = Date.now() + startLimitMs;
  for (;;) {
    const answer = await rest('GET', '/').catch(() => undefined);
    if (answer !== undefined) break;
    if (child.exitCode !== null || Date.now() > endAt) {
      const how = await end('SIGKILL');
      throw new Error(`the Connect worker did not answer (${how}):\n${log().slice(-8000)}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return {
    /** The name by which tasks say where they run. */
    id: `127.0.0.1:${port}`,
    home: { port },
    pid: child.pid,
    rest,
    log,
    kill: () => end('SIGKILL'),
    /** SIGTERM; answers the exit code, or the signal that ended it. */
    stop: () => end('SIGTERM'),
  };
}
