/** The brokers that are compared, each its own process with its data in a folder of the same kind. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { freePort, startSamsa } from '../../compat-tests/support/broker.mjs';
import { startKafka } from '../../compat-tests/support/kafka.mjs';
import { Topics } from './topics.mjs';

/** What is deleted must be gone from memory before the next run. */
const settings = [
  'log.segment.delete.delay.ms=0',
  'log.retention.check.interval.ms=1000',
  'log.initial.task.delay.ms=1000',
  'auto.create.topics.enable=false',
];
const kafkaHeap = ['-Xms1G', '-Xmx1G'];
/** `limit` answers nothing but Produce, so its topics are anything. */
const noTopics = {
  create: async () => ({ topicId: 'AAAAAAAAAAAAAAAAAAAAAQ', endOffsets: async () => null, delete: async () => {} }),
  close: () => {},
};

/** Those that run, for a bench that is told to end. */
const running = new Set();

/** Kills the brokers that run and takes their data away. */
export function killBrokers() {
  for (const { pid, data } of running) {
    process.kill(pid, 'SIGKILL');
    rmSync(data, { recursive: true, force: true });
  }
}

/**
 * Starts one. It answers `{ name, pid, address, readyMs, topics, stop }`.
 * @param folder data goes into a new folder in it
 * @param profile a folder for the CPU profile that Samsa's process leaves when it stops
 */
export async function startBroker(name, where) {
  const broker = name === 'limit' ? await startLimit(where) : await startWithTopics(name, where);
  const entry = { pid: broker.pid, data: broker.home.data };
  running.add(entry);
  return {
    ...broker,
    async stop() {
      running.delete(entry);
      await broker.stop();
    },
  };
}

async function startWithTopics(name, { folder, profile }) {
  const nodeArgs = profileArgs(profile);
  const broker =
    name === 'samsa'
      ? await startSamsa({ under: folder, settings, nodeArgs })
      : await startKafka({ under: folder, settings, java: kafkaHeap });
  const topics = await Topics.connect(broker.address);
  return {
    ...broker,
    name,
    topics,
    async stop() {
      topics.close();
      await broker.stop();
    },
  };
}

async function startLimit({ folder, profile }) {
  const data = mkdtempSync(join(folder, 'limit-'));
  const port = await freePort();
  const program = join(import.meta.dirname, '..', 'limit.mjs');
  const child = spawn(process.execPath, [...profileArgs(profile), program, `${port}`, data], {
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const exited = new Promise((resolve) => child.once('exit', resolve));
  const startedAt = performance.now();
  while (!(await accepts(port))) {
    if (child.exitCode !== null) throw new Error(`limit ended with exit code ${child.exitCode}`);
  }
  return {
    name: 'limit',
    home: { data },
    pid: child.pid,
    address: `127.0.0.1:${port}`,
    readyMs: performance.now() - startedAt,
    topics: noTopics,
    async stop() {
      child.kill('SIGTERM');
      await exited;
      rmSync(data, { recursive: true, force: true });
    },
  };
}

function profileArgs(profile) {
  return profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profile}`];
}

function accepts(port) {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' }, () => resolve(true));
    socket.on('connect', () => socket.destroy()).on('error', () => resolve(false));
  });
}
