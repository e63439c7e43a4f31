/** AddRaftVoter (KIP-853): an observer of the metadata log is to vote from now on. */
import { ErrorCode } from '../../protocol/errors.ts';
import { addRaftVoterRequest, addRaftVoterResponse } from '../../protocol/schema/80-add-raft-voter.ts';
import { handler } from './handler.ts';

export const addRaftVoter = handler({
  request: addRaftVoterRequest,
  response: addRaftVoterResponse,

  async handle(request, _context, broker) {
    const { clusterId, timeoutMs, voterId, voterDirectoryId, listeners, ackWhenCommitted } = request;
    const { error, message } = await broker.quorum.addVoter({
      clusterId,
      timeoutMs,
      voter: { id: voterId, directoryId: voterDirectoryId },
      endpoints: listeners,
      ackWhenCommitted,
    });
    return { errorCode: ErrorCode[error], errorMessage: message };
  },

  failed: (_request, { errorCode, message }) => ({ errorCode, errorMessage: message }),
});
