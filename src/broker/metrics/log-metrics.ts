import type { Log } from '../../log/log.ts';
import { gauge, type MetricFamily, type Sample } from './metric-family.ts';
import type { ObservedParts } from './observed-parts.ts';

/** The logs on this broker's disks. */
export function logMetrics({ logs }: Pick<ObservedParts, 'logs'>): MetricFamily[] {
  const directories = logs.directories();
  function* each(read: (log: Log) => number): Generator<Sample> {
    for (const log of logs.all()) {
      const { topic, partition } = log.topicPartition;
      yield { labels: { topic, partition }, value: read(log) };
    }
  }
  return [
    gauge(
      'kafka_log_log_size',
      'Bytes of a partition’s log',
      each(({ sizeInBytes }) => sizeInBytes),
    ),
    gauge(
      'kafka_log_log_numlogsegments',
      'Segments of a partition’s log',
      each(({ segmentCount }) => segmentCount),
    ),
    gauge(
      'kafka_log_log_logstartoffset',
      'The first offset of a partition',
      each(({ logStartOffset }) => logStartOffset),
    ),
    gauge(
      'kafka_log_log_logendoffset',
      'The next offset of a partition',
      each(({ logEndOffset }) => logEndOffset),
    ),
    gauge(
      'kafka_log_logmanager_offlinelogdirectorycount',
      'Log dirs whose disk failed',
      directories.filter(({ isOffline }) => isOffline).length,
    ),
    gauge(
      'kafka_log_logmanager_logdirectoryoffline',
      'Whether a log dir is offline',
      directories.map(({ path, isOffline }) => ({ labels: { logdirectory: path }, value: Number(isOffline) })),
    ),
    gauge(
      'samsa_log_open_files',
      'Files of logs that are open; samsa.log.max.open.files bounds those of sealed segments',
      logs.openFiles,
    ),
  ];
}
