import { KafkaError } from '../../protocol/errors.ts';
import { inParallel } from '../log/in-parallel.ts';
import type { Log, TopicPartition } from '../log/log.ts';
import type { LogManager } from '../log/log-manager.ts';
import { DirectoryId, type MetadataImage, type PartitionRegistration, type TopicImage } from '../metadata/image.ts';
import type { Logger } from '../platform/logger.ts';
import { Partition, type PartitionListener } from './partition.ts';

export interface ReplicaManagerOptions {
  readonly localBrokerId: number;
  readonly logs: LogManager;
  readonly logger: Logger;
  /** A log is in another of the dirs than the metadata says; by the dir's id. */
  readonly onMisplaced?: (replica: {
    readonly topicId: string;
    readonly partition: number;
    readonly directoryId: string;
  }) => void;
}

/** Each has a file open meanwhile, and the thread pool does four things at a time. */
const LOGS_MADE_AT_A_TIME = 16;

/** The partitions that this broker holds, kept in step with the metadata image. Kafka's `ReplicaManager`. */
export class ReplicaManager {
  readonly #localBrokerId: number;
  readonly #logs: LogManager;
  readonly #logger: Logger;
  readonly #onMisplaced: NonNullable<ReplicaManagerOptions['onMisplaced']>;
  readonly #byTopic = new Map<string, Map<number, Partition>>();
  /** Names of partitions that should be here, and whose log could not be made. */
  readonly #offline = new Set<string>();
  readonly #listeners: PartitionListener[] = [];

  constructor({ localBrokerId, logs, logger, onMisplaced = () => {} }: ReplicaManagerOptions) {
    this.#localBrokerId = localBrokerId;
    this.#logs = logs;
    this.#logger = logger;
    this.#onMisplaced = onMisplaced;
  }

  /** Calls `listener` on every append, high watermark, log start, epoch change and deletion. */
  onPartitionChange(listener: PartitionListener): void {
    this.#listeners.push(listener);
  }

  find(topic: string, partition: number): Partition | undefined {
    return this.#byTopic.get(topic)?.get(partition);
  }

  /** The partition; UNKNOWN_TOPIC_OR_PARTITION when this broker does not hold it, KAFKA_STORAGE_ERROR without a log. */
  get({ topic, partition }: TopicPartition): Partition {
    const found = this.find(topic, partition);
    if (found !== undefined) return found;
    const name = `${topic}-${partition}`;
    if (this.#offline.has(name)) throw new KafkaError('KAFKA_STORAGE_ERROR', `no disk takes the log of ${name}`);
    throw new KafkaError('UNKNOWN_TOPIC_OR_PARTITION', `this broker has no ${name}`);
  }

  *all(): Generator<Partition> {
    for (const partitions of this.#byTopic.values()) yield* partitions.values();
  }

  /** Wakes who waits on partitions whose log is offline since now. */
  onDirectoryFailure(): void {
    for (const partition of this.all()) if (partition.log.isOffline) partition.markOffline();
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
    const mine = [...topic.partitions.values()].filter(({ replicas }) => replicas.includes(this.#localBrokerId));
    await inParallel(mine, LOGS_MADE_AT_A_TIME, async (registration) => {
      const existing = partitions.get(registration.partition);
      if (existing !== undefined) {
        existing.update(registration);
        return;
      }
      const log = await this.#logFor(topic, registration);
      if (log === undefined) return;
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
    });
  }

  /** Undefined when no disk takes it: the partition is offline here, the rest of the metadata goes on. */
  async #logFor(
    { name: topic, id: topicId }: TopicImage,
    registration: PartitionRegistration,
  ): Promise<Log | undefined> {
    const { partition, replicas, directories } = registration;
    const name = `${topic}-${partition}`;
    const assigned = directories[replicas.indexOf(this.#localBrokerId)] ?? DirectoryId.UNASSIGNED;
    try {
      const wanted = assigned === DirectoryId.UNASSIGNED ? undefined : assigned;
      const log = await this.#logs.getOrCreate({ topic, partition }, topicId, wanted);
      this.#offline.delete(name);
      const directoryId = this.#logs.directoryId({ topic, partition });
      if (directoryId !== undefined && directoryId !== assigned) this.#onMisplaced({ topicId, partition, directoryId });
      return log;
    } catch (error) {
      if (!(error instanceof KafkaError)) throw error;
      this.#offline.add(name);
      this.#logger.error({ err: error, partition: name }, 'a partition has no log and is offline on this broker');
      return undefined;
    }
  }

  async #deleteTopic(name: string): Promise<void> {
    const partitions = this.#byTopic.get(name);
    if (partitions === undefined) return;
    this.#byTopic.delete(name);
    for (const offline of this.#offline) {
      if (offline.slice(0, offline.lastIndexOf('-')) === name) this.#offline.delete(offline);
    }
    // All of them first: whoever waits on several is answered once, for all that is gone.
    for (const partition of partitions.values()) partition.markDeleted();
    for (const { topicPartition } of partitions.values()) await this.#logs.delete(topicPartition);
    this.#logger.info({ topic: name, partitions: partitions.size }, 'topic deleted');
  }
}
