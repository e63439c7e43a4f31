/** DescribeQuorum (KIP-595, KIP-836, KIP-853): who leads, and how far the replicas of the metadata log are. */
import { ErrorCode } from '../../protocol/errors.ts';
import { describeQuorumRequest, describeQuorumResponse } from '../../protocol/schema/55-describe-quorum.ts';
import type { ReplicaDescription } from '../raft/messages.ts';
import { METADATA_TOPIC } from '../raft/raft-log.ts';
import { handler } from './handler.ts';

export const describeQuorum = handler({
  request: describeQuorumRequest,
  response: describeQuorumResponse,

  handle({ topics }, { apiVersion }, broker) {
    const [asked] = topics;
    const isKnown = topics.length === 1 && asked?.topicName === METADATA_TOPIC && asked.partitions.length === 1;
    if (!isKnown || asked.partitions[0]?.partitionIndex !== 0) {
      return {
        errorCode: ErrorCode.NONE,
        topics: topics.map(({ topicName, partitions }) => ({
          topicName,
          partitions: partitions.map(({ partitionIndex }) => ({
            partitionIndex,
            errorCode: ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
          })),
        })),
      };
    }
    const { error, leaderId, leaderEpoch, highWatermark, voters, observers, nodes } = broker.quorum.describeQuorum();
    const replica = ({ id, directoryId, ...state }: ReplicaDescription) => ({
      replicaId: id,
      ...(apiVersion < 2 ? {} : { replicaDirectoryId: directoryId }),
      ...state,
    });
    const partition = {
      partitionIndex: 0,
      errorCode: ErrorCode[error],
      leaderId,
      leaderEpoch,
      highWatermark,
      currentVoters: voters.map(replica),
      observers: observers.map(replica),
    };
    const listeners = nodes.map(({ voterId, endpoints }) => ({ nodeId: voterId, listeners: endpoints }));
    return {
      errorCode: ErrorCode.NONE,
      topics: [{ topicName: METADATA_TOPIC, partitions: [partition] }],
      ...(apiVersion < 2 ? {} : { nodes: listeners }),
    };
  },

  failed: (_request, { errorCode, message }) => ({ errorCode, errorMessage: message }),
});
