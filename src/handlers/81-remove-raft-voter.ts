/** RemoveRaftVoter (KIP-853): a voter of the metadata log is to be none any more. */
import { ErrorCode } from '../../protocol/errors.ts';
import { removeRaftVoterRequest, removeRaftVoterResponse } from '../../protocol/schema/81-remove-raft-voter.ts';
import { handler } from './handler.ts';

export const removeRaftVoter = handler({
  request: removeRaftVoterRequest,
  response: removeRaftVoterResponse,

  async handle({ clusterId, voterId, voterDirectoryId }, _context, broker) {
    const voter = { id: voterId, directoryId: voterDirectoryId };
    const { error, message } = await broker.quorum.removeVoter({ clusterId, voter });
    return { errorCode: ErrorCode[error], errorMessage: message };
  },

  failed: (_request, { errorCode, message }) => ({ errorCode, errorMessage: message }),
});
