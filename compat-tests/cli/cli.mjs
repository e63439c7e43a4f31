/**
 * Samsa's own commands (`samsa topic`, `consume` …) against Samsa and against Apache Kafka: the same script, the same
 * answers; then what only Apache Kafka has today: SASL, TLS, groups of KIP-848. `npm run test:compat -- --only cli`.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generate } from 'selfsigned';
import { ensureBuilt, ensureInstalled, root } from '../../scripts/bootstrap.mjs';
import { runTool, tool } from '../java/tools.mjs';
import { freePort, startSamsa } from '../support/broker.mjs';
import { startKafka } from '../support/kafka.mjs';

const limitMs = 60_000;
const oauth = ['security.protocol=SASL_PLAINTEXT', 'sasl.mechanism=OAUTHBEARER', 'sasl.oauthbearer.token=x'].flatMap(
  (each) => ['-X', each],
);
const authorizer = [
  'authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer',
  'super.users=User:ANONYMOUS;User:admin;User:alice',
];

ensureInstalled();
await ensureBuilt();
const home = mkdtempSync(join(tmpdir(), 'samsa-cli-'));
const ports = { SASL: await freePort(), TLS: await freePort() };
const pem = await certificates();
let samsa;
let kafka;
try {
  samsa = await startSamsa({ settings: authorizer });
  kafka = await startKafka({
    java: ['-Xmx512m'],
    listeners: [
      { name: 'SASL', port: ports.SASL, protocol: 'SASL_PLAINTEXT' },
      { name: 'TLS', port: ports.TLS, protocol: 'SSL' },
    ],
    settings: [...authorizer, ...kafkaSecurity(pem)],
  });

  const answers = {};
  const brokers = Object.entries({ samsa, kafka });
  await Promise.all(
    brokers.map(([name, broker]) =>
      scenario(`the script of commands ends well against ${name}`, async () => {
        answers[name] = await script(broker.address);
      }),
    ),
  );
  for (const command of Object.keys(answers.kafka ?? {})) {
    await scenario(`the same answers: ${command}`, () => {
      assert.deepEqual(answers.samsa?.[command], answers.kafka[command]);
    });
  }
  await scenario('what samsa produce writes, kafka-console-consumer reads, and the other way round', () =>
    consoles(kafka.address),
  );
  await scenario('a group of KIP-848 is described with its member and its lag', () => modernGroup(kafka.address));
  await scenario('SASL: PLAIN, SCRAM-SHA-256 and SCRAM-SHA-512, and a wrong password', () => sasl(kafka.address));
  await scenario('TLS: a CA in PEM, a certificate of the client, and one that is not trusted', tls);
  await scenario('samsa doctor tells TLS, SASL and the controller from each other', doctor);
} finally {
  await samsa?.kill();
  await kafka?.kill();
  rmSync(home, { recursive: true, force: true });
}

/** Every command once; what each answered, without what differs by nature (ids, times, places). */
async function script(address) {
  const answers = {};
  const json = async (...args) => {
    const { out } = await samsaCommand(address, [...args, '--json']);
    return args[0] === 'consume'
      ? out
          .trimEnd()
          .split('\n')
          .map((line) => JSON.parse(line))
      : JSON.parse(out);
  };
  const failure = async (...args) => (await samsaCommand(address, args, { expected: 1 })).errors;

  await json('topic', 'create', 'orders', '-p', '3', '-c', 'retention.ms=86400000', '-c', 'cleanup.policy=delete');
  answers['topic create of one that is there'] = await failure('topic', 'create', 'orders');
  answers['topic create with a bad config'] = await failure('topic', 'create', 'x', '-c', 'retention.ms=soon');
  answers['topic create with a bad name'] = await failure('topic', 'create', 'a b');
  await eventually(async () => (await json('topic', 'list')).some(({ topic }) => topic === 'orders'));
  answers['topic list'] = await json('topic', 'list');
  await json('topic', 'alter', 'orders', '-p', '4');
  answers['topic alter downwards'] = await failure('topic', 'alter', 'orders', '-p', '1');

  const lines = Array.from({ length: 100 }, (_, i) => `key-${i}:value ${i} äöü\n`).join('');
  await eventually(async () => (await json('topic', 'describe', 'orders'))[0].partitions.length === 4);
  await samsaCommand(address, ['produce', 'orders', '-K', ':', '-H', 'h=1', '-z', 'lz4'], { input: lines });
  answers['topic describe'] = (await json('topic', 'describe', 'orders')).map(({ topicId, ...rest }) => {
    assert.match(topicId, /^[\w-]{22}$/);
    return rest;
  });
  const consumed = await json('consume', 'orders', '-e');
  answers.consume = consumed
    .map(({ timestamp, ...rest }) => rest)
    .sort((a, b) => a.partition - b.partition || a.offset - b.offset);
  answers['consume from a time'] = (await json('consume', 'orders', '-e', '-o', '1h')).length;
  answers['consume the last two'] = (await json('consume', 'orders', '-e', '-o', '-2')).length;

  await json('consume', 'orders', '-G', 'billing', '-e');
  answers['group describe'] = await json('group', 'describe', 'billing');
  answers['group reset'] = await json('group', 'reset', 'billing', '--to', '5');
  answers['group list'] = await json('group', 'list');
  answers['group describe of one that is not there'] = await failure('group', 'describe', 'nobody');
  await samsaCommand(address, ['group', 'delete', 'billing']);
  answers['group list after delete'] = await json('group', 'list');

  answers['config get topic'] = await json('config', 'get', 'topic', 'orders', '--all');
  await json('config', 'set', 'topic', 'orders', 'cleanup.policy=compact', '--append');
  await eventually(async () =>
    (await json('config', 'get', 'topic', 'orders', 'cleanup.policy'))[0].value.includes(','),
  );
  answers['config get topic after append'] = await json('config', 'get', 'topic', 'orders');
  answers['config set of nonsense'] = await failure('config', 'set', 'topic', 'orders', 'no.such.config=1');
  await json('config', 'set', 'group', 'billing', 'consumer.session.timeout.ms=50000');
  await json('config', 'set', 'client-metrics', 'm', 'interval.ms=30000');
  await eventually(async () => (await json('config', 'get', 'client-metrics', 'm')).length > 0);
  answers['config get group'] = await json('config', 'get', 'group', 'billing');
  answers['config get client-metrics'] = await json('config', 'get', 'client-metrics', 'm');

  await json('acl', 'add', '--topic', 'orders', '--principal', 'bob', '-o', 'read,write');
  await json('acl', 'add', '--group', 'b', '--prefix', '--principal', 'bob', '-o', 'read', '--deny');
  await eventually(async () => (await json('acl', 'list')).length === 3);
  const byText = (a, b) => JSON.stringify(a).localeCompare(JSON.stringify(b));
  answers['acl list'] = (await json('acl', 'list')).sort(byText);
  answers['acl remove'] = await json('acl', 'remove', '--principal', 'bob', '--topic', 'orders');

  await samsaCommand(address, ['user', 'add', 'alice', '--json'], { input: 'alice-secret\n' });
  await json('user', 'add', 'alice', '--mechanism', 'SCRAM-SHA-256', '--password', 'alice-256', '--iterations', '8192');
  await eventually(async () => (await json('user', 'list')).length === 2);
  answers['user list'] = await json('user', 'list');
  answers['user remove of one that is not there'] = await failure('user', 'remove', 'nobody');
  await json('user', 'quota', '-u', 'alice', 'producer_byte_rate=1048576');
  await eventually(async () => (await json('user', 'quota', '-u', 'alice')).length === 1);
  answers['user quota'] = await json('user', 'quota', '-u', 'alice');
  await json('user', 'quota', '-u', 'alice', 'producer_byte_rate=');

  answers['cluster describe'] = (await json('cluster', 'describe')).brokers.map(({ port, ...rest }) => rest);
  answers['cluster features'] = (await json('cluster', 'features')).map(({ feature, level }) => ({ feature, level }));
  answers['cluster quorum'] = (await json('cluster', 'quorum')).replicas.map(({ node, role, lag }) => ({
    node,
    role,
    lag,
  }));
  answers['cluster log-dirs'] = (await json('cluster', 'log-dirs')).map(({ broker, error }) => ({ broker, error }));
  answers['topic delete'] = await json('topic', 'delete', 'orders');
  answers['topic delete again'] = await failure('topic', 'delete', 'orders');
  return answers;
}

async function consoles(address) {
  const server = ['--bootstrap-server', address];
  await samsaCommand(address, ['produce', 'consoles', '-K', '='], { input: 'k=from samsa\n' });
  const out = await runTool(
    tool.consoleConsumer,
    [...server, '--topic', 'consoles', '--from-beginning', '--formatter-property', 'print.key=true'],
    { until: (text) => text.includes('\n') },
  );
  assert.equal(out.trimEnd(), 'k\tfrom samsa');
  await runTool(tool.consoleProducer, [...server, '--topic', 'consoles'], { input: 'from the console\n' });
  const { out: consumed } = await samsaCommand(address, ['consume', 'consoles', '-e', '-o', '1']);
  assert.equal(consumed, 'from the console\n');
}

async function modernGroup(address) {
  await samsaCommand(address, ['produce', 'modern'], { input: '1\n2\n3\n' });
  let described;
  const consumer = ['--bootstrap-server', address, '--topic', 'modern', '--from-beginning', '--group', 'modern'];
  const running = runTool(tool.consoleConsumer, [...consumer, '--command-property', 'group.protocol=consumer'], {
    until: () => described !== undefined,
  });
  const producing = (async () => {
    // Each line that comes lets the consumer's end be looked at again.
    while (described === undefined) {
      const { out, code } = await samsaCommand(address, ['group', 'describe', 'modern', '--json'], {
        expected: null,
      });
      const group = code === 0 ? JSON.parse(out)[0] : undefined;
      if (group?.members.length === 1 && group.offsets.length === 1) described = group;
    }
    await samsaCommand(address, ['produce', 'modern'], { input: 'end\n' });
  })();
  await Promise.all([running, producing]);
  assert.equal(described.type, 'consumer');
  assert.equal(described.state, 'Stable');
  assert.equal(described.offsets[0].member, described.members[0].memberId);
}

async function sasl() {
  const address = `127.0.0.1:${ports.SASL}`;
  const as = (mechanism, username, password) => {
    const file = join(home, `${mechanism}-${password}.properties`);
    const jaas = `sasl.jaas.config=any.Module required username="${username}" password="${password}";`;
    writeFileSync(file, `security.protocol=SASL_PLAINTEXT\nsasl.mechanism=${mechanism}\n${jaas}\n`);
    return ['topic', 'list', '--command-config', file];
  };
  await samsaCommand(address, as('PLAIN', 'admin', 'admin-secret'));
  await samsaCommand(address, as('SCRAM-SHA-512', 'alice', 'alice-secret'));
  await samsaCommand(address, as('SCRAM-SHA-256', 'alice', 'alice-256'));
  for (const mechanism of ['PLAIN', 'SCRAM-SHA-512']) {
    const { errors } = await samsaCommand(address, as(mechanism, 'alice', 'wrong'), { expected: 1 });
    assert.match(errors, /^samsa: SASL_AUTHENTICATION_FAILED: /);
  }
  const { errors } = await samsaCommand(address, ['topic', 'list', ...oauth], { expected: 1 });
  assert.match(errors, /UNSUPPORTED_SASL_MECHANISM: SASL OAUTHBEARER is not offered here; offered: .*SCRAM-SHA-512/);
}

async function tls() {
  const address = `127.0.0.1:${ports.TLS}`;
  const ssl = (...more) => ['security.protocol=SSL', ...more].flatMap((each) => ['-X', each]);
  const ca = join(home, 'ca.pem');
  writeFileSync(ca, pem.cert);
  const keystore = join(home, 'client.pem');
  writeFileSync(keystore, `${pem.private}\n${pem.cert}`);
  const trusting = `ssl.truststore.location=${ca}`;
  await samsaCommand(address, ['topic', 'list', ...ssl(trusting, `ssl.keystore.location=${keystore}`)]);
  // Without a certificate of its own the client is not let in: the broker requires one.
  await samsaCommand(address, ['topic', 'list', ...ssl(trusting)], { expected: 1 });
  const { errors } = await samsaCommand(address, ['topic', 'list', ...ssl()], { expected: 1 });
  assert.match(errors, /self-signed certificate/);
}

async function doctor() {
  const advice = async (port, ...properties) => {
    const flags = properties.flatMap((each) => ['-X', each]);
    const { out } = await samsaCommand(`127.0.0.1:${port}`, ['doctor', ...flags], { expected: 1 });
    return out;
  };
  assert.match(await advice(ports.TLS), /wants TLS/);
  assert.match(await advice(ports.TLS, 'security.protocol=SSL'), /self-signed: set ssl\.truststore\.location/);
  assert.match(await advice(ports.SASL), /A listener with SASL closes the connection here/);
  assert.match(
    await advice(
      kafka.home.port,
      'security.protocol=SASL_PLAINTEXT',
      'sasl.mechanism=PLAIN',
      'sasl.username=a',
      'sasl.password=b',
    ),
    /does not ask for SASL/,
  );
  const { out } = await samsaCommand(kafka.address, ['doctor']);
  assert.match(out, /every partition of \d+ topics has a leader/);
}

/** One command in a process of its own; rejects unless it ends with the exit code expected. */
function samsaCommand(address, args, { input = '', expected = 0 } = {}) {
  return new Promise((resolve, reject) => {
    const main = join(root, 'dist', 'cli', 'main.js');
    const child = spawn(process.execPath, [main, ...args], {
      env: { ...process.env, SAMSA_BOOTSTRAP_SERVER: address },
    });
    let out = '';
    let errors = '';
    const late = setTimeout(() => child.kill('SIGKILL'), limitMs);
    child.stdout.on('data', (chunk) => {
      out += chunk;
    });
    child.stderr.on('data', (chunk) => {
      errors += chunk;
    });
    child.on('error', reject);
    child.on('close', (code, signal) => {
      clearTimeout(late);
      const isWanted = expected === null || code === expected;
      if (isWanted) resolve({ out, errors, code });
      else reject(new Error(`samsa ${args.join(' ')} ended with ${signal ?? `exit code ${code}`}\n${out}\n${errors}`));
    });
    child.stdin.on('error', () => {});
    child.stdin.end(input);
  });
}

/** Apache Kafka answers changes before its broker has them. */
async function eventually(isSo) {
  const endMs = Date.now() + limitMs;
  while (!(await isSo())) assert.ok(Date.now() < endMs, 'it did not come to be so');
}

async function certificates() {
  const names = { name: 'subjectAltName', altNames: [{ type: 7, ip: '127.0.0.1' }] };
  return generate([{ name: 'commonName', value: '127.0.0.1' }], {
    extensions: [{ name: 'basicConstraints', cA: true, critical: true }, names],
  });
}

function kafkaSecurity({ private: key, cert }) {
  const oneLine = (text) => text.trim().replaceAll('\r', '').replaceAll('\n', ' \\\n');
  const plain = 'org.apache.kafka.common.security.plain.PlainLoginModule required user_admin="admin-secret";';
  const scram = 'org.apache.kafka.common.security.scram.ScramLoginModule required;';
  return [
    'sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-256,SCRAM-SHA-512',
    `listener.name.sasl.plain.sasl.jaas.config=${plain}`,
    `listener.name.sasl.scram-sha-256.sasl.jaas.config=${scram}`,
    `listener.name.sasl.scram-sha-512.sasl.jaas.config=${scram}`,
    'ssl.client.auth=required',
    'ssl.keystore.type=PEM',
    `ssl.keystore.key=${oneLine(key)}`,
    `ssl.keystore.certificate.chain=${oneLine(cert)}`,
    'ssl.truststore.type=PEM',
    `ssl.truststore.certificates=${oneLine(cert)}`,
    // The certificate's subject is a user; it may do everything here.
    'ssl.principal.mapping.rules=RULE:.*/admin/',
  ];
}

async function scenario(what, work) {
  try {
    await work();
    console.log(`ok ${what}`);
  } catch (error) {
    console.log(`not ok ${what}`);
    console.error(error?.stack ?? error);
    process.exitCode = 1;
  }
}
