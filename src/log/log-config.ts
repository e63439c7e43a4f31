import type { CompressionType } from '../../protocol/records/compression.ts';

/** One topic's settings for its logs, with Kafka's topic configs behind each name. Times are ms, sizes bytes. */
export interface LogConfig {
  /** `segment.bytes` */
  readonly segmentBytes: number;
  /** `segment.ms` */
  readonly segmentMs: number;
  /** `segment.jitter.ms`: up to this much is taken off `segmentMs`, at random for each segment. */
  readonly segmentJitterMs: number;
  /** `segment.index.bytes`: an index of this size rolls the segment. */
  readonly segmentIndexBytes: number;
  /** `retention.ms`; −1 keeps for ever. */
  readonly retentionMs: number;
  /** `retention.bytes`; −1 for no limit. */
  readonly retentionBytes: number;
  /** `index.interval.bytes` */
  readonly indexIntervalBytes: number;
  /** `max.message.bytes`: the largest batch. */
  readonly maxMessageBytes: number;
  /** `cleanup.policy` */
  readonly cleanupPolicy: ReadonlySet<'delete' | 'compact'>;
  /** `min.cleanable.dirty.ratio`: compaction waits until more than this part of the log was not compacted before. */
  readonly minCleanableDirtyRatio: number;
  /** `min.compaction.lag.ms`: what is younger is not compacted. */
  readonly minCompactionLagMs: number;
  /** `max.compaction.lag.ms`: what is older is compacted, whatever the ratio; 2^63 − 1, and so never, by default. */
  readonly maxCompactionLagMs: number;
  /** `delete.retention.ms`: how long compaction keeps tombstones and the markers of transactions without data. */
  readonly deleteRetentionMs: number;
  /** `compression.type` */
  readonly compressionType: CompressionType | 'producer' | 'uncompressed';
  /** `compression.gzip.level`, `compression.lz4.level` and `compression.zstd.level`. */
  readonly compressionLevels: Partial<Record<CompressionType, number>>;
  /** `message.timestamp.type` */
  readonly messageTimestampType: 'CreateTime' | 'LogAppendTime';
  /** `message.timestamp.before.max.ms`; `Number.MAX_SAFE_INTEGER` for no bound. */
  readonly messageTimestampBeforeMaxMs: number;
  /** `message.timestamp.after.max.ms` */
  readonly messageTimestampAfterMaxMs: number;
  /** `flush.messages`: an append that reaches this many unflushed records is flushed before it is acknowledged. */
  readonly flushMessages: number;
  /** `flush.ms` */
  readonly flushMs: number;
  /** `file.delete.delay.ms` */
  readonly fileDeleteDelayMs: number;
  /** `preallocate` */
  readonly preallocate: boolean;
}

const WEEK_MS = 7 * 24 * 60 * 60 * 1000;
const DAY_MS = 24 * 60 * 60 * 1000;
const HOUR_MS = 60 * 60 * 1000;

/** Kafka 4.3's defaults. */
export const defaultLogConfig: LogConfig = {
  segmentBytes: 1024 ** 3,
  segmentMs: WEEK_MS,
  segmentJitterMs: 0,
  segmentIndexBytes: 10 * 1024 ** 2,
  retentionMs: WEEK_MS,
  retentionBytes: -1,
  indexIntervalBytes: 4096,
  maxMessageBytes: 1_048_588,
  cleanupPolicy: new Set(['delete']),
  minCleanableDirtyRatio: 0.5,
  minCompactionLagMs: 0,
  maxCompactionLagMs: Number.MAX_SAFE_INTEGER,
  deleteRetentionMs: DAY_MS,
  compressionType: 'producer',
  compressionLevels: { gzip: -1, lz4: 9, zstd: 3 },
  messageTimestampType: 'CreateTime',
  messageTimestampBeforeMaxMs: Number.MAX_SAFE_INTEGER,
  messageTimestampAfterMaxMs: HOUR_MS,
  flushMessages: Number.MAX_SAFE_INTEGER,
  flushMs: Number.MAX_SAFE_INTEGER,
  fileDeleteDelayMs: 60_000,
  preallocate: false,
};

/** When a segment is rolled whatever its size: records of a compacted topic must not wait in the active one for longer. */
export function rollAfterMs({ segmentMs, cleanupPolicy, maxCompactionLagMs }: LogConfig): number {
  return cleanupPolicy.has('compact') && maxCompactionLagMs > 0 ? Math.min(maxCompactionLagMs, segmentMs) : segmentMs;
}
