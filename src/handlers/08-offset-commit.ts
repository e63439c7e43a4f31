/** OffsetCommit (KIP-211 retention, KIP-848 topic ids). */
import { offsetCommitRequest, offsetCommitResponse } from '../../protocol/schema/08-offset-commit.ts';
import { handler } from './handler.ts';

export const offsetCommit = handler({
  request: offsetCommitRequest,
  response: offsetCommitResponse,

  handle: (request, context, broker) => broker.groups.offsetCommit(context, request),

  failed: (request, { errorCode }) => ({
    topics: request.topics.map(({ name, topicId, partitions }) => ({
      name,
      topicId,
      partitions: partitions.map(({ partitionIndex }) => ({ partitionIndex, errorCode })),
    })),
  }),
});
