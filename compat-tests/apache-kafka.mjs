/**
 * Apache Kafka 4.3.1 as published, one combined KRaft node, to prove the suites right:
 * `node compat-tests/apache-kafka.mjs 19092`, then `npm run test:compat -- --against 127.0.0.1:19092`.
 * Its data is temporary; Ctrl+C ends it.
 */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { javaClassPath, run } from './support/tools.mjs';

const port = Number(process.argv[2] ?? 19092);
const data = mkdtempSync(join(tmpdir(), 'apache-kafka-'));
const properties = join(data, 'server.properties');
const settings = {
  'process.roles': 'broker,controller',
  'node.id': '1',
  'controller.quorum.voters': `1@127.0.0.1:${port + 1}`,
  listeners: `PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${port + 1}`,
  'advertised.listeners': `PLAINTEXT://127.0.0.1:${port}`,
  'controller.listener.names': 'CONTROLLER',
  'listener.security.protocol.map': 'CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT',
  'log.dirs': join(data, 'logs'),
  'log.retention.ms': '-1',
  'offsets.topic.replication.factor': '1',
  'transaction.state.log.replication.factor': '1',
  'transaction.state.log.min.isr': '1',
  'group.initial.rebalance.delay.ms': '0',
};
const lines = Object.entries(settings).map(([key, value]) => `${key}=${value}`);
writeFileSync(properties, `${lines.join('\n')}\n`);

const classPath = javaClassPath();
run('java', [
  '-cp',
  classPath,
  'kafka.tools.StorageTool',
  'format',
  '-t',
  randomBytes(16).toString('base64url'),
  '-c',
  properties,
]);
const broker = spawn('java', ['-Xmx1g', '-cp', classPath, 'kafka.Kafka', properties], { stdio: 'inherit' });
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => broker.kill('SIGTERM'));
broker.on('exit', (code) => {
  rmSync(data, { recursive: true, force: true });
  process.exitCode = code ?? 1;
});
