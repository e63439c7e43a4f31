/** AssignReplicasToDirs (KIP-858): a broker tells in which of its directories its replicas are. */
import { ErrorCode } from '../../protocol/errors.ts';
import {
  assignReplicasToDirsRequest,
  assignReplicasToDirsResponse,
} from '../../protocol/schema/73-assign-replicas-to-dirs.ts';
import { handler } from './handler.ts';

export const assignReplicasToDirs = handler({
  request: assignReplicasToDirsRequest,
  response: assignReplicasToDirsResponse,

  async handle({ brokerId, brokerEpoch, directories }, _context, broker) {
    const assignments = directories.flatMap(({ id, topics }) =>
      topics.flatMap(({ topicId, partitions }) =>
        partitions.map(({ partitionIndex }) => ({ directoryId: id, topicId, partition: partitionIndex })),
      ),
    );
    const assigned = (await broker.controller.assignReplicasToDirs({ brokerId, brokerEpoch, assignments })).values();
    return {
      errorCode: ErrorCode.NONE,
      directories: directories.map(({ id, topics }) => ({
        id,
        topics: topics.map(({ topicId, partitions }) => ({
          topicId,
          // The answers stand in the order of what was asked.
          partitions: partitions.map(({ partitionIndex }) => ({
            partitionIndex,
            errorCode: assigned.next().value?.error?.errorCode ?? ErrorCode.NONE,
          })),
        })),
      })),
    };
  },

  failed: (_request, { errorCode }) => ({ errorCode }),
});
