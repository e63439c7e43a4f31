/** The log of one coordinator partition, as the runtime needs it. */
import type { Offset } from './timeline.ts';

export interface TopicPartition {
  readonly topic: string;
  readonly partition: number;
}

export interface PartitionWriter {
  /**
   * Appends one batch as leader of `leaderEpoch`. Resolves when it is written, not when it is committed; rejects with a
   * `KafkaError`. Calls of one partition are made one at a time.
   */
  append(partition: TopicPartition, batch: Buffer, leaderEpoch: number): Promise<{ readonly lastOffset: Offset }>;
  /** The first offset that is not committed. */
  highWatermark(partition: TopicPartition): Offset;
  /** Calls `listener` with each new high watermark until the returned function is called. */
  onHighWatermark(partition: TopicPartition, listener: (highWatermark: Offset) => void): () => void;
  /** Stored batches from `startOffset` on, up to the log's end; empty when there are none. */
  read(
    partition: TopicPartition,
    startOffset: Offset,
    maxBytes: number,
  ): Promise<{ readonly records: readonly Buffer[] }>;
  logStartOffset(partition: TopicPartition): Offset;
  logEndOffset(partition: TopicPartition): Offset;
}
