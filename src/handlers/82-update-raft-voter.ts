/** UpdateRaftVoter (KIP-853): a voter says where it is reached now, and which kraft.version it knows. */
import { ErrorCode } from '../../protocol/errors.ts';
import { updateRaftVoterRequest, updateRaftVoterResponse } from '../../protocol/schema/82-update-raft-voter.ts';
import { handler } from './handler.ts';
import { nodeEndpoints } from './quorum-messages.ts';

export const updateRaftVoter = handler({
  request: updateRaftVoterRequest,
  response: updateRaftVoterResponse,

  async handle(request, { listenerName }, broker) {
    const { clusterId, currentLeaderEpoch, voterId, voterDirectoryId, listeners, kRaftVersionFeature } = request;
    const { minSupportedVersion, maxSupportedVersion } = kRaftVersionFeature;
    const answer = await broker.quorum.updateVoter({
      clusterId,
      currentLeaderEpoch,
      voter: { id: voterId, directoryId: voterDirectoryId },
      endpoints: listeners,
      kraftVersions: { minVersion: minSupportedVersion, maxVersion: maxSupportedVersion },
    });
    const { error, leaderId, leaderEpoch } = answer;
    const [at] = nodeEndpoints(answer, listenerName);
    return {
      errorCode: ErrorCode[error],
      currentLeader: { leaderId, leaderEpoch, ...(at === undefined ? {} : { host: at.host, port: at.port }) },
    };
  },

  failed: (_request, { errorCode }) => ({ errorCode }),
});
