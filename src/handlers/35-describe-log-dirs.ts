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
    const endOf = ({ topicPartition }: Log): number => broker.logs.get(topicPartition)?.logEndOffset ?? 0;
    const directories = await broker.logs.describeDirectories();
    return {
      errorCode: ErrorCode.NONE,
      results: directories.map(({ path, space, logs, futures }) => ({
        errorCode: space === null ? ErrorCode.KAFKA_STORAGE_ERROR : ErrorCode.NONE,
        logDir: path,
        topics: topicsOf([
          ...logs.filter(isAsked).map((log) => described(log, false, log.highWatermark)),
          ...futures.filter(isAsked).map((copy) => described(copy, true, endOf(copy))),
        ]),
        totalBytes: space?.totalBytes ?? -1,
        usableBytes: space?.usableBytes ?? -1,
      })),
    };
  },

  failed: (_request, { errorCode }) => ({ errorCode, results: [] }),
});

type DescribedLog = ReturnType<typeof described>;

/** `wantedEnd` is where a copy ends that lacks nothing. */
function described({ topicPartition, sizeInBytes, logEndOffset }: Log, isFutureKey: boolean, wantedEnd: number) {
  const { topic, partition: partitionIndex } = topicPartition;
  const offsetLag = Math.max(wantedEnd - logEndOffset, 0);
  return { topic, partition: { partitionIndex, partitionSize: sizeInBytes, offsetLag, isFutureKey } };
}

function topicsOf(logs: readonly DescribedLog[]) {
  const topics = new Map<string, DescribedLog['partition'][]>();
  for (const { topic, partition } of logs) topics.set(topic, [...(topics.get(topic) ?? []), partition]);
  return Array.from(topics, ([name, partitions]) => ({ name, partitions }));
}
