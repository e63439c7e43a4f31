/** AlterPartitionReassignments (KIP-455; KIP-860 forbids a change of the replication factor). */
import { ErrorCode } from '../../protocol/errors.ts';
import {
  alterPartitionReassignmentsRequest,
  alterPartitionReassignmentsResponse,
} from '../../protocol/schema/45-alter-partition-reassignments.ts';
import { handler } from './handler.ts';

export const alterPartitionReassignments = handler({
  request: alterPartitionReassignmentsRequest,
  response: alterPartitionReassignmentsResponse,

  async handle({ topics, allowReplicationFactorChange }, _context, broker) {
    const altered = await broker.controller.alterReassignments({ topics, allowReplicationFactorChange });
    return {
      allowReplicationFactorChange,
      errorCode: ErrorCode.NONE,
      errorMessage: null,
      responses: altered.map(({ name, partitions }) => ({
        name,
        partitions: partitions.map(({ partitionIndex, error }) => ({
          partitionIndex,
          errorCode: error?.errorCode ?? ErrorCode.NONE,
          errorMessage: error?.message ?? null,
        })),
      })),
    };
  },

  failed: ({ topics, allowReplicationFactorChange }, { errorCode, message }) => ({
    allowReplicationFactorChange,
    errorCode,
    errorMessage: message,
    responses: topics.map(({ name, partitions }) => ({
      name,
      partitions: partitions.map(({ partitionIndex }) => ({ partitionIndex, errorCode, errorMessage: message })),
    })),
  }),
});
