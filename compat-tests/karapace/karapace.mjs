/**
 * Karapace, a schema registry whose instances elect their master by a group of protocol type `sr` and keep everything in a
 * compacted topic: two instances, one of which is killed. It is in no package registry, so this is not part of
 * test:compat: `KARAPACE_PYTHON=/path/to/python npm run test:karapace`, with a Python that has it installed.
 * AGAINST=kafka runs it against Apache Kafka, to prove it right.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { ensureBuilt, ensureInstalled } from '../../scripts/bootstrap.mjs';
import { freePort, startSamsa } from '../support/broker.mjs';
import { startKafka } from '../support/kafka.mjs';
import { restOf } from '../support/rest.mjs';
import { step, until } from '../support/scenarios.mjs';
import { npmInstall } from '../support/tools.mjs';

const python = process.env.KARAPACE_PYTHON;
if (python === undefined) throw new Error('set KARAPACE_PYTHON to a Python that has karapace installed');
const againstKafka = process.env.AGAINST === 'kafka';
const groupId = 'schema-registry';
const topic = '_schemas';
const limitMs = 120_000;
const brokerSettings = ['group.min.session.timeout.ms=1000'];

ensureInstalled();
await ensureBuilt();
npmInstall('kafkajs');
const { observe } = await import('../kafkajs/observer.mjs');

let broker = await (againstKafka ? startKafka : startSamsa)({ settings: brokerSettings });
const observer = await observe(broker.address);
const registries = new Map();
try {
  await run();
} catch {
  for (const [number, registry] of registries) console.log(`registry ${number}:\n${registry.log().slice(-4000)}`);
  if (!againstKafka) console.log(`broker:\n${broker.log().slice(-4000)}`);
  process.exitCode = 1;
} finally {
  await observer.close();
  await Promise.all([...registries.values()].map((registry) => registry.end('SIGKILL')));
  await broker.kill();
  rmSync(broker.home.data, { recursive: true, force: true });
}

async function run() {
  let master;
  await step('two instances elect one master in a group of protocol type sr', async () => {
    await Promise.all([1, 2].map(startRegistry));
    master = await oneMaster([1, 2]);
    const { groups } = await observer.admin.listGroups();
    const listed = groups.find((group) => group.groupId === groupId);
    assert.deepEqual(listed, { groupId, protocolType: 'sr' });
    const { state, members } = await observer.group(groupId);
    assert.deepEqual([state, members.length], ['Stable', 2]);
    assert.equal((await observer.ends(topic)).size, 1);
    assert.equal((await observer.topicConfigs(topic))['cleanup.policy'], 'compact');
  });
  const other = () => 3 - master;
  let first;
  await step('a schema registered at the one that is not the master is had from both', async () => {
    ({ id: first } = await rest(other(), 'POST', '/subjects/orders-value/versions', avro(['id'])));
    for (const number of [1, 2]) await has(number, first, ['id']);
    const again = await rest(master, 'POST', '/subjects/orders-value/versions', avro(['id']));
    assert.equal(again.id, first);
  });
  await step('compatibility is asked for and kept', async () => {
    await rest(other(), 'PUT', '/config/orders-value', { compatibility: 'BACKWARD' });
    const path = '/subjects/orders-value/versions';
    const breaking = {
      schema: JSON.stringify({ type: 'record', name: 'Order', fields: [{ name: 'new', type: 'long' }] }),
    };
    const asked = await rest(master, 'POST', '/compatibility/subjects/orders-value/versions/latest', breaking);
    assert.equal(asked.is_compatible, false);
    await assert.rejects(rest(master, 'POST', path, breaking), { status: 409 });
    const { id } = await rest(other(), 'POST', path, avro(['id', 'amount']));
    for (const number of [1, 2]) await has(number, id, ['id', 'amount']);
    assert.deepEqual(await rest(master, 'GET', path), [1, 2]);
  });
  let afterKill;
  await step('the master is killed: the other becomes it, and goes on with its numbers', async () => {
    const dead = master;
    await registries.get(dead).end('SIGKILL');
    registries.delete(dead);
    master = await oneMaster([3 - dead]);
    const { members } = await observer.group(groupId);
    assert.equal(members.length, 1);
    const { id } = await rest(master, 'POST', '/subjects/payments-value/versions', {
      schemaType: 'JSON',
      schema: JSON.stringify({ type: 'object', properties: { sum: { type: 'number' } } }),
    });
    assert.ok(id > first);
    afterKill = id;
  });
  await step('it comes back, and has read everything', async () => {
    await startRegistry(3 - master);
    await oneMaster([1, 2]);
    await until('the subjects', async () => (await rest(other(), 'GET', '/subjects')).length === 2, limitMs);
    assert.deepEqual((await rest(other(), 'GET', '/subjects')).sort(), ['orders-value', 'payments-value']);
    await has(other(), first, ['id']);
    assert.equal((await rest(other(), 'GET', `/schemas/ids/${afterKill}`)).schemaType, 'JSON');
  });
  if (!againstKafka) {
    await step('the broker is killed and starts again: the registries go on', async () => {
      await broker.kill();
      broker = await startSamsa({ home: broker.home, settings: brokerSettings });
      master = await oneMaster([1, 2]);
      const { id } = await rest(other(), 'POST', '/subjects/late-value/versions', avro(['late']));
      assert.ok(id > afterKill);
      for (const number of [1, 2]) await has(number, id, ['late']);
    });
  }
  await step('a subject is deleted, softly and then for good', async () => {
    await rest(master, 'DELETE', '/subjects/payments-value');
    await rest(master, 'DELETE', '/subjects/payments-value?permanent=true');
    const gone = async () => !(await rest(other(), 'GET', '/subjects?deleted=true')).includes('payments-value');
    await until('the subject to be gone', gone, limitMs);
  });
  await step('instances that are stopped leave the group', async () => {
    for (const number of [1, 2]) {
      await registries.get(number).end('SIGTERM');
      registries.delete(number);
    }
    await until('an empty group', async () => (await observer.group(groupId)).state === 'Empty', limitMs);
  });
}

async function startRegistry(number) {
  const port = await freePort();
  const settings = {
    bootstrap_uri: broker.address,
    advertised_hostname: '127.0.0.1',
    advertised_port: port,
    host: '127.0.0.1',
    port,
    client_id: `registry-${number}`,
    group_id: groupId,
    topic_name: topic,
    karapace_registry: true,
    karapace_rest: false,
    // Its heartbeats come every 3 s.
    session_timeout_ms: 6000,
    waiting_time_before_acting_as_master_ms: 500,
    log_level: 'INFO',
  };
  const named = Object.entries(settings).map(([name, value]) => [`KARAPACE_${name.toUpperCase()}`, String(value)]);
  const child = spawn(python, ['-m', 'karapace'], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...Object.fromEntries(named) },
  });
  const output = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => output.push(chunk));
  const exited = new Promise((resolve) => child.once('exit', resolve));
  registries.set(number, {
    port,
    rest: restOf(`http://127.0.0.1:${port}`),
    log: () => {
      const lines = Buffer.concat(output).toString().split('\n');
      return lines.filter((line) => !line.startsWith('uvicorn.access')).join('\n');
    },
    async end(signal) {
      child.kill(signal);
      const late = setTimeout(() => child.kill('SIGKILL'), limitMs / 2);
      await exited;
      clearTimeout(late);
    },
  });
}

function rest(number, ...call) {
  return registries.get(number).rest(...call);
}

/** Waits until these instances agree on one of them as master; answers its number. */
function oneMaster(numbers) {
  const ports = new Map([...registries].map(([number, { port }]) => [`http://127.0.0.1:${port}`, number]));
  let last;
  const agreed = async () => {
    last = await Promise.all(numbers.map((number) => rest(number, 'GET', '/_health').catch(String)));
    const master = ports.get(last[0].status?.schema_registry_primary_url);
    const agree = last.every(
      ({ status }, index) =>
        status?.schema_registry_ready &&
        ports.get(status.schema_registry_primary_url) === master &&
        status.schema_registry_is_primary === (numbers[index] === master),
    );
    return agree && numbers.includes(master) ? master : undefined;
  };
  return until(`one master of ${numbers}`, agreed, limitMs).catch((error) => {
    throw new Error(`${error.message}: ${JSON.stringify(last)}`);
  });
}

/** An Avro record of these fields; each after the first has a default, so that it may be added. */
function avro(fields) {
  const described = fields.map((name, index) => ({ name, type: 'long', ...(index === 0 ? {} : { default: 0 }) }));
  return { schema: JSON.stringify({ type: 'record', name: 'Order', fields: described }) };
}

/** Waits until an instance has read the schema with this id, and holds it against its fields. */
async function has(number, id, fields) {
  const found = await until(
    `schema ${id} at ${number}`,
    () => rest(number, 'GET', `/schemas/ids/${id}`).catch(() => undefined),
    limitMs,
  );
  assert.deepEqual(
    JSON.parse(found.schema).fields.map(({ name }) => name),
    fields,
  );
}
