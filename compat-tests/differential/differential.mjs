/**
 * The same raw requests to Samsa and to Apache Kafka, and the answers compared: every error code, offset, flag and
 * config, apart from what must differ (ids, ports, times) and the words of messages.
 * `npm run test:differential` starts both, each with its controller's listener and its authorizer.
 *
 *   PART               one file's requests alone: admin, controller, security or quorum
 *   PART SAMSA KAFKA   at brokers that run already, each address HOST:PORT and behind a comma the controller's; without a
 *                      PART, which may be '', both must be empty
 */
import { isDeepStrictEqual } from 'node:util';
import { ensureBuilt, ensureInstalled } from '../../scripts/bootstrap.mjs';
import { freePort, startSamsa } from '../support/broker.mjs';
import { startKafka } from '../support/kafka.mjs';
import { Raw } from '../support/raw.mjs';
import { knownDifferences } from './known-differences.mjs';
import { script } from './script.mjs';

const [part = '', ours, theirs] = process.argv.slice(2);
if (ours !== undefined && theirs === undefined) throw new Error('differential.mjs [PART [SAMSA KAFKA]]');

/** Members whose values are each broker's own. */
const OWN = new Set([
  ...['topicId', 'clusterId', 'producerId', 'sessionId', 'host', 'port', 'throttleTimeMs', 'errorMessage', 'message'],
  ...[
    'batchIndexErrorMessage',
    'memberId',
    'leader',
    'logAppendTimeMs',
    'clientHost',
    'documentation',
    'logDir',
    'totalBytes',
    'usableBytes',
    'finalizedFeaturesEpoch',
    ...['replicaDirectoryId', 'logEndOffset', 'lastFetchTimestamp', 'lastCaughtUpTimestamp', 'brokerEpoch'],
    ...['clientInstanceId', 'subscriptionId'],
  ],
]);

/** Arrays whose order says nothing. */
const UNORDERED = new Set([
  'brokers',
  'configs',
  'groups',
  'results',
  'partitions',
  'entries',
  'entity',
  'values',
  'credentialInfos',
  'configResources',
]);

function comparable(value, name = '') {
  if (Buffer.isBuffer(value)) return value.length;
  if (Array.isArray(value)) {
    const entries = value.map((entry) => comparable(entry));
    // Kafka answers these in the order of a hash.
    return UNORDERED.has(name) ? entries.sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)) : entries;
  }
  if (value === null || typeof value !== 'object') return typeof value === 'bigint' ? Number(value) : value;
  const kept = {};
  for (const [member, inner] of Object.entries(value)) {
    const isOwn = OWN.has(member) || (member === 'highWatermark' && 'currentVoters' in value);
    if (!isOwn) kept[member] = comparable(inner, member);
  }
  return kept;
}

async function run(address) {
  const answers = [];
  const askBy = (connect) => async (what, api, version, body) => {
    const raw = await connect();
    const answer = await raw.request(api, version, body);
    if (connect.isKept !== true) raw.close();
    if (what !== null) answers.push([`${what} (${api} v${version})`, comparable(answer)]);
    return answer;
  };
  const askAt = (where) => askBy(() => Raw.connect(where));
  const [clients, controllers] = address.split(',');
  const broker = {
    address: clients,
    ask: askAt(clients),
    /** The same on one connection, for what a broker knows of a client until it is gone. */
    async onOneConnection(work) {
      const raw = await Raw.connect(clients);
      await work({ ask: askBy(Object.assign(() => raw, { isKept: true })) });
      raw.close();
    },
    askController: controllers === undefined ? undefined : askAt(controllers),
  };
  await script(broker, part);
  return answers;
}

/** Both brokers' addresses, and how they are stopped where they were started here. */
async function bothBrokers() {
  if (theirs !== undefined) return { samsa: ours, kafka: theirs, stop: async () => {} };
  const settings = [
    'authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer',
    'super.users=User:ANONYMOUS',
  ];
  const kafka = await startKafka({ java: ['-Xmx512m'], settings });
  const [port, controllerPort] = [await freePort(), await freePort()];
  const listeners = `PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}`;
  const samsa = await startSamsa({
    home: { port, data: undefined },
    settings: [`listeners=${listeners}`, ...settings],
  });
  return {
    samsa: `${samsa.address},127.0.0.1:${controllerPort}`,
    kafka: `${kafka.address},${kafka.controllerAddress}`,
    stop: async () => {
      await kafka.stop();
      await samsa.stop();
    },
  };
}

ensureInstalled();
await ensureBuilt();
const both = await bothBrokers();
let passed = 0;
let failed = 0;
try {
  const ourAnswers = await run(both.samsa);
  const theirAnswers = await run(both.kafka);
  for (const [i, [what, theirAnswer]] of theirAnswers.entries()) {
    const ourAnswer = ourAnswers[i]?.[1];
    if (isDeepStrictEqual(ourAnswer, theirAnswer)) passed += 1;
    else if (knownDifferences.has(what)) console.log(`# differs, as known: ${what}: ${knownDifferences.get(what)}`);
    else {
      failed += 1;
      console.log(`not ok ${what}\n  samsa ${JSON.stringify(ourAnswer)}\n  kafka ${JSON.stringify(theirAnswer)}`);
    }
  }
} finally {
  await both.stop();
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 && passed > 0 ? 0 : 1;
