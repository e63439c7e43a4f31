/** MirrorMaker 2 as its own process, in dedicated mode: one that replicates between two clusters, both ways. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { log4j, smallJvm } from '../support/connect.mjs';
import { javaClassPath } from '../support/tools.mjs';

const stopLimitMs = 60_000;

/** @param clusters alias to address, two of them, @param settings more lines of mm2.properties */
export function startMirrorMaker(clusters, settings) {
  const folder = mkdtempSync(join(tmpdir(), 'mirror-maker-'));
  const properties = join(folder, 'mm2.properties');
  const aliases = Object.keys(clusters);
  const [one, other] = aliases;
  const lines = [
    `clusters=${aliases.join(',')}`,
    ...aliases.map((alias) => `${alias}.bootstrap.servers=${clusters[alias]}`),
    ...aliases.map((alias) => `${alias}.offset.flush.interval.ms=500`),
    `${one}->${other}.enabled=true`,
    `${other}->${one}.enabled=true`,
    'replication.factor=1',
    ...['offset-syncs', 'checkpoints', 'heartbeats'].map((what) => `${what}.topic.replication.factor=1`),
    ...['config', 'offset', 'status'].map((what) => `${what}.storage.replication.factor=1`),
    'plugin.discovery=service_load',
    ...settings,
  ];
  writeFileSync(properties, `${lines.join('\n')}\n`);
  const main = 'org.apache.kafka.connect.mirror.MirrorMaker';
  const child = spawn('java', [...smallJvm, log4j, '-cp', javaClassPath(), main, properties], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => output.push(chunk));
  const exited = new Promise((resolve) => child.once('exit', (code, signal) => resolve(signal ?? code)));
  const end = async (signal) => {
    child.kill(signal);
    const late = setTimeout(() => child.kill('SIGKILL'), stopLimitMs);
    const how = await exited;
    clearTimeout(late);
    rmSync(folder, { recursive: true, force: true });
    return how;
  };
  return { log: () => Buffer.concat(output).toString(), kill: () => end('SIGKILL'), stop: () => end('SIGTERM') };
}
