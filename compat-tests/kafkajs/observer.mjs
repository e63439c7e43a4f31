/** What a suite asks and checks with kafkajs beside the client under test, which must not be its own witness. */
import kafkajs from 'kafkajs';
import { until } from '../support/scenarios.mjs';
import { registerCodecs } from './codecs.mjs';

export { kafkajs };

const { ConfigResourceTypes, Kafka, logLevel } = kafkajs;
/** Groups of observers, which a suite about groups leaves out. */
export const observers = 'observer';
let readers = 0;

export async function observe(address) {
  process.env.KAFKAJS_NO_PARTITIONER_WARNING = '1';
  await registerCodecs();
  // A broker that is killed on purpose is back soon.
  const retry = { initialRetryTime: 100, maxRetryTime: 500, retries: 60 };
  const kafka = new Kafka({ clientId: observers, brokers: [address], logLevel: logLevel.NOTHING, retry });
  const admin = kafka.admin();
  await admin.connect();

  /** Partition to its end offset. Apache Kafka tells of a partition before its broker leads it. */
  const ends = async (topic) => {
    const offsets = await until(`the end offsets of ${topic}`, () =>
      admin.fetchTopicOffsets(topic).catch((error) => {
        if (error.type !== 'NOT_LEADER_FOR_PARTITION') throw error;
      }),
    );
    return new Map(offsets.map(({ partition, high }) => [partition, Number(high)]));
  };

  return {
    kafka,
    admin,
    ends,
    close: () => admin.disconnect(),

    /** Every record of a topic up to where it ends now: partition to its records, in the order of their offsets. */
    async read(topic) {
      const missing = new Map([...(await ends(topic))].filter(([, end]) => end > 0));
      const records = new Map();
      const consumer = kafka.consumer({ groupId: `${observers}-${process.pid}-${readers++}`, maxWaitTimeInMs: 100 });
      await consumer.connect();
      await consumer.subscribe({ topics: [topic], fromBeginning: true });
      await consumer.run({
        autoCommit: false,
        eachBatch: async ({ batch: { partition, messages } }) => {
          const so = records.get(partition) ?? [];
          records.set(partition, [...so, ...messages]);
          const last = messages.at(-1);
          if (last !== undefined && Number(last.offset) + 1 >= (missing.get(partition) ?? 0)) missing.delete(partition);
        },
      });
      await until(`${topic} to be read, partitions left: ${[...missing.keys()]}`, () => missing.size === 0);
      await consumer.disconnect();
      return records;
    },

    /** A topic's configs: those set on it, or all that it has, the broker's among them. */
    async topicConfigs(topic, { all = false } = {}) {
      const { resources } = await admin.describeConfigs({
        includeSynonyms: false,
        resources: [{ type: ConfigResourceTypes.TOPIC, name: topic }],
      });
      const set = resources[0].configEntries.filter(({ configSource }) => all || configSource === 1);
      return Object.fromEntries(set.map(({ configName, configValue }) => [configName, configValue]));
    },

    async group(groupId) {
      const { groups } = await admin.describeGroups([groupId]);
      return groups[0];
    },
  };
}
