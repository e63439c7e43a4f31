/** EndQuorumEpoch (KIP-595): a leader resigns, and says who is to follow it. */
import { ErrorCode } from '../../protocol/errors.ts';
import { endQuorumEpochRequest, endQuorumEpochResponse } from '../../protocol/schema/54-end-quorum-epoch.ts';
import { NO_DIRECTORY } from '../raft/replica-key.ts';
import { handler } from './handler.ts';
import { metadataPartition, nodeEndpoints, partitionAnswer } from './quorum-messages.ts';

export const endQuorumEpoch = handler({
  request: endQuorumEpochRequest,
  response: endQuorumEpochResponse,

  async handle({ clusterId, topics, leaderEndpoints }, { apiVersion, listenerName }, broker) {
    const { leaderId, leaderEpoch, preferredSuccessors, preferredCandidates } = metadataPartition(topics);
    const candidates =
      apiVersion < 1
        ? preferredSuccessors.map((id) => ({ id, directoryId: NO_DIRECTORY }))
        : preferredCandidates.map((each) => ({ id: each.candidateId, directoryId: each.candidateDirectoryId }));
    const answer = await broker.quorum.endQuorumEpoch({
      clusterId,
      leaderId,
      leaderEpoch,
      preferredCandidates: candidates,
      leaderEndpoints,
    });
    return {
      errorCode: ErrorCode.NONE,
      topics: partitionAnswer(answer, {}),
      ...(apiVersion < 1 ? {} : { nodeEndpoints: nodeEndpoints(answer, listenerName) }),
    };
  },

  failed: (_request, { errorCode }) => ({ errorCode }),
});
