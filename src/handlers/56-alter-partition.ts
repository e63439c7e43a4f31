/** AlterPartition (KIP-497, KIP-903): a leader tells the controller who is in sync. */
import { ErrorCode } from '../../protocol/errors.ts';
import { alterPartitionRequest, alterPartitionResponse } from '../../protocol/schema/56-alter-partition.ts';
import { handler } from './handler.ts';

const FIRST_VERSION_WITH_EPOCHS = 3;

export const alterPartition = handler({
  request: alterPartitionRequest,
  response: alterPartitionResponse,

  async handle({ brokerId, brokerEpoch, topics }, { apiVersion }, broker) {
    const altered = await broker.controller.alterPartitions({
      brokerId,
      brokerEpoch,
      topics: topics.map(({ topicId, partitions }) => ({
        topicId,
        partitions: partitions.map(({ newIsr, newIsrWithEpochs, ...partition }) => ({
          ...partition,
          newIsr:
            apiVersion < FIRST_VERSION_WITH_EPOCHS
              ? newIsr.map((id) => ({ brokerId: id, brokerEpoch: -1 }))
              : newIsrWithEpochs,
        })),
      })),
    });
    return {
      errorCode: ErrorCode.NONE,
      topics: altered.map(({ topicId, partitions }) => ({
        topicId,
        partitions: partitions.map(({ partitionIndex, error, partition }) => ({
          partitionIndex,
          errorCode: ErrorCode[error],
          ...(partition === null
            ? {}
            : {
                leaderId: partition.leader,
                leaderEpoch: partition.leaderEpoch,
                isr: partition.isr,
                leaderRecoveryState: partition.leaderRecoveryState,
                partitionEpoch: partition.partitionEpoch,
              }),
        })),
      })),
    };
  },

  failed: (_request, { errorCode }) => ({ errorCode }),
});
