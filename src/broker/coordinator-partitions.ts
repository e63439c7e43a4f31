import type { PartitionWriter } from '../coordinator/runtime/partition-writer.ts';
import type { TopicPartition } from '../log/log.ts';
import type { Partition } from '../replication/partition.ts';
import type { ReplicaManager } from '../replication/replica-manager.ts';

/** The coordinators' view of the partitions they keep their records in. */
export class CoordinatorPartitions implements PartitionWriter {
  readonly #replicas: ReplicaManager;
  readonly #listeners = new Map<string, Set<(highWatermark: number) => void>>();

  constructor(replicas: ReplicaManager) {
    this.#replicas = replicas;
    replicas.onPartitionChange((partition) => this.#tell(partition));
  }

  async append(topicPartition: TopicPartition, batch: Buffer, leaderEpoch: number): Promise<{ lastOffset: number }> {
    const partition = this.#replicas.get(topicPartition);
    partition.checkLeader(leaderEpoch);
    const { lastOffset } = await partition.append(batch, 'coordinator');
    return { lastOffset };
  }

  highWatermark(topicPartition: TopicPartition): number {
    return this.#replicas.get(topicPartition).log.highWatermark;
  }

  onHighWatermark(topicPartition: TopicPartition, listener: (highWatermark: number) => void): () => void {
    const key = keyOf(topicPartition);
    const listeners = this.#listeners.get(key) ?? new Set();
    this.#listeners.set(key, listeners);
    listeners.add(listener);
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0) this.#listeners.delete(key);
    };
  }

  async read(topicPartition: TopicPartition, startOffset: number, maxBytes: number): Promise<{ records: Buffer[] }> {
    const limits = { maxBytes, minOneMessage: true, isolation: 'logEnd' } as const;
    const { records } = await this.#replicas.get(topicPartition).read(startOffset, limits);
    return { records };
  }

  logStartOffset(topicPartition: TopicPartition): number {
    return this.#replicas.get(topicPartition).log.logStartOffset;
  }

  logEndOffset(topicPartition: TopicPartition): number {
    return this.#replicas.get(topicPartition).log.logEndOffset;
  }

  #tell({ name, log }: Partition): void {
    const listeners = this.#listeners.get(name);
    if (listeners !== undefined) for (const listener of [...listeners]) listener(log.highWatermark);
  }
}

function keyOf({ topic, partition }: TopicPartition): string {
  return `${topic}-${partition}`;
}
