/**
 * The same generated calls of the Java Admin client to Samsa and to Apache Kafka 4.3.1, each with its authorizer, results
 * and errors compared: `npm run test:admin`. The environment's SEED and CALLS say which calls and how many. What differs
 * on purpose is in known-differences.mjs.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { ensureBuilt, ensureInstalled } from '../../scripts/bootstrap.mjs';
import { freePort, startSamsa } from '../support/broker.mjs';
import { startKafka } from '../support/kafka.mjs';
import { adminClassPath, folder } from '../support/tools.mjs';
import { knownDifferences } from './known-differences.mjs';

const { SEED = '1', CALLS = '400' } = process.env;
/** What both are set up with, so that their configs can be compared. */
const settings = [
  'node.id=1',
  'process.roles=broker,controller',
  'controller.listener.names=CONTROLLER',
  'listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT',
  'authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer',
  'super.users=User:ANONYMOUS',
  'offsets.topic.replication.factor=1',
  'transaction.state.log.replication.factor=1',
  'transaction.state.log.min.isr=1',
  'share.coordinator.state.topic.replication.factor=1',
  'share.coordinator.state.topic.min.isr=1',
  'group.initial.rebalance.delay.ms=0',
];
const levels = ['-Xmx512m', `-Dlog4j2.configurationFile=${folder('support', 'log4j2.properties')}`];

ensureInstalled();
await ensureBuilt();
const classPath = adminClassPath();
const directories = mkdtempSync(join(tmpdir(), 'admin-calls-'));
const dirs = (broker) => ['first', 'second'].map((name) => join(directories, broker, name));
const [port, controllerPort] = [await freePort(), await freePort()];
const kafka = await startKafka({ java: levels, settings, logDirs: dirs('kafka') });
const listeners = `PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}`;
const samsa = await startSamsa({
  home: { data: join(directories, 'samsa'), port },
  settings: [...settings, `listeners=${listeners}`, `advertised.listeners=${listeners}`, `log.dirs=${dirs('samsa')}`],
});
const counts = { same: 0, known: 0, unknown: 0 };
try {
  const both = [`${samsa.address},127.0.0.1:${controllerPort}`, `${kafka.address},${kafka.controllerAddress}`];
  const args = ['-cp', classPath, 'AdminCalls', ...both, SEED, CALLS];
  const child = spawn('java', ['-Xmx256m', ...args], { stdio: ['ignore', 'ignore', 'pipe'] });
  const ended = new Promise((resolve) => child.once('close', resolve));
  for await (const line of createInterface({ input: child.stderr })) compare(line);
  const code = await ended;
  console.log(`${code === 0 ? 'ok' : 'not ok'} seed ${SEED}: the calls were made to their end`);
} finally {
  await kafka.stop();
  await samsa.stop();
  rmSync(directories, { recursive: true, force: true });
}
const { same, known, unknown } = counts;
console.log(
  `${unknown === 0 && same > 0 ? 'ok' : 'not ok'} seed ${SEED}: ${same} calls answered the same, ${known} otherwise as known, ${unknown} otherwise`,
);
process.exitCode = unknown === 0 && same > 0 ? 0 : 1;

function compare(line) {
  if (line.startsWith('same ')) {
    counts.same += 1;
    return;
  }
  if (!line.startsWith('differs ')) {
    console.log(`# ${line}`);
    return;
  }
  const [what, ours, theirs] = line.replace(/^differs /, '').split('\t');
  const difference = knownDifferences.find((each) => each.isIt(what, ours, theirs));
  if (difference === undefined) {
    counts.unknown += 1;
    console.log(`# ${what}\n#   samsa ${ours}\n#   kafka ${theirs}`);
  } else counts.known += 1;
}
