import type { KafkaError } from '../../protocol/errors.ts';
import type { Clock } from '../platform/clock.ts';
import type { Executor } from '../platform/executor.ts';
import type { FileSystem } from '../platform/file-system.ts';
import type { Logger } from '../platform/logger.ts';
import type { Random } from '../platform/random.ts';
import type { TopicPartition } from './file-names.ts';
import type { IndexCache } from './index-cache.ts';
import type { LogConfig } from './log-config.ts';
import type { OpenFiles } from './open-files.ts';
import type { TailBudget } from './tail-cache.ts';
import type { WritePacer } from './write-pacer.ts';

/** What a log is opened with. */
export interface LogOptions {
  readonly directory: string;
  readonly topicPartition: TopicPartition;
  readonly topicId: string;
  readonly config: LogConfig;
  readonly fs: FileSystem;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly random?: Random;
  /** For recompression ahead of an append's turn; on the spot when absent. */
  readonly executor?: Executor;
  /** Everything below is on the disk for sure; 0 has the whole log checked unless it was closed cleanly. */
  readonly recoveryPoint?: number;
  readonly logStartOffset?: number;
  readonly wasCleanlyClosed?: boolean;
  /** Whether the log was ever compacted, which thins its offsets out, whatever its policy is now. */
  readonly wasCompacted?: boolean;
  /** Called before the log is truncated, with the base offset of what will be its last segment, and its recovery point. */
  readonly onTruncation?: (lastSegmentOffset: number, recoveryPoint: number) => Promise<void>;
  /** For a directory that was made just now. */
  readonly isNew?: boolean;
  /** `producer.id.expiration.ms` */
  readonly producerIdExpirationMs?: number;
  /** Shared by the logs of a broker. */
  readonly tailBudget?: TailBudget;
  readonly indexCache?: IndexCache;
  readonly openFiles?: OpenFiles;
  readonly pacer?: WritePacer;
  /** When waiting appends are written: by default after the I/O callbacks of this turn of the event loop. */
  readonly schedule?: (run: () => void) => void;
  /** Called once, when the disk fails; the log refuses everything from then on. */
  readonly onStorageFailure?: (error: KafkaError) => void;
}

/** `producer.id.expiration.ms` by default. */
export const DEFAULT_PRODUCER_ID_EXPIRATION_MS = 24 * 60 * 60 * 1000;
