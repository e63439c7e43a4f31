/** OffsetCommit (KIP-211 retention, KIP-848 topic ids). */
import { offsetCommitRequest, offsetCommitResponse } from '../../protocol/schema/08-offset-commit.ts';
import { handler } from './handler.ts';
import { askForKnownPartitions } from './known-partitions.ts';

export const offsetCommit = handler({
  request: offsetCommitRequest,
  response: offsetCommitResponse,

  handle: (request, context, broker) =>
    askForKnownPartitions(request.topics, context, broker, (topics) =>
      broker.groups.offsetCommit(context, { ...request, topics }),
    ),

  failed: (request, { errorCode }) => ({
    topics: request.topics.map(({ name, topicId, partitions }) => ({
      name,
      topicId,
      partitions: partitions.map(({ partitionIndex }) => ({ partitionIndex, errorCode })),
    })),
  }),
});
