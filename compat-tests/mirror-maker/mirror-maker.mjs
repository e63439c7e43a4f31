/**
 * MirrorMaker 2 of 4.3.1 between Samsa and Apache Kafka, both ways at once: topics with their configs and ACLs, records,
 * heartbeats, and consumer groups that go over. `npm run test:mirror-maker`; KILLS=0 leaves out the kills of MirrorMaker
 * and Samsa, AGAINST=kafka puts Apache Kafka in Samsa's place, to prove it right.
 */
import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { ensureBuilt, ensureInstalled } from '../../scripts/bootstrap.mjs';
import { startSamsa } from '../support/broker.mjs';
import { startKafka } from '../support/kafka.mjs';
import { step, until } from '../support/scenarios.mjs';
import { npmInstall } from '../support/tools.mjs';
import { startMirrorMaker } from './process.mjs';
import { createReplication } from './replication.mjs';

const withKills = process.env.KILLS !== '0';
const againstKafka = process.env.AGAINST === 'kafka';
/** To MirrorMaker one of the clusters is `samsa`, whatever it is. */
const aliases = ['samsa', 'kafka'];
const otherOf = { samsa: 'kafka', kafka: 'samsa' };
const topic = 'orders';
const partitions = 3;
/** Where a group is that has not read everything. */
const middle = new Map([
  [0, 500],
  [1, 600],
  [2, 0],
]);
const configs = {
  samsa: { 'max.message.bytes': '2000000', 'compression.type': 'gzip', 'delete.retention.ms': '123456' },
  kafka: { 'segment.bytes': '2097152', 'compression.type': 'lz4', 'index.interval.bytes': '8192' },
};
const limitMs = 120_000;
const brokerSettings = [
  'group.min.session.timeout.ms=1000',
  'authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer',
  'super.users=User:ANONYMOUS',
];
const everySecond = [
  ...['refresh.topics', 'refresh.groups', 'sync.topic.configs', 'sync.topic.acls'],
  ...['emit.heartbeats', 'emit.checkpoints', 'sync.group.offsets'],
];
const mirrorSettings = [
  'tasks.max=2',
  'topics=orders.*',
  'groups=team-.*',
  'offset.lag.max=0',
  'sync.group.offsets.enabled=true',
  ...everySecond.map((what) => `${what}.interval.seconds=1`),
  // One that was killed is missed for no longer than this.
  ...aliases.flatMap((alias) => [
    `${alias}.session.timeout.ms=3000`,
    `${alias}.heartbeat.interval.ms=500`,
    `${alias}.scheduled.rebalance.max.delay.ms=1000`,
  ]),
];

ensureInstalled();
await ensureBuilt();
npmInstall('kafkajs');
const { createCluster } = await import('./cluster.mjs');

const brokers = {};
const clusters = {};
let directions;
let mirrorMaker;
try {
  const startFirst = againstKafka ? startKafka : startSamsa;
  brokers.samsa = await startFirst({ settings: brokerSettings });
  brokers.kafka = await startKafka({ settings: brokerSettings, java: ['-Xmx512m', '-XX:TieredStopAtLevel=1'] });
  for (const alias of aliases) clusters[alias] = await createCluster(alias, brokers[alias].address);
  directions = aliases.map((from) => {
    const to = otherOf[from];
    return { from, to, replication: createReplication(from, clusters[from], clusters[to], topic) };
  });
  await run();
} catch (error) {
  console.log(`# ${error?.message}`);
  console.log(`MirrorMaker:\n${mirrorMaker?.log().slice(-8000)}`);
  if (!againstKafka) console.log(`Samsa:\n${brokers.samsa?.log().slice(-4000)}`);
  process.exitCode = 1;
} finally {
  await mirrorMaker?.kill();
  for (const cluster of Object.values(clusters)) await cluster.close();
  for (const broker of Object.values(brokers)) {
    await broker.kill();
    rmSync(broker.home.data, { recursive: true, force: true });
  }
}

async function run() {
  await step('both clusters have topics, records, ACLs and groups of their own', async () => {
    for (const alias of aliases) {
      const cluster = clusters[alias];
      await cluster.createTopic(topic, partitions, configs[alias]);
      await cluster.produce(topic, partitions, 2000);
      for (const operation of ['READ', 'ALL', 'WRITE']) {
        await cluster.allow(topic, `User:${alias}-${operation}`, operation);
      }
      await cluster.commit(`team-${alias}-done`, topic, await cluster.ends(topic));
      await cluster.commit(`team-${alias}-half`, topic, middle);
    }
    startMirror({ acls: true });
  });
  for (const { from, to, replication } of directions) {
    await step(`${from} to ${to}: the topic, its configs, and every record as it was`, async () => {
      await clusters[to].topicExists(replication.remote);
      const all = { all: true };
      assert.deepEqual(
        await clusters[to].topicConfigs(replication.remote, all),
        await clusters[from].topicConfigs(topic, all),
      );
      await replication.isWhole();
    });
  }
  for (const direction of directions) await goesOver(direction);
  await step('nothing goes round in circles', async () => {
    for (const alias of aliases) {
      const names = (await clusters[alias].admin.listTopics()).filter((name) => name.includes(topic));
      assert.deepEqual(names.sort(), [topic, `${otherOf[alias]}.${topic}`].sort());
    }
  });
  if (withKills) await afterKills();
  await step('MirrorMaker stops when it is told to', async () => {
    assert.ok([0, 143].includes(await mirrorMaker.stop()));
  });
}

async function goesOver({ from, to, replication }) {
  await step(`${from} to ${to}: ACLs go over as rights to read`, () => replication.aclsAre(rightsOf(from)));
  await step(`${from} to ${to}: a group at the end is at the end, one in the middle skips nothing`, async () => {
    // What MirrorMaker noted last is lost when its tasks are made anew, as at its start, until more records come.
    await clusters[from].produce(topic, partitions, 30);
    await clusters[from].commit(`team-${from}-done`, topic, await clusters[from].ends(topic));
    await replication.groupIsAtTheEnd(`team-${from}-done`);
    await replication.groupGoesOn(`team-${from}-half`, middle);
  });
  await step(`${from} to ${to}: heartbeats go over, and checkpoints are kept`, async () => {
    await until('heartbeats', async () => (await clusters[to].count(`${from}.heartbeats`)) > 2, limitMs);
    await until('checkpoints', async () => (await clusters[to].count(`${from}.checkpoints.internal`)) > 0, limitMs);
  });
  await step(`${from} to ${to}: a changed config and a new partition go over`, async () => {
    await clusters[from].alterConfigs(topic, { ...configs[from], 'retention.bytes': '987654321' });
    await clusters[from].admin.createPartitions({ topicPartitions: [{ topic, count: partitions + 1 }] });
    await clusters[from].produce(topic, partitions + 1, 400);
    await replication.configIs('retention.bytes', '987654321');
    const partitionsThere = async () => (await clusters[to].ends(replication.remote)).size;
    await until('the partition', async () => (await partitionsThere()) === partitions + 1, limitMs);
    await replication.isWhole();
  });
}

async function afterKills() {
  await step('MirrorMaker is killed in the middle, and starts again: nothing is lost', async () => {
    await whileProducing(async () => {
      await mirrorMaker.kill();
      startMirror({ acls: false });
      for (const { to, replication } of directions) await clusters[to].grows(replication.remote);
    });
    for (const { replication } of directions) await replication.hasLostNothing();
  });
  // Kafka's data is temporary, and gone with it.
  if (!againstKafka) {
    await step('Samsa is killed in the middle, and starts again: nothing is lost', async () => {
      await whileProducing(async () => {
        await brokers.samsa.kill();
        brokers.samsa = await startSamsa({ home: brokers.samsa.home, settings: brokerSettings });
        for (const { to, replication } of directions) await clusters[to].grows(replication.remote);
      });
      for (const { replication } of directions) await replication.hasLostNothing();
    });
  }
  await step('where ACLs are not to go over, they do not', async () => {
    for (const { from, replication } of directions) {
      await clusters[from].allow(topic, `User:${from}-late`, 'READ');
      await clusters[from].alterConfigs(topic, { ...configs[from], 'retention.bytes': '555555555' });
      await replication.configIs('retention.bytes', '555555555');
      await replication.aclsAre(rightsOf(from));
    }
  });
}

/** MirrorMaker leaves the right to write out, and makes that to do all one to read. */
function rightsOf(alias) {
  return [`User:${alias}-ALL READ`, `User:${alias}-READ READ`];
}

function startMirror({ acls }) {
  const addresses = Object.fromEntries(aliases.map((alias) => [alias, brokers[alias].address]));
  mirrorMaker = startMirrorMaker(addresses, [...mirrorSettings, `sync.topic.acls.enabled=${acls}`]);
}

/** Runs `work` while both clusters are produced to. */
async function whileProducing(work) {
  let going = true;
  const producing = aliases.map(async (alias) => {
    while (going) {
      await clusters[alias].produce(topic, partitions + 1, 40);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  });
  try {
    await work();
  } finally {
    going = false;
    await Promise.all(producing);
  }
}
