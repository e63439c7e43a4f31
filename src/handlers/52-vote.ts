/** Vote (KIP-595, KIP-853, KIP-996): a candidate asks for a vote, or whether it would get one. */
import { ErrorCode } from '../../protocol/errors.ts';
import { voteRequest, voteResponse } from '../../protocol/schema/52-vote.ts';
import { handler } from './handler.ts';
import { metadataPartition, nodeEndpoints, partitionAnswer } from './quorum-messages.ts';

export const vote = handler({
  request: voteRequest,
  response: voteResponse,

  async handle({ clusterId, voterId, topics }, { apiVersion, listenerName }, broker) {
    const asked = metadataPartition(topics);
    const answer = await broker.quorum.vote({
      clusterId,
      voter: { id: voterId, directoryId: asked.voterDirectoryId },
      replica: { id: asked.replicaId, directoryId: asked.replicaDirectoryId },
      replicaEpoch: asked.replicaEpoch,
      lastOffset: asked.lastOffset,
      lastOffsetEpoch: asked.lastOffsetEpoch,
      preVote: asked.preVote,
    });
    return {
      errorCode: ErrorCode.NONE,
      topics: partitionAnswer(answer, { voteGranted: answer.voteGranted }),
      ...(apiVersion < 1 ? {} : { nodeEndpoints: nodeEndpoints(answer, listenerName) }),
    };
  },

  failed: (_request, { errorCode }) => ({ errorCode }),
});
