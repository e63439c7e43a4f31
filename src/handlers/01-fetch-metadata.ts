/** Fetch on a controller's listener: the metadata log, for its other replicas (KIP-595). */
import { ErrorCode } from '../../protocol/errors.ts';
import { fetchRequest, fetchResponse } from '../../protocol/schema/01-fetch.ts';
import { METADATA_TOPIC, METADATA_TOPIC_ID } from '../raft/raft-log.ts';
import { handler } from './handler.ts';
import { metadataPartition, nodeEndpoints } from './quorum-messages.ts';

/** From this version a replica says how much it knows to be committed (KIP-1166). */
const HIGH_WATERMARK_VERSION = 18;
const NODE_ENDPOINTS_VERSION = 16;
const DIVERGING_EPOCH_VERSION = 12;
/** From this version the replica's id is in `replicaState`. */
const REPLICA_STATE_VERSION = 15;

export const fetchMetadata = handler({
  request: fetchRequest,
  response: fetchResponse,

  async handle(request, { apiVersion, listenerName }, broker) {
    const asked = metadataPartition(request.topics);
    const replicaId = apiVersion < REPLICA_STATE_VERSION ? request.replicaId : request.replicaState.replicaId;
    const known = apiVersion < HIGH_WATERMARK_VERSION ? undefined : Number(asked.highWatermark);
    const answer = await broker.quorum.fetch({
      clusterId: request.clusterId,
      replica: { id: replicaId, directoryId: asked.replicaDirectoryId },
      currentLeaderEpoch: asked.currentLeaderEpoch,
      fetchOffset: asked.fetchOffset,
      lastFetchedEpoch: asked.lastFetchedEpoch,
      maxWaitMs: request.maxWaitMs,
      maxBytes: Math.min(request.maxBytes, asked.partitionMaxBytes),
      highWatermark: known,
    });
    const { error, leaderId, leaderEpoch, divergingEpoch, snapshotId } = answer;
    const ofReplicas =
      apiVersion < DIVERGING_EPOCH_VERSION
        ? {}
        : {
            currentLeader: { leaderId, leaderEpoch },
            ...(divergingEpoch === undefined ? {} : { divergingEpoch }),
            ...(snapshotId === undefined ? {} : { snapshotId }),
          };
    const partition = {
      partitionIndex: 0,
      errorCode: ErrorCode[error],
      highWatermark: answer.highWatermark,
      logStartOffset: answer.logStartOffset,
      abortedTransactions: null,
      records: answer.records,
      ...ofReplicas,
    };
    return {
      errorCode: ErrorCode.NONE,
      responses: [{ topic: METADATA_TOPIC, topicId: METADATA_TOPIC_ID, partitions: [partition] }],
      ...(apiVersion < NODE_ENDPOINTS_VERSION ? {} : { nodeEndpoints: nodeEndpoints(answer, listenerName) }),
    };
  },

  failed: (_request, { errorCode }) => ({ errorCode }),
});
