/**
 * What the replicas of the metadata log say to each other: Kafka's messages without their nesting, since there is one
 * partition. `wire.ts` puts them into the tables of `protocol/schema`.
 */
import type { ErrorName } from '../../protocol/errors.ts';
import type { ReplicaKey } from './replica-key.ts';
import type { Voter } from './voter-set.ts';

export interface VoterEndpoint {
  readonly name: string;
  readonly host: string;
  readonly port: number;
}

export interface OffsetAndEpoch {
  /** One above the last offset meant. */
  readonly endOffset: number;
  readonly epoch: number;
}

/** What every answer says of the quorum. */
export interface LeaderView {
  readonly error: ErrorName;
  /** −1 when unknown. */
  readonly leaderId: number;
  readonly leaderEpoch: number;
  readonly leaderEndpoints: readonly VoterEndpoint[];
}

export interface ClusterRequest {
  /** Null is not checked. */
  readonly clusterId: string | null;
}

export interface VoteRequest extends ClusterRequest {
  /** Whom it is meant for; an id of −1 when it does not say. */
  readonly voter: ReplicaKey;
  readonly replica: ReplicaKey;
  readonly replicaEpoch: number;
  /** Of the replica's log. */
  readonly lastOffset: number;
  readonly lastOffsetEpoch: number;
  /** Only asks whether the vote would be given; nothing changes. */
  readonly preVote: boolean;
}

export interface VoteResponse extends LeaderView {
  readonly voteGranted: boolean;
}

export interface BeginQuorumEpochRequest extends ClusterRequest {
  readonly voter: ReplicaKey;
  readonly leaderId: number;
  readonly leaderEpoch: number;
  readonly leaderEndpoints: readonly VoterEndpoint[];
}

export interface EndQuorumEpochRequest extends ClusterRequest {
  readonly leaderId: number;
  readonly leaderEpoch: number;
  /** The best first; a directory id of `NO_DIRECTORY` is any. */
  readonly preferredCandidates: readonly ReplicaKey[];
  readonly leaderEndpoints: readonly VoterEndpoint[];
}

export interface FetchRequest extends ClusterRequest {
  readonly replica: ReplicaKey;
  readonly currentLeaderEpoch: number;
  readonly fetchOffset: number;
  readonly lastFetchedEpoch: number;
  readonly maxWaitMs: number;
  readonly maxBytes: number;
  /** The replica's; undefined when it does not say (before version 18). */
  readonly highWatermark: number | undefined;
}

export interface FetchResponse extends LeaderView {
  /** −1 when unknown. */
  readonly highWatermark: number;
  readonly logStartOffset: number;
  /** The replica's log differs from here on. */
  readonly divergingEpoch: OffsetAndEpoch | undefined;
  /** The replica is to fetch this snapshot first. */
  readonly snapshotId: OffsetAndEpoch | undefined;
  readonly records: readonly Buffer[];
}

export interface FetchSnapshotRequest extends ClusterRequest {
  readonly replica: ReplicaKey;
  readonly currentLeaderEpoch: number;
  readonly snapshotId: OffsetAndEpoch;
  readonly position: number;
  readonly maxBytes: number;
}

export interface FetchSnapshotResponse extends LeaderView {
  readonly snapshotId: OffsetAndEpoch;
  /** Of the whole snapshot. */
  readonly size: number;
  readonly position: number;
  readonly bytes: Buffer;
}

export interface ApiVersionsResponse {
  readonly error: ErrorName;
  /** Undefined when the node does not know kraft.version. */
  readonly kraftVersions: { readonly minVersion: number; readonly maxVersion: number } | undefined;
}

export interface AddVoterRequest extends ClusterRequest {
  readonly voter: ReplicaKey;
  readonly endpoints: readonly VoterEndpoint[];
  /** False: the answer comes when the record is written, not when it is committed. */
  readonly ackWhenCommitted: boolean;
  readonly timeoutMs: number;
}

export interface RemoveVoterRequest extends ClusterRequest {
  readonly voter: ReplicaKey;
}

export interface UpdateVoterRequest extends ClusterRequest {
  readonly currentLeaderEpoch: number;
  readonly voter: ReplicaKey;
  readonly endpoints: readonly VoterEndpoint[];
  readonly kraftVersions: { readonly minVersion: number; readonly maxVersion: number };
}

export interface VoterChangeResponse {
  readonly error: ErrorName;
  readonly message: string | null;
}

export interface ReplicaDescription extends ReplicaKey {
  /** −1 when it has not fetched. */
  readonly logEndOffset: number;
  /** −1 when unknown. */
  readonly lastFetchTimestamp: number;
  readonly lastCaughtUpTimestamp: number;
}

export interface QuorumDescription extends LeaderView {
  readonly highWatermark: number;
  readonly voters: readonly ReplicaDescription[];
  readonly observers: readonly ReplicaDescription[];
  readonly nodes: readonly Voter[];
}

/** What a replica asks of others, and what it gets. */
export interface Exchanges {
  vote: { request: VoteRequest; response: VoteResponse };
  beginQuorumEpoch: { request: BeginQuorumEpochRequest; response: LeaderView };
  endQuorumEpoch: { request: EndQuorumEpochRequest; response: LeaderView };
  fetch: { request: FetchRequest; response: FetchResponse };
  fetchSnapshot: { request: FetchSnapshotRequest; response: FetchSnapshotResponse };
  updateVoter: { request: UpdateVoterRequest; response: LeaderView };
  apiVersions: { request: Record<string, never>; response: ApiVersionsResponse };
}

export type RaftApi = keyof Exchanges;
export type RequestOf<A extends RaftApi> = Exchanges[A]['request'];
export type ResponseOf<A extends RaftApi> = Exchanges[A]['response'];

/** Whom to send to; a bootstrap server has a negative id. */
export interface Peer {
  readonly id: number;
  readonly endpoints: readonly VoterEndpoint[];
}

/** The way to other replicas, a port: TCP in production, a simulated one in tests. */
export interface RaftNetwork {
  /** Rejects when there is no answer: not reached, closed, a request as a whole refused (`KafkaError`). */
  send<A extends RaftApi>(peer: Peer, api: A, request: RequestOf<A>): Promise<ResponseOf<A>>;
}
