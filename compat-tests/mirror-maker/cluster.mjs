/** One of the two clusters through kafkajs: what is put there, and what MirrorMaker made of the other's. */
import { createHash } from 'node:crypto';
import { kafkajs, observe } from '../kafkajs/observer.mjs';
import { recordAt } from '../support/records.mjs';
import { until } from '../support/scenarios.mjs';

const { AclOperationTypes, AclPermissionTypes, AclResourceTypes, ConfigResourceTypes, ResourcePatternTypes } = kafkajs;
const limitMs = 120_000;
const nameOf = (values, value) => Object.keys(values).find((name) => values[name] === value);

/** @param name is in every record's key and value, so that those of two clusters differ */
export async function createCluster(name, address) {
  const { kafka, admin, ends, read, topicConfigs, close } = await observe(address);
  const producer = kafka.producer();
  await producer.connect();
  let produced = 0;

  const count = async (topic) => {
    const known = await admin.listTopics();
    return known.includes(topic) ? [...(await ends(topic)).values()].reduce((sum, end) => sum + end, 0) : 0;
  };

  return {
    admin,
    ends,
    count,
    topicConfigs,
    async close() {
      await producer.disconnect();
      await close();
    },

    createTopic: (topic, numPartitions, configs) =>
      admin.createTopics({ topics: [{ topic, numPartitions, configEntries: entries(configs) }] }),
    topicExists: (topic) =>
      until(`the topic ${topic}`, async () => (await admin.listTopics()).includes(topic), limitMs),
    alterConfigs: (topic, configs) =>
      admin.alterConfigs({
        validateOnly: false,
        resources: [{ type: ConfigResourceTypes.TOPIC, name: topic, configEntries: entries(configs) }],
      }),

    /** So many records more, spread over the partitions, none like another. */
    async produce(topic, partitions, many) {
      for (const end = produced + many; produced < end; ) {
        const messages = Array.from({ length: Math.min(100, end - produced) }, () => {
          const { key, value, headers, timestamp } = recordAt(name, produced);
          const partition = produced % partitions;
          produced += 1;
          return { key, value, headers: Object.fromEntries(headers), timestamp: String(timestamp), partition };
        });
        await producer.send({ topic, messages });
      }
    },
    /** Partition to a hash of each record: key, value, headers and timestamp. */
    async fingerprints(topic) {
      const records = await read(topic);
      return new Map([...records].map(([partition, messages]) => [partition, messages.map(fingerprint)]));
    },
    /** Waits until the topic has grown. */
    async grows(topic) {
      const before = await count(topic);
      await until(`${topic} to grow`, async () => (await count(topic)) > before, limitMs);
    },

    async allow(topic, principal, operation) {
      const acl = {
        resourceType: AclResourceTypes.TOPIC,
        resourceName: topic,
        resourcePatternType: ResourcePatternTypes.LITERAL,
        principal,
        host: '*',
        operation: AclOperationTypes[operation],
        permissionType: AclPermissionTypes.ALLOW,
      };
      await admin.createAcls({ acl: [acl] });
    },
    /** `PRINCIPAL OPERATION` of every right to the topic, sorted. */
    async acls(topic) {
      const { resources } = await admin.describeAcls({
        resourceType: AclResourceTypes.TOPIC,
        resourceName: topic,
        resourcePatternType: ResourcePatternTypes.LITERAL,
        operation: AclOperationTypes.ANY,
        permissionType: AclPermissionTypes.ALLOW,
      });
      const acls = resources.flatMap((resource) => resource.acls);
      return acls.map(({ principal, operation }) => `${principal} ${nameOf(AclOperationTypes, operation)}`).sort();
    },

    /** @param offsets partition to offset */
    async commit(groupId, topic, offsets) {
      const consumer = kafka.consumer({ groupId, maxWaitTimeInMs: 100 });
      const joined = new Promise((resolve) => consumer.on(consumer.events.GROUP_JOIN, resolve));
      await consumer.connect();
      await consumer.subscribe({ topics: [topic] });
      await consumer.run({ autoCommit: false, eachMessage: async () => {} });
      await joined;
      const commits = [...offsets].map(([partition, offset]) => ({ topic, partition, offset: String(offset) }));
      await consumer.commitOffsets(commits);
      await consumer.disconnect();
    },
    /** Partition to the offset that the group has committed. */
    async committed(groupId, topic) {
      const [{ partitions }] = await admin.fetchOffsets({ groupId, topics: [topic] });
      const found = partitions.map(({ partition, offset }) => [partition, Number(offset)]);
      return new Map(found.filter(([, offset]) => offset >= 0));
    },
    /** Goes on where the group is until it has seen all of `wanted`; answers the fingerprints of what it read. */
    async readAsGroup(groupId, topic, wanted) {
      const missing = new Set(wanted);
      const prints = [];
      const consumer = kafka.consumer({ groupId, maxWaitTimeInMs: 100 });
      await consumer.connect();
      await consumer.subscribe({ topics: [topic], fromBeginning: true });
      await consumer.run({
        eachMessage: async ({ message }) => {
          prints.push(fingerprint(message));
          missing.delete(prints.at(-1));
        },
      });
      await until(`${groupId} to read on`, () => missing.size === 0, limitMs).catch((error) => {
        throw new Error(`${error.message}; ${missing.size} of ${wanted.length} are missing`);
      });
      await consumer.disconnect();
      return prints;
    },
  };
}

const entries = (configs) => Object.entries(configs).map(([name, value]) => ({ name, value }));

function fingerprint({ key, value, headers, timestamp }) {
  const hash = createHash('sha256');
  const bytes = (part) => (part === null ? 'null' : part.toString('hex'));
  hash.update(JSON.stringify([bytes(key), bytes(value), timestamp]));
  for (const [name, header] of Object.entries(headers)) hash.update(JSON.stringify([name, bytes(header)]));
  return hash.digest('hex');
}
