/** The replicas' exchanges in Kafka's messages: what is asked of another replica, and what its answer says. */
import { errorName } from '../../protocol/errors.ts';
import { fetchRequest, fetchResponse } from '../../protocol/schema/01-fetch.ts';
import { apiVersionsRequest, apiVersionsResponse } from '../../protocol/schema/18-api-versions.ts';
import { voteRequest, voteResponse } from '../../protocol/schema/52-vote.ts';
import { beginQuorumEpochRequest, beginQuorumEpochResponse } from '../../protocol/schema/53-begin-quorum-epoch.ts';
import { endQuorumEpochRequest, endQuorumEpochResponse } from '../../protocol/schema/54-end-quorum-epoch.ts';
import { fetchSnapshotRequest, fetchSnapshotResponse } from '../../protocol/schema/59-fetch-snapshot.ts';
import { updateRaftVoterRequest, updateRaftVoterResponse } from '../../protocol/schema/82-update-raft-voter.ts';
import type { Decoded, Encodable, Message } from '../../protocol/schema/table.ts';
import { DecodeError } from '../../protocol/wire/decode-error.ts';
import type { LeaderView, OffsetAndEpoch, RaftApi, RequestOf, ResponseOf, VoterEndpoint } from './messages.ts';
import { METADATA_TOPIC, METADATA_TOPIC_ID } from './raft-log.ts';

/** One exchange as messages. `encode` has every field; those that the version does not know and may lack are left out. */
export interface Exchange<A extends RaftApi, Req extends Message = Message, Res extends Message = Message> {
  readonly request: Req;
  readonly response: Res;
  encode(request: RequestOf<A>): Encodable<Req>;
  /** `listenerName` is the listener that was asked: answers name addresses of that one alone. Throws `DecodeError`. */
  decode(response: Decoded<Res>, listenerName: string): ResponseOf<A>;
}

export type Exchanged = { readonly [A in RaftApi]: Exchange<A> };

const KRAFT_VERSION = 'kraft.version';
const NAME = 'samsa';

/** Declares an exchange; exists for its types, which end here: the codec of its own table made what it decodes. */
function exchange<A extends RaftApi, Req extends Message, Res extends Message>(
  definition: Exchange<A, Req, Res>,
): Exchange<A> {
  return definition as unknown as Exchange<A>;
}

export const exchanges: Exchanged = {
  vote: exchange<'vote', typeof voteRequest, typeof voteResponse>({
    request: voteRequest,
    response: voteResponse,
    encode: ({ clusterId, voter, replica, replicaEpoch, lastOffset, lastOffsetEpoch, preVote }) => ({
      clusterId,
      voterId: voter.id,
      topics: topic({
        partitionIndex: 0,
        replicaEpoch,
        replicaId: replica.id,
        replicaDirectoryId: replica.directoryId,
        voterDirectoryId: voter.directoryId,
        lastOffset,
        lastOffsetEpoch,
        preVote,
      }),
    }),
    decode(response, listenerName) {
      const partition = onlyPartition(response);
      return { ...view(response, partition, listenerName), voteGranted: partition?.voteGranted ?? false };
    },
  }),
  beginQuorumEpoch: exchange<'beginQuorumEpoch', typeof beginQuorumEpochRequest, typeof beginQuorumEpochResponse>({
    request: beginQuorumEpochRequest,
    response: beginQuorumEpochResponse,
    encode: ({ clusterId, voter, leaderId, leaderEpoch, leaderEndpoints }) => ({
      clusterId,
      voterId: voter.id,
      topics: topic({ partitionIndex: 0, voterDirectoryId: voter.directoryId, leaderId, leaderEpoch }),
      leaderEndpoints: [...leaderEndpoints],
    }),
    decode: (response, listenerName) => view(response, onlyPartition(response), listenerName),
  }),
  endQuorumEpoch: exchange<'endQuorumEpoch', typeof endQuorumEpochRequest, typeof endQuorumEpochResponse>({
    request: endQuorumEpochRequest,
    response: endQuorumEpochResponse,
    encode: ({ clusterId, leaderId, leaderEpoch, preferredCandidates, leaderEndpoints }) => ({
      clusterId,
      topics: topic({
        partitionIndex: 0,
        leaderId,
        leaderEpoch,
        preferredSuccessors: preferredCandidates.map(({ id }) => id),
        preferredCandidates: preferredCandidates.map(({ id, directoryId }) => ({
          candidateId: id,
          candidateDirectoryId: directoryId,
        })),
      }),
      leaderEndpoints: [...leaderEndpoints],
    }),
    decode: (response, listenerName) => view(response, onlyPartition(response), listenerName),
  }),
  fetch: exchange<'fetch', typeof fetchRequest, typeof fetchResponse>({
    request: fetchRequest,
    response: fetchResponse,
    encode: ({
      clusterId,
      replica,
      currentLeaderEpoch,
      fetchOffset,
      lastFetchedEpoch,
      maxWaitMs,
      maxBytes,
      highWatermark,
    }) => ({
      clusterId,
      replicaState: { replicaId: replica.id },
      maxWaitMs,
      minBytes: 0,
      maxBytes,
      topics: [
        {
          topicId: METADATA_TOPIC_ID,
          partitions: [
            {
              partition: 0,
              currentLeaderEpoch,
              fetchOffset,
              lastFetchedEpoch,
              partitionMaxBytes: maxBytes,
              replicaDirectoryId: replica.directoryId,
              ...(highWatermark === undefined ? {} : { highWatermark: BigInt(highWatermark) }),
            },
          ],
        },
      ],
    }),
    decode(response, listenerName) {
      const partition = response.responses[0]?.partitions[0];
      requireAnswer(response.errorCode, partition);
      return {
        ...view(response, partition && { ...partition.currentLeader, errorCode: partition.errorCode }, listenerName),
        highWatermark: partition?.highWatermark ?? -1,
        logStartOffset: partition?.logStartOffset ?? -1,
        divergingEpoch: meant(partition?.divergingEpoch),
        snapshotId: meant(partition?.snapshotId),
        records: partition?.records == null || partition.records.length === 0 ? [] : [partition.records],
      };
    },
  }),
  fetchSnapshot: exchange<'fetchSnapshot', typeof fetchSnapshotRequest, typeof fetchSnapshotResponse>({
    request: fetchSnapshotRequest,
    response: fetchSnapshotResponse,
    encode: ({ clusterId, replica, currentLeaderEpoch, snapshotId, position, maxBytes }) => ({
      clusterId,
      replicaId: replica.id,
      maxBytes,
      topics: [
        {
          name: METADATA_TOPIC,
          partitions: [
            { partition: 0, currentLeaderEpoch, snapshotId, position, replicaDirectoryId: replica.directoryId },
          ],
        },
      ],
    }),
    decode(response, listenerName) {
      const partition = onlyPartition(response);
      const { snapshotId = { endOffset: -1, epoch: -1 }, size = 0, position = 0 } = partition ?? {};
      return {
        ...view(response, partition && { ...partition.currentLeader, errorCode: partition.errorCode }, listenerName),
        snapshotId,
        size,
        position,
        bytes: partition?.unalignedRecords ?? Buffer.alloc(0),
      };
    },
  }),
  updateVoter: exchange<'updateVoter', typeof updateRaftVoterRequest, typeof updateRaftVoterResponse>({
    request: updateRaftVoterRequest,
    response: updateRaftVoterResponse,
    encode: ({ clusterId, currentLeaderEpoch, voter, endpoints, kraftVersions }) => ({
      clusterId,
      currentLeaderEpoch,
      voterId: voter.id,
      voterDirectoryId: voter.directoryId,
      listeners: [...endpoints],
      kRaftVersionFeature: {
        minSupportedVersion: kraftVersions.minVersion,
        maxSupportedVersion: kraftVersions.maxVersion,
      },
    }),
    decode({ errorCode, currentLeader }, listenerName) {
      const { leaderId, leaderEpoch, host, port } = currentLeader;
      const leaderEndpoints = host === '' ? [] : [{ name: listenerName, host, port }];
      return { error: errorName(errorCode), leaderId, leaderEpoch, leaderEndpoints };
    },
  }),
  apiVersions: exchange<'apiVersions', typeof apiVersionsRequest, typeof apiVersionsResponse>({
    request: apiVersionsRequest,
    response: apiVersionsResponse,
    encode: () => ({ clientSoftwareName: NAME, clientSoftwareVersion: NAME }),
    decode({ errorCode, supportedFeatures }) {
      const kraft = supportedFeatures.find(({ name }) => name === KRAFT_VERSION);
      return {
        error: errorName(errorCode),
        kraftVersions: kraft && { minVersion: kraft.minVersion, maxVersion: kraft.maxVersion },
      };
    },
  }),
};

function topic<P>(partition: P): { topicName: string; partitions: P[] }[] {
  return [{ topicName: METADATA_TOPIC, partitions: [partition] }];
}

/** That of the metadata log; undefined in an answer that refuses the request as a whole. */
function onlyPartition<P>(response: {
  readonly errorCode: number;
  readonly topics: readonly { readonly partitions: readonly P[] }[];
}): P | undefined {
  const partition = response.topics[0]?.partitions[0];
  requireAnswer(response.errorCode, partition);
  return partition;
}

function requireAnswer(errorCode: number, partition: unknown): void {
  if (partition === undefined && errorCode === 0) throw new DecodeError('the answer says nothing of the metadata log');
}

interface Leadership {
  readonly errorCode: number;
  readonly leaderId: number;
  readonly leaderEpoch: number;
}

/** Who leads, as the answer has it; one that is refused as a whole does not say. */
function view(
  response: {
    readonly errorCode: number;
    readonly nodeEndpoints: readonly { readonly nodeId: number; readonly host: string; readonly port: number }[];
  },
  partition: Leadership | undefined,
  listenerName: string,
): LeaderView {
  const { leaderId, leaderEpoch } = partition ?? { leaderId: -1, leaderEpoch: -1 };
  const errorCode = response.errorCode === 0 ? (partition?.errorCode ?? 0) : response.errorCode;
  const leaderEndpoints: VoterEndpoint[] = response.nodeEndpoints
    .filter(({ nodeId }) => nodeId === leaderId)
    .map(({ host, port }) => ({ name: listenerName, host, port }));
  return { error: errorName(errorCode), leaderId, leaderEpoch, leaderEndpoints };
}

/** Left out, it is all −1. */
function meant(offset: OffsetAndEpoch | undefined): OffsetAndEpoch | undefined {
  if (offset === undefined || (offset.endOffset < 0 && offset.epoch < 0)) return undefined;
  return { endOffset: offset.endOffset, epoch: offset.epoch };
}
