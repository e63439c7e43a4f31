/**
 * The same raw requests to Samsa and to Apache Kafka, and the answers compared: every error code, offset, flag and
 * config, apart from what must differ (ids, ports, times) and the words of messages.
 * `node compat-tests/differential/differential.mjs SAMSA_HOST:PORT KAFKA_HOST:PORT`; both must be empty. With the
 * address of a controller listener behind a comma in both, that is asked too.
 * With `admin` or `controller` as a third argument only that file is asked, which may be done again and again.
 */
import { isDeepStrictEqual } from 'node:util';
import { Raw } from '../support/raw.mjs';
import { knownDifferences } from './known-differences.mjs';
import { script } from './script.mjs';

const [ours, theirs, part] = process.argv.slice(2);
if (theirs === undefined) throw new Error('differential.mjs SAMSA_HOST:PORT KAFKA_HOST:PORT [admin | controller]');

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
  ],
]);

/** Arrays whose order says nothing. */
const UNORDERED = new Set([
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
    if (!OWN.has(member)) kept[member] = comparable(inner, member);
  }
  return kept;
}

async function run(address) {
  const answers = [];
  const askAt = (where) => async (what, api, version, body) => {
    const raw = await Raw.connect(where);
    const answer = await raw.request(api, version, body);
    raw.close();
    if (what !== null) answers.push([`${what} (${api} v${version})`, comparable(answer)]);
    return answer;
  };
  const [clients, controllers] = address.split(',');
  const broker = {
    address: clients,
    ask: askAt(clients),
    askController: controllers === undefined ? undefined : askAt(controllers),
  };
  await script(broker, part);
  return answers;
}

const ourAnswers = await run(ours);
const theirAnswers = await run(theirs);
let passed = 0;
let failed = 0;
for (const [i, [what, theirAnswer]] of theirAnswers.entries()) {
  const ourAnswer = ourAnswers[i]?.[1];
  if (isDeepStrictEqual(ourAnswer, theirAnswer)) passed += 1;
  else if (knownDifferences.has(what)) console.log(`# differs, as known: ${what}: ${knownDifferences.get(what)}`);
  else {
    failed += 1;
    console.log(`not ok ${what}\n  samsa ${JSON.stringify(ourAnswer)}\n  kafka ${JSON.stringify(theirAnswer)}`);
  }
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 && passed > 0 ? 0 : 1;
