import { Log, type LogOptions } from '../log/log.ts';
import { defaultLogConfig } from '../log/log-config.ts';
import { METADATA_TOPIC, METADATA_TOPIC_ID } from '../raft/raft-log.ts';

/** Nothing of the metadata log expires by itself: snapshots decide what goes. */
const CONFIG = {
  ...defaultLogConfig,
  retentionMs: -1,
  retentionBytes: -1,
  maxMessageBytes: 8 * 1024 * 1024,
} as const;

/** Opens the log of `__cluster_metadata-0`. It is checked whole at each start, as Kafka does. */
export function openMetadataLog(
  directory: string,
  ports: Pick<LogOptions, 'fs' | 'clock' | 'logger' | 'random'>,
): Promise<Log> {
  return Log.open({
    ...ports,
    directory,
    topicPartition: { topic: METADATA_TOPIC, partition: 0 },
    topicId: METADATA_TOPIC_ID,
    config: CONFIG,
  });
}
