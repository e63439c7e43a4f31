import { KafkaError } from '../../protocol/errors.ts';
import type { TopicPartition } from '../log/log.ts';
import type { LogManager } from '../log/log-manager.ts';
import type { MetadataImage, TopicImage } from '../metadata/image.ts';
import type { Logger } from '../platform/logger.ts';
import { Partition, type PartitionListener } from './partition.ts';

export interface ReplicaManagerOptions {
  readonly localBrokerId: number;
  readonly logs: LogManager;
  readonly logger: Logger;
}

/** The partitions that this broker holds, kept in step with the metadata image. Kafka's `ReplicaManager`. */
export class ReplicaManager {
  readonly #localBrokerId: number;
  readonly #logs: LogManager;
  readonly #logger: Logger;
  readonly #byTopic = new Map<string, Map<number, Partition>>();
  readonly #listeners: PartitionListener[] = [];

  constructor({ localBrokerId, logs, logger }: ReplicaManagerOptions) {
    this.#localBrokerId = localBrokerId;
    this.#logs = logs;
    this.#logger = logger;
  }

  /** Calls `listener` on every append, high watermark, log start, epoch change and deletion. */
  onPartitionChange(listener: PartitionListener): void {
    this.#listeners.push(listener);
  }

  find(topic: string, partition: number): Partition | undefined {
    return this.#byTopic.get(topic)?.get(partition);
  }

  /** The partition; UNKNOWN_TOPIC_OR_PARTITION when this broker does not hold it. */
  get({ topic, partition }: TopicPartition): Partition {
    const found = this.find(topic, partition);
    if (found === undefined)
      throw new KafkaError('UNKNOWN_TOPIC_OR_PARTITION', `this broker has no ${topic}-${partition}`);
    return found;
  }

  *all(): Generator<Partition> {
    for (const partitions of this.#byTopic.values()) yield* partitions.values();
  }

  /** Brings the topics named in step with `image`: makes, updates and deletes replicas. */
  async apply(image: MetadataImage, topics: { changed: Iterable<string>; deleted: Iterable<string> }): Promise<void> {
    for (const name of topics.deleted) await this.#deleteTopic(name);
    for (const name of topics.changed) {
      const topic = image.topicsByName.get(name);
      if (topic !== undefined) await this.#applyTopic(topic);
    }
  }

  async #applyTopic(topic: TopicImage): Promise<void> {
    const held = this.#byTopic.get(topic.name);
    for (const partition of held?.values() ?? []) {
      // A topic deleted and made again under the same name: the old replicas are another topic's.
      if (partition.topicId !== topic.id) {
        await this.#deleteTopic(topic.name);
        break;
      }
    }
    const partitions = this.#byTopic.get(topic.name) ?? new Map<number, Partition>();
    this.#byTopic.set(topic.name, partitions);
    await Promise.all(
      [...topic.partitions.values()]
        .filter(({ replicas }) => replicas.includes(this.#localBrokerId))
        .map(async (registration) => {
          const existing = partitions.get(registration.partition);
          if (existing !== undefined) {
            existing.update(registration);
            return;
          }
          const log = await this.#logs.getOrCreate({ topic: topic.name, partition: registration.partition }, topic.id);
          const partition = new Partition({
            log,
            topicId: topic.id,
            localBrokerId: this.#localBrokerId,
            registration,
            onChange: (changed) => {
              for (const listener of this.#listeners) listener(changed);
            },
          });
          partition.becomeLeaderIfElected();
          partitions.set(registration.partition, partition);
        }),
    );
  }

  async #deleteTopic(name: string): Promise<void> {
    const partitions = this.#byTopic.get(name);
    if (partitions === undefined) return;
    this.#byTopic.delete(name);
    for (const partition of partitions.values()) {
      partition.markDeleted();
      await this.#logs.delete(partition.topicPartition);
    }
    this.#logger.info({ topic: name, partitions: partitions.size }, 'topic deleted');
  }
}
