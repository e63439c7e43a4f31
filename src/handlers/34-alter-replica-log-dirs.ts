/** AlterReplicaLogDirs (KIP-113): replicas of this broker move to others of its log dirs, in the background. */
import { ErrorCode, toKafkaError } from '../../protocol/errors.ts';
import {
  alterReplicaLogDirsRequest,
  alterReplicaLogDirsResponse,
} from '../../protocol/schema/34-alter-replica-log-dirs.ts';
import type { Decoded } from '../../protocol/schema/table.ts';
import type { BrokerContext } from './context.ts';
import { handler } from './handler.ts';

export const alterReplicaLogDirs = handler({
  request: alterReplicaLogDirsRequest,
  response: alterReplicaLogDirsResponse,

  async handle(request, _context, broker) {
    const moves = new Map<string, Map<number, string>>();
    for (const { path, topics } of request.dirs) {
      for (const { name, partitions } of topics) {
        const byPartition = moves.get(name) ?? new Map<number, string>();
        moves.set(name, byPartition);
        for (const partition of partitions) byPartition.set(partition, path);
      }
    }
    const results = Array.from(moves, async ([topicName, byPartition]) => ({
      topicName,
      partitions: await Promise.all(
        Array.from(byPartition, async ([partitionIndex, path]) => ({
          partitionIndex,
          errorCode: await move(broker, topicName, partitionIndex, path),
        })),
      ),
    }));
    return { results: await Promise.all(results) };
  },

  failed: (request, { errorCode }) => ({ results: failedResults(request, errorCode) }),
});

async function move(broker: BrokerContext, topic: string, partition: number, path: string): Promise<number> {
  try {
    await broker.moves.begin({ topic, partition }, path);
    return ErrorCode.NONE;
  } catch (thrown) {
    const error = toKafkaError(thrown);
    if (error.error === 'UNKNOWN_SERVER_ERROR')
      broker.logger.error({ err: thrown, topic, partition, path }, 'a move failed');
    return error.errorCode;
  }
}

function failedResults({ dirs }: Decoded<typeof alterReplicaLogDirsRequest>, errorCode: number) {
  return dirs.flatMap(({ topics }) =>
    topics.map(({ name, partitions }) => ({
      topicName: name,
      partitions: partitions.map((partitionIndex) => ({ partitionIndex, errorCode })),
    })),
  );
}
