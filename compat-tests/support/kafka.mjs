/** Apache Kafka 4.3.1 as published, one combined KRaft node, as its own process. */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { answersApiVersions, freePort } from './broker.mjs';
import { javaClassPath, run } from './tools.mjs';

const startLimitMs = 60_000;
const stopLimitMs = 60_000;

/**
 * Formats a directory in the folder `under` and starts a broker on it, or on `logDirs`, which are formatted when they are
 * empty and kept when it stops.
 * @param java options of the JVM
 * @param listeners more of them, each with a name, a port and a security protocol
 * @param settings more lines of server.properties, which win
 * @param log where its output goes, as `spawn` takes it; with `pipe` the broker's `output()` has it
 */
export async function startKafka({
  port,
  under = tmpdir(),
  logDirs,
  java = ['-Xmx1g'],
  listeners = [],
  settings = [],
  log = 'ignore',
} = {}) {
  port ??= await freePort();
  const controllerPort = await freePort();
  const data = mkdtempSync(join(under, 'apache-kafka-'));
  const dirs = logDirs ?? [join(data, 'logs')];
  const properties = join(data, 'server.properties');
  const all = [
    { name: 'PLAINTEXT', port, protocol: 'PLAINTEXT' },
    { name: 'CONTROLLER', port: controllerPort, protocol: 'PLAINTEXT' },
    ...listeners,
  ];
  const addresses = all.map((each) => `${each.name}://127.0.0.1:${each.port}`).join(',');
  const lines = [
    'process.roles=broker,controller',
    'node.id=1',
    `controller.quorum.bootstrap.servers=127.0.0.1:${controllerPort}`,
    `listeners=${addresses}`,
    `advertised.listeners=${addresses}`,
    'controller.listener.names=CONTROLLER',
    `listener.security.protocol.map=${all.map(({ name, protocol }) => `${name}:${protocol}`).join(',')}`,
    `log.dirs=${dirs.join(',')}`,
    'log.retention.ms=-1',
    'offsets.topic.replication.factor=1',
    'transaction.state.log.replication.factor=1',
    'transaction.state.log.min.isr=1',
    'share.coordinator.state.topic.replication.factor=1',
    'share.coordinator.state.topic.min.isr=1',
    'group.initial.rebalance.delay.ms=0',
    ...settings,
  ];
  writeFileSync(properties, `${lines.join('\n')}\n`);
  const classPath = javaClassPath();
  for (const directory of dirs) mkdirSync(directory, { recursive: true });
  if (!existsSync(join(dirs[0], 'meta.properties'))) {
    // An id may begin with '-'.
    const clusterId = `--cluster-id=${randomBytes(16).toString('base64url')}`;
    const format = ['format', '--standalone', clusterId, '-c', properties];
    run('java', ['-cp', classPath, 'kafka.tools.StorageTool', ...format]);
  }

  const startedAt = performance.now();
  const child = spawn('java', [...java, '-cp', classPath, 'kafka.Kafka', properties], { stdio: ['ignore', log, log] });
  const output = [];
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => output.push(chunk));
  const exited = new Promise((resolve) => child.once('exit', resolve));
  while (!(await answersApiVersions(port))) {
    if (child.exitCode !== null) {
      throw new Error(`Apache Kafka stopped with exit code ${child.exitCode}\n${Buffer.concat(output)}`);
    }
    if (performance.now() - startedAt > startLimitMs) {
      child.kill('SIGKILL');
      throw new Error(`Apache Kafka did not answer within ${startLimitMs} ms`);
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return {
    address: `127.0.0.1:${port}`,
    /** Of the controller's listener. */
    controllerAddress: `127.0.0.1:${controllerPort}`,
    home: { data, port },
    pid: child.pid,
    readyMs: performance.now() - startedAt,
    exited,
    output: () => Buffer.concat(output).toString(),
    /** kill −9. */
    async kill() {
      child.kill('SIGKILL');
      await exited;
      rmSync(data, { recursive: true, force: true });
    },
    async stop() {
      child.kill('SIGTERM');
      const late = setTimeout(() => child.kill('SIGKILL'), stopLimitMs);
      await exited;
      clearTimeout(late);
      rmSync(data, { recursive: true, force: true });
    },
  };
}
