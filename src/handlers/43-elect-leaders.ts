/** ElectLeaders (KIP-460): preferred leaders, or any where a partition has none. */
import { ErrorCode } from '../../protocol/errors.ts';
import { electLeadersRequest, electLeadersResponse } from '../../protocol/schema/43-elect-leaders.ts';
import { handler } from './handler.ts';

export const electLeaders = handler({
  request: electLeadersRequest,
  response: electLeadersResponse,

  async handle({ electionType, topicPartitions }, _context, broker) {
    const elected = await broker.controller.electLeaders({ electionType, topics: topicPartitions });
    return {
      errorCode: ErrorCode.NONE,
      replicaElectionResults: elected.map(({ topic, partitions }) => ({
        topic,
        partitionResult: partitions.map(({ partition, error }) => ({
          partitionId: partition,
          errorCode: error?.errorCode ?? ErrorCode.NONE,
          errorMessage: error?.message ?? null,
        })),
      })),
    };
  },

  failed: ({ topicPartitions }, { errorCode, message }) => ({
    errorCode,
    replicaElectionResults: (topicPartitions ?? []).map(({ topic, partitions }) => ({
      topic,
      partitionResult: partitions.map((partitionId) => ({ partitionId, errorCode, errorMessage: message })),
    })),
  }),
});
