/** DescribeLogDirs (KIP-113, KIP-827 disk space): each log dir with the sizes in bytes of the logs asked for. */
import { ErrorCode } from '../../protocol/errors.ts';
import { describeLogDirsRequest, describeLogDirsResponse } from '../../protocol/schema/35-describe-log-dirs.ts';
import type { Log } from '../log/log.ts';
import { handler } from './handler.ts';

export const describeLogDirs = handler({
  request: describeLogDirsRequest,
  response: describeLogDirsResponse,

  async handle({ topics }, _context, broker) {
    const asked = topics === null ? null : new Map<string, Set<number>>();
    for (const { topic, partitions } of topics ?? []) {
      asked?.set(topic, new Set([...(asked.get(topic) ?? []), ...partitions]));
    }
    const isAsked = ({ topicPartition: { topic, partition } }: Log): boolean =>
      asked === null || asked.get(topic)?.has(partition) === true;
    const directories = await broker.logs.describeDirectories();
    return {
      errorCode: ErrorCode.NONE,
      results: directories.map(({ path, space, logs }) => ({
        errorCode: space === null ? ErrorCode.KAFKA_STORAGE_ERROR : ErrorCode.NONE,
        logDir: path,
        topics: topicsOf(logs.filter(isAsked)),
        totalBytes: space?.totalBytes ?? -1,
        usableBytes: space?.usableBytes ?? -1,
      })),
    };
  },

  failed: (_request, { errorCode }) => ({ errorCode, results: [] }),
});

function topicsOf(logs: readonly Log[]) {
  const topics = new Map<string, { partitionIndex: number; partitionSize: number; offsetLag: number }[]>();
  for (const { topicPartition, sizeInBytes, highWatermark, logEndOffset } of logs) {
    const partitions = topics.get(topicPartition.topic) ?? [];
    topics.set(topicPartition.topic, partitions);
    const offsetLag = Math.max(highWatermark - logEndOffset, 0);
    partitions.push({ partitionIndex: topicPartition.partition, partitionSize: sizeInBytes, offsetLag });
  }
  return Array.from(topics, ([name, partitions]) => ({ name, partitions }));
}
