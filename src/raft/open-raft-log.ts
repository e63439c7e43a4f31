/** Opens the log of `__cluster_metadata-0` as the quorum uses it. */
import { Log } from '../log/log.ts';
import { defaultLogConfig, type LogConfig } from '../log/log-config.ts';
import type { Clock } from '../platform/clock.ts';
import type { FileSystem } from '../platform/file-system.ts';
import type { Logger } from '../platform/logger.ts';
import type { Random } from '../platform/random.ts';
import { METADATA_TOPIC, METADATA_TOPIC_ID, type RaftLog } from './raft-log.ts';

/** Kafka's limit to a batch of the metadata log, and what its header takes. */
const MAX_BATCH_BYTES = 8 * 1024 * 1024 + 1024;
const WEEK_MS = 7 * 24 * 60 * 60 * 1000;

/** Nothing is ever deleted but behind a snapshot, and no timestamp is refused. */
const metadataLogConfig: LogConfig = {
  ...defaultLogConfig,
  segmentMs: WEEK_MS,
  retentionMs: -1,
  retentionBytes: -1,
  maxMessageBytes: MAX_BATCH_BYTES,
  messageTimestampAfterMaxMs: Number.MAX_SAFE_INTEGER,
};

export interface RaftLogOptions {
  /** `metadata.log.segment.bytes` and `.ms`; Kafka's defaults when absent. */
  readonly segments?: { readonly bytes: number; readonly ms: number } | undefined;
  readonly directory: string;
  readonly fs: FileSystem;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

/** As in Kafka the whole log is checked at every start: it is all read then anyway. */
export function openRaftLog({ segments, ...options }: RaftLogOptions): Promise<RaftLog> {
  const isNew = !options.fs.startup.list(options.directory).some(({ name }) => name.endsWith('.log'));
  return Log.open({
    ...options,
    topicPartition: { topic: METADATA_TOPIC, partition: 0 },
    topicId: METADATA_TOPIC_ID,
    config:
      segments === undefined
        ? metadataLogConfig
        : { ...metadataLogConfig, segmentBytes: segments.bytes, segmentMs: segments.ms },
    isNew,
    recoveryPoint: 0,
    wasCleanlyClosed: false,
  });
}
