/** Topics of a broker: made before a run, counted and taken away after it. */
import { Raw } from '../../compat-tests/support/raw.mjs';
import { until } from '../../compat-tests/support/scenarios.mjs';

const INVALID_REPLICATION_FACTOR = 38;
const NOT_CONTROLLER = 41;

export class Topics {
  #raw;
  #made = 0;

  static async connect(address) {
    const topics = new Topics();
    topics.#raw = await Raw.connect(address);
    return topics;
  }

  close() {
    this.#raw.close();
  }

  /** Makes a topic, waits until it can be written, and answers `{ name, topicId, produce, endOffsets, delete }`. */
  async create(partitions, configs = {}) {
    const name = `bench-${process.pid}-${this.#made++}`;
    await until(`topic ${name} to be made`, () => this.#tryToCreate(name, partitions, configs));
    const topicId = await until(`${partitions} partitions to have leaders`, () => this.#idOnceLed(name, partitions));
    // Apache Kafka names a leader a moment before the leader knows.
    await until(`${partitions} partitions to be served`, async () => {
      const found = await this.#listEnds(name, partitions);
      return found.every(({ errorCode }) => errorCode === 0);
    });
    return {
      name,
      topicId,
      produce: (batch) => this.#produce(topicId, batch),
      endOffsets: () => this.#endOffsets(name, partitions),
      delete: () => this.#delete(name),
    };
  }

  /** Resolves when there are coordinators of groups, whose topic is made at the first call. */
  async findCoordinator() {
    await until('a coordinator', async () => {
      const { coordinators } = await this.#raw.request('FindCoordinator', 4, {
        keyType: 0,
        coordinatorKeys: ['bench'],
      });
      return coordinators[0].errorCode === 0;
    });
  }

  /** False while a broker that has just started is not yet part of its own cluster. */
  async #tryToCreate(name, numPartitions, configs) {
    const values = Object.entries(configs).map(([key, value]) => ({ name: key, value: `${value}` }));
    const { topics } = await this.#raw.request('CreateTopics', 7, {
      topics: [{ name, numPartitions, replicationFactor: 1, configs: values }],
      timeoutMs: 30_000,
    });
    const [{ errorCode, errorMessage }] = topics;
    if (errorCode === INVALID_REPLICATION_FACTOR || errorCode === NOT_CONTROLLER) return false;
    if (errorCode !== 0) throw new Error(`topic ${name}: error ${errorCode}, ${errorMessage}`);
    return true;
  }

  /** One batch to partition 0, acks=all. */
  async #produce(topicId, records) {
    const { responses } = await this.#raw.request('Produce', 13, {
      transactionalId: null,
      acks: -1,
      timeoutMs: 30_000,
      topicData: [{ topicId, partitionData: [{ index: 0, records }] }],
    });
    const [{ errorCode }] = responses[0].partitionResponses;
    if (errorCode !== 0) throw new Error(`a record was not taken: error ${errorCode}`);
  }

  async #idOnceLed(name, partitions) {
    const { topics } = await this.#raw.request('Metadata', 9, { topics: [{ name }], allowAutoTopicCreation: false });
    const [topic] = topics;
    const led = topic.partitions.filter(({ errorCode, leaderId }) => errorCode === 0 && leaderId >= 0);
    if (topic.errorCode !== 0 || led.length < partitions) return undefined;
    const { topics: described } = await this.#raw.request('Metadata', 12, { topics: [{ name }] });
    return described[0].topicId;
  }

  /** By partition. */
  async #endOffsets(name, partitions) {
    const endOffsets = [];
    for (const { partitionIndex, errorCode, offset } of await this.#listEnds(name, partitions)) {
      if (errorCode !== 0) throw new Error(`end offset of ${name}-${partitionIndex}: error ${errorCode}`);
      endOffsets[partitionIndex] = Number(offset);
    }
    return endOffsets;
  }

  async #listEnds(name, partitions) {
    const wanted = Array.from({ length: partitions }, (_, partitionIndex) => ({ partitionIndex, timestamp: -1 }));
    const { topics } = await this.#raw.request('ListOffsets', 7, {
      replicaId: -1,
      topics: [{ name, partitions: wanted }],
    });
    return topics[0].partitions;
  }

  async #delete(name) {
    const { responses } = await this.#raw.request('DeleteTopics', 6, { topics: [{ name }], timeoutMs: 30_000 });
    if (responses[0].errorCode !== 0) throw new Error(`topic ${name} was not deleted: error ${responses[0].errorCode}`);
  }
}
