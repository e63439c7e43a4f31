/** BeginQuorumEpoch (KIP-595): a leader says that its epoch has begun. */
import { ErrorCode } from '../../protocol/errors.ts';
import { beginQuorumEpochRequest, beginQuorumEpochResponse } from '../../protocol/schema/53-begin-quorum-epoch.ts';
import { handler } from './handler.ts';
import { metadataPartition, nodeEndpoints, partitionAnswer } from './quorum-messages.ts';

export const beginQuorumEpoch = handler({
  request: beginQuorumEpochRequest,
  response: beginQuorumEpochResponse,

  async handle({ clusterId, voterId, topics, leaderEndpoints }, { apiVersion, listenerName }, broker) {
    const { voterDirectoryId, leaderId, leaderEpoch } = metadataPartition(topics);
    const voter = { id: voterId, directoryId: voterDirectoryId };
    const answer = await broker.quorum.beginQuorumEpoch({ clusterId, voter, leaderId, leaderEpoch, leaderEndpoints });
    return {
      errorCode: ErrorCode.NONE,
      topics: partitionAnswer(answer, {}),
      ...(apiVersion < 1 ? {} : { nodeEndpoints: nodeEndpoints(answer, listenerName) }),
    };
  },

  failed: (_request, { errorCode }) => ({ errorCode }),
});
