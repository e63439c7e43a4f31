/** FetchSnapshot (KIP-630): a piece of a snapshot, for a replica that the log does not reach back to. */
import { ErrorCode } from '../../protocol/errors.ts';
import { fetchSnapshotRequest, fetchSnapshotResponse } from '../../protocol/schema/59-fetch-snapshot.ts';
import { METADATA_TOPIC } from '../raft/raft-log.ts';
import { handler } from './handler.ts';
import { metadataPartition, nodeEndpoints } from './quorum-messages.ts';

export const fetchSnapshot = handler({
  request: fetchSnapshotRequest,
  response: fetchSnapshotResponse,

  async handle({ clusterId, replicaId, maxBytes, topics }, { apiVersion, listenerName }, broker) {
    const { currentLeaderEpoch, snapshotId, position, replicaDirectoryId } = metadataPartition(topics);
    const answer = await broker.quorum.fetchSnapshot({
      clusterId,
      replica: { id: replicaId, directoryId: replicaDirectoryId },
      currentLeaderEpoch,
      snapshotId,
      position,
      maxBytes,
    });
    const { error, leaderId, leaderEpoch } = answer;
    const partition = {
      index: 0,
      errorCode: ErrorCode[error],
      snapshotId: answer.snapshotId,
      currentLeader: { leaderId, leaderEpoch },
      size: answer.size,
      position: answer.position,
      unalignedRecords: [answer.bytes],
    };
    return {
      errorCode: ErrorCode.NONE,
      topics: [{ name: METADATA_TOPIC, partitions: [partition] }],
      ...(apiVersion < 1 ? {} : { nodeEndpoints: nodeEndpoints(answer, listenerName) }),
    };
  },

  failed: (_request, { errorCode }) => ({ errorCode }),
});
