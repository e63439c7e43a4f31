import type { CompressionType } from '../../../protocol/records/compression.ts';

/** What the group coordinator is configured with; each field is Kafka's key of that name. */
export interface GroupCoordinatorConfig {
  /** `group.min.session.timeout.ms` */
  readonly minSessionTimeoutMs: number;
  /** `group.max.session.timeout.ms` */
  readonly maxSessionTimeoutMs: number;
  /** `group.max.size`, members of one classic group. */
  readonly maxSize: number;
  /** `group.initial.rebalance.delay.ms` */
  readonly initialRebalanceDelayMs: number;
  /** `group.coordinator.append.linger.ms`; −1 writes a batch as soon as no more work is queued. */
  readonly appendLingerMs: number;
  /** `offset.metadata.max.bytes` */
  readonly offsetMetadataMaxBytes: number;
  /** `offsets.retention.minutes`, in milliseconds. */
  readonly offsetsRetentionMs: number;
  /** `offsets.retention.check.interval.ms` */
  readonly offsetsRetentionCheckIntervalMs: number;
  /** `offsets.commit.timeout.ms`, how long a write may wait to be committed. */
  readonly offsetsCommitTimeoutMs: number;
  /** `offsets.load.buffer.size`, bytes read at once while a partition is loaded. */
  readonly offsetsLoadBufferSize: number;
  /** `offsets.topic.compression.codec`, of the batches that the coordinator appends. */
  readonly compression: CompressionType;
  /** `max.message.bytes` of __consumer_offsets; the most that one batch holds. */
  readonly maxBatchBytes: number;
}

/** Kafka's defaults, but no wait before a group's first rebalance. */
export const DEFAULT_GROUP_COORDINATOR_CONFIG: GroupCoordinatorConfig = {
  minSessionTimeoutMs: 6_000,
  maxSessionTimeoutMs: 1_800_000,
  maxSize: 2_147_483_647,
  initialRebalanceDelayMs: 0,
  appendLingerMs: -1,
  offsetMetadataMaxBytes: 4096,
  offsetsRetentionMs: 7 * 24 * 60 * 60 * 1000,
  offsetsRetentionCheckIntervalMs: 600_000,
  offsetsCommitTimeoutMs: 5_000,
  offsetsLoadBufferSize: 5 * 1024 * 1024,
  compression: 'none',
  maxBatchBytes: 1_048_588,
};
