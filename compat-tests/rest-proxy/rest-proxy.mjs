/**
 * Confluent's own client of its REST Proxy, `kafka-rest` from npm, unchanged: metadata and producing; what it wrote is read
 * by the proxy's v2 consumers. `npm run test:compat -- --only rest-proxy`.
 */
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { promisify } from 'node:util';
import { ensureBuilt, ensureInstalled } from '../../scripts/bootstrap.mjs';
import { freePort, startSamsa } from '../support/broker.mjs';
import { runScenarios } from '../support/scenarios.mjs';
import { npmInstall } from '../support/tools.mjs';

ensureInstalled();
await ensureBuilt();
npmInstall('rest-proxy');
const KafkaRest = createRequire(import.meta.url)('kafka-rest');

const url = `http://127.0.0.1:${await freePort()}`;
const broker = await startSamsa({ settings: [`http.listeners=${url}`] });
const kafka = new KafkaRest({ url });
const list = (resources) => promisify(resources.list.bind(resources))();
const v2 = 'application/vnd.kafka.v2+json';

const scenarios = {
  async 'brokers, topics and partitions are listed'() {
    await httpReady();
    await call('POST', '/topics', { name: 'rest', partitions: 3 }, 'application/json');
    assert.deepEqual(
      (await list(kafka.brokers)).map(({ raw }) => raw),
      [1],
    );
    assert.deepEqual(
      (await list(kafka.topics)).map(({ name }) => name),
      ['rest'],
    );
    const partitions = await list(kafka.topic('rest').partitions);
    assert.deepEqual(
      partitions.map(({ raw }) => [raw.partition, raw.leader]),
      [0, 1, 2].map((id) => [id, 1]),
    );
  },
  async 'a topic is described with its configuration'() {
    const topic = await promisify(kafka.topics.get.bind(kafka.topics))('rest');
    assert.equal(topic.raw.configs['cleanup.policy'], 'delete');
    await assert.rejects(promisify(kafka.topics.get.bind(kafka.topics))('nothing'), /404/);
  },
  async 'values, records and batches are produced'() {
    const topic = kafka.topic('rest');
    const produce = promisify(topic.produce.bind(topic));
    const { offsets } = await produce({ key: 'key1', value: 'msg1', partition: 0 }, { partition: 0, value: 'msg2' });
    assert.deepEqual(
      offsets.map(({ partition, offset }) => [partition, offset]),
      [
        [0, 0],
        [0, 1],
      ],
    );
    const partition = kafka.topicPartition('rest', 2);
    await promisify(partition.produce.bind(partition))('one', Buffer.from([0, 255]));
  },
  async 'a consumer of v2 reads them'() {
    const settings = { name: 'c', format: 'binary', 'auto.offset.reset': 'earliest' };
    const { base_uri: base } = await call('POST', '/consumers/g', settings, v2);
    const path = new URL(base).pathname;
    await call('POST', `${path}/subscription`, { topics: ['rest'] }, v2);
    const read = [];
    while (read.length < 4) read.push(...(await call('GET', `${path}/records`, undefined, v2)));
    const bytes = (text) => Buffer.from(text, 'base64');
    assert.deepEqual(
      read.sort((a, b) => a.partition - b.partition || a.offset - b.offset).map(({ value }) => bytes(value)),
      [Buffer.from('msg1'), Buffer.from('msg2'), Buffer.from('one'), Buffer.from([0, 255])],
    );
    await call('DELETE', path, undefined, v2);
  },
  async 'the broker stops cleanly'() {
    await broker.stop();
  },
};

await runScenarios(scenarios);

async function call(method, path, body, type) {
  const response = await fetch(`${url}${path}`, {
    method,
    headers: { accept: v2, ...(body === undefined ? {} : { 'content-type': type }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  assert.ok(response.ok, `${method} ${path}: ${response.status} ${text}`);
  return text === '' ? undefined : JSON.parse(text);
}

/** HTTP is served a moment after Kafka's protocol. */
async function httpReady() {
  for (let tries = 0; ; tries++) {
    try {
      await call('GET', '/ready');
      return;
    } catch (error) {
      if (tries === 100) throw error;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}
