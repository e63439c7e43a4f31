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
  /** `compression.type` */
  readonly compressionType: CompressionType | 'producer' | 'uncompressed';
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
  compressionType: 'producer',
  messageTimestampType: 'CreateTime',
  messageTimestampBeforeMaxMs: Number.MAX_SAFE_INTEGER,
  messageTimestampAfterMaxMs: HOUR_MS,
  flushMessages: Number.MAX_SAFE_INTEGER,
  flushMs: Number.MAX_SAFE_INTEGER,
  fileDeleteDelayMs: 60_000,
  preallocate: false,
};
