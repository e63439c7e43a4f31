/** ListPartitionReassignments (KIP-455): the partitions that are moving. */
import { ErrorCode } from '../../protocol/errors.ts';
import {
  listPartitionReassignmentsRequest,
  listPartitionReassignmentsResponse,
} from '../../protocol/schema/46-list-partition-reassignments.ts';
import { ongoingReassignments } from '../metadata/control/reassignment-control.ts';
import { handler } from './handler.ts';

export const listPartitionReassignments = handler({
  request: listPartitionReassignmentsRequest,
  response: listPartitionReassignmentsResponse,

  handle: ({ topics }, _context, broker) => ({
    errorCode: ErrorCode.NONE,
    errorMessage: null,
    topics: ongoingReassignments(broker.image(), topics).map(({ name, partitions }) => ({
      name,
      partitions: partitions.map(({ partition, replicas, addingReplicas, removingReplicas }) => ({
        partitionIndex: partition,
        replicas,
        addingReplicas,
        removingReplicas,
      })),
    })),
  }),

  failed: (_request, { errorCode, message }) => ({ errorCode, errorMessage: message }),
});
