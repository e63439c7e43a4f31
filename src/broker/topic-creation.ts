import { KafkaError } from '../../protocol/errors.ts';
import type { BrokerConfig } from '../config/broker-config.ts';
import type { TopicCreation as TopicCreationPort } from '../handlers/context.ts';
import { GROUP_METADATA_TOPIC } from '../handlers/internal-topics.ts';
import { invalidTopicName } from '../metadata/control/topic-names.ts';
import type { Controller } from '../metadata/controller.ts';
import type { CreatableTopic, CreatedTopic } from '../metadata/controller-requests.ts';
import type { MetadataImage } from '../metadata/image.ts';

export interface TopicCreationOptions {
  readonly controller: Controller;
  readonly config: BrokerConfig;
  readonly image: () => MetadataImage;
  /** Resolves once the coordinators of an internal topic answer. */
  readonly coordinatorsReady: () => Promise<void>;
}

/** Auto-creation: topics that a client only mentioned, and those that Kafka keeps for itself. */
export class TopicCreation implements TopicCreationPort {
  readonly #options: TopicCreationOptions;
  /** Creations under way by name, so that many clients that start together make a topic once. */
  readonly #underWay = new Map<string, Promise<CreatedTopic>>();

  constructor(options: TopicCreationOptions) {
    this.#options = options;
  }

  isValidName(name: string): boolean {
    return invalidTopicName(name) === undefined;
  }

  createMissing(names: readonly string[]): Promise<CreatedTopic[]> {
    return Promise.all([...new Set(names)].map((name) => this.#create(name)));
  }

  async ensureInternal(name: string): Promise<void> {
    if (!this.#options.image().topicsByName.has(name)) {
      const { error } = await this.#create(name);
      if (error !== null)
        throw new KafkaError('COORDINATOR_NOT_AVAILABLE', `${name}: ${error.message}`, { cause: error });
    }
    await this.#options.coordinatorsReady();
  }

  #create(name: string): Promise<CreatedTopic> {
    let creation = this.#underWay.get(name);
    if (creation === undefined) {
      creation = this.#createOne(name).finally(() => this.#underWay.delete(name));
      this.#underWay.set(name, creation);
    }
    return creation;
  }

  async #createOne(name: string): Promise<CreatedTopic> {
    const [created] = await this.#options.controller.createTopics({
      topics: [this.#settings(name)],
      validateOnly: false,
    });
    if (created === undefined)
      throw new KafkaError('UNKNOWN_SERVER_ERROR', `the controller gave no answer for ${name}`);
    // Somebody else made it in the meantime: just as good.
    return created.error?.error === 'TOPIC_ALREADY_EXISTS' ? { ...created, error: null } : created;
  }

  #settings(name: string): CreatableTopic {
    if (name !== GROUP_METADATA_TOPIC) {
      return { name, numPartitions: -1, replicationFactor: -1, assignments: [], configs: [] };
    }
    const { config } = this.#options;
    const live = [...this.#options.image().brokers.values()].filter(({ fenced }) => !fenced).length;
    return {
      name,
      numPartitions: config.offsetsTopicNumPartitions,
      // Unset, it is Kafka's default as far as there are brokers for it (DESIGN, "Kafka's names").
      replicationFactor:
        config.original('offsets.topic.replication.factor') === undefined
          ? Math.min(config.offsetsTopicReplicationFactor, Math.max(1, live))
          : config.offsetsTopicReplicationFactor,
      assignments: [],
      configs: [
        { name: 'cleanup.policy', value: 'compact' },
        { name: 'compression.type', value: 'producer' },
        { name: 'segment.bytes', value: String(config.offsetsTopicSegmentBytes) },
      ],
    };
  }
}
