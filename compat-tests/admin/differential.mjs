/**
 * The same generated calls of the Java Admin client to Samsa and to Apache Kafka 4.3.1, each with its authorizer, results
 * and errors compared: `npm run test:admin`. The environment's SEED and CALLS say which calls and how many. What differs
 * on purpose is in known-differences.mjs.
 */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { ensureBuilt, ensureInstalled } from '../../scripts/bootstrap.mjs';
import { startSamsa } from '../support/broker.mjs';
import { startKafka } from '../support/kafka.mjs';
import { adminClassPath } from '../support/tools.mjs';
import { knownDifferences } from './known-differences.mjs';

const { SEED = '1', CALLS = '400' } = process.env;
const settings = [
  'authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer',
  'super.users=User:ANONYMOUS',
];

ensureInstalled();
await ensureBuilt();
const classPath = adminClassPath();
const kafka = await startKafka({ java: ['-Xmx512m'], settings });
const samsa = await startSamsa({ settings });
const counts = { same: 0, known: 0, unknown: 0 };
try {
  const args = ['-cp', classPath, 'AdminCalls', samsa.address, kafka.address, SEED, CALLS];
  const child = spawn('java', ['-Xmx256m', ...args], { stdio: ['ignore', 'ignore', 'pipe'] });
  const ended = new Promise((resolve) => child.once('close', resolve));
  for await (const line of createInterface({ input: child.stderr })) compare(line);
  const code = await ended;
  console.log(`${code === 0 ? 'ok' : 'not ok'} seed ${SEED}: the calls were made to their end`);
} finally {
  await kafka.stop();
  await samsa.stop();
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
