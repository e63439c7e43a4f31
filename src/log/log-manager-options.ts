import type { KafkaError } from '../../protocol/errors.ts';
import type { BufferPool } from '../collections/buffer-pool.ts';
import type { Clock } from '../platform/clock.ts';
import type { Executor } from '../platform/executor.ts';
import type { FileSystem } from '../platform/file-system.ts';
import type { Logger } from '../platform/logger.ts';
import type { Random } from '../platform/random.ts';
import type { CleanerConfig } from './compaction/log-cleaner.ts';
import type { TopicPartition } from './file-names.ts';
import type { LogConfig } from './log-config.ts';

/** What the log manager of a broker is made of. */
export interface LogManagerOptions extends Partial<Intervals> {
  /** Absolute paths; made when they are missing. */
  readonly dirs: readonly string[];
  /** Those of `dirs` that cannot be used, as was found before. */
  readonly offlineDirs?: ReadonlySet<string>;
  /** `directory.id` of each dir, by path. */
  readonly directoryIds?: ReadonlyMap<string, string>;
  readonly fs: FileSystem;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly random?: Random;
  /** For compaction and recompression; on the event loop when absent. It is the caller's to close. */
  readonly executor?: Executor;
  readonly configFor: (topic: string) => LogConfig;
  /** Whether a log found at start is none of this broker's; it is set aside as `-stray`. */
  readonly isStray?: (topicId: string, topicPartition: TopicPartition) => boolean;
  /** The id of the dir that the metadata has the partition in. */
  readonly assignedDirectory?: (topicId: string, topicPartition: TopicPartition) => string | undefined;
  /** `producer.id.expiration.ms` as it is now. */
  readonly producerIdExpirationMs?: () => number;
  /** Logs recovered at the same time after a crash; `num.recovery.threads.per.data.dir` times the dirs. */
  readonly recoveryParallelism?: number;
  /** Memory for the batches appended last, over all logs, and for each. */
  readonly tailBytes?: number;
  readonly tailBytesPerLog?: number;
  /** Where those batches' memory comes from and goes to. */
  readonly buffers?: BufferPool;
  /** `samsa.log.max.open.files`: `.log` files open at a time, over all logs; never above half of what the process may. */
  readonly maxOpenFiles?: number;
  /** `log.cleaner.*`; `null` where nothing is compacted. Kafka's defaults when absent. */
  readonly cleaner?: (() => CleanerConfig) | null;
  /** As `LogOptions.schedule`. */
  readonly schedule?: (run: () => void) => void;
  /** A directory's disk failed: its logs take and serve nothing more. */
  readonly onDirectoryFailure?: (directory: string, error: KafkaError) => void;
}

/** How often what is done, in ms. */
export interface Intervals {
  /** `log.retention.check.interval.ms` */
  readonly retentionCheckIntervalMs: number;
  /** `log.flush.offset.checkpoint.interval.ms` and `log.flush.start.offset.checkpoint.interval.ms` */
  readonly offsetCheckpointIntervalMs: number;
  /** `replica.high.watermark.checkpoint.interval.ms` */
  readonly highWatermarkCheckpointIntervalMs: number;
  /** `producer.id.expiration.check.interval.ms` */
  readonly producerExpirationCheckIntervalMs: number;
  /** `log.flush.scheduler.interval.ms`, which Kafka never runs by default, so that `flush.ms` of a topic did nothing. */
  readonly flushCheckIntervalMs: number;
}

export const defaultIntervals: Intervals = {
  retentionCheckIntervalMs: 300_000,
  offsetCheckpointIntervalMs: 60_000,
  highWatermarkCheckpointIntervalMs: 5000,
  producerExpirationCheckIntervalMs: 600_000,
  flushCheckIntervalMs: 1000,
};
