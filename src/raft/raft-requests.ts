/**
 * What a replica answers to others (KIP-595, KIP-630, KIP-853, KIP-996). Each call is one piece of work, run alone; its
 * answer leaves when the state it rests on is durable. A `KafkaError` that is thrown refuses the request as a whole; an
 * error of the partition is in the answer.
 */
import { type ErrorName, KafkaError } from '../../protocol/errors.ts';
import { grantsVote, type KnownLeader } from './epoch-state.ts';
import type {
  BeginQuorumEpochRequest,
  ClusterRequest,
  EndQuorumEpochRequest,
  FetchRequest,
  FetchResponse,
  FetchSnapshotRequest,
  FetchSnapshotResponse,
  LeaderView,
  OffsetAndEpoch,
  QuorumDescription,
  VoteRequest,
  VoteResponse,
  VoterEndpoint,
} from './messages.ts';
import type { RaftCore } from './raft-core.ts';
import { NO_DIRECTORY, type ReplicaKey } from './replica-key.ts';
import { sameSnapshot } from './snapshot-store.ts';
import { isVoter } from './voter-set.ts';

export class RaftRequests {
  readonly #core: RaftCore;

  constructor(core: RaftCore) {
    this.#core = core;
  }

  vote(request: VoteRequest): VoteResponse {
    const core = this.#core;
    this.#checkCluster(request);
    const { replica, replicaEpoch, lastOffset, lastOffsetEpoch, preVote } = request;
    const refused = (error: ErrorName): VoteResponse => ({ ...core.view(error), voteGranted: false });
    // A candidate is in an epoch of its own; one that only asks may have written in its epoch.
    const isEpochImpossible = preVote ? lastOffsetEpoch > replicaEpoch : lastOffsetEpoch >= replicaEpoch;
    if (lastOffset < 0 || lastOffsetEpoch < 0 || isEpochImpossible) return refused('INVALID_REQUEST');
    const error = this.#refusalToVoter(replica.id, replicaEpoch);
    if (error !== undefined) return refused(error);
    if (replicaEpoch > core.epoch) core.member.becomeUnattached(replicaEpoch);
    if (!this.#isMeantForThis(request.voter)) return refused('INVALID_VOTER_KEY');
    const own = core.endOffset;
    const isLogUpToDate = lastOffsetEpoch > own.epoch || (lastOffsetEpoch === own.epoch && lastOffset >= own.endOffset);
    const voteGranted = grantsVote(core.state, replica, { isLogUpToDate, preVote });
    if (voteGranted && !preVote && 'votedKey' in core.state && core.state.votedKey === null) core.member.vote(replica);
    return { ...core.view(), voteGranted };
  }

  beginQuorumEpoch(request: BeginQuorumEpochRequest): LeaderView {
    const core = this.#core;
    this.#checkCluster(request);
    const error = this.#refusalToVoter(request.leaderId, request.leaderEpoch);
    if (error !== undefined) return core.view(error);
    this.meetLeader(request.leaderId, request.leaderEpoch, request.leaderEndpoints);
    if (!this.#isMeantForThis(request.voter)) return core.view('INVALID_VOTER_KEY');
    return core.view();
  }

  endQuorumEpoch(request: EndQuorumEpochRequest): LeaderView {
    const core = this.#core;
    this.#checkCluster(request);
    const error = this.#refusalToVoter(request.leaderId, request.leaderEpoch);
    if (error !== undefined) return core.view(error);
    this.meetLeader(request.leaderId, request.leaderEpoch, request.leaderEndpoints);
    const { state } = core;
    if (state.name === 'follower' && state.leader.id === request.leaderId) {
      state.deadlineMs = core.nowMs + this.#backoffMs(request.preferredCandidates);
    }
    return core.view();
  }

  /** Undefined when there is no news for the replica yet: it may wait. */
  async fetch(request: FetchRequest): Promise<FetchResponse | undefined> {
    this.#checkCluster(request);
    const { fetchOffset, lastFetchedEpoch, currentLeaderEpoch, maxWaitMs } = request;
    if (maxWaitMs < 0 || fetchOffset < 0 || lastFetchedEpoch < 0 || lastFetchedEpoch > currentLeaderEpoch) {
      return this.#emptyFetch('INVALID_REQUEST');
    }
    const response = await this.completeFetch(request);
    const mayWait =
      response.error === 'NONE' &&
      response.divergingEpoch === undefined &&
      response.snapshotId === undefined &&
      maxWaitMs > 0 &&
      !this.hasNews(request);
    return mayWait ? undefined : response;
  }

  /** There are records for it, or more than it knows of is committed, if it says what it knows (KIP-1166). */
  hasNews({ fetchOffset, highWatermark }: FetchRequest): boolean {
    const { log } = this.#core;
    return (
      log.logEndOffset > fetchOffset ||
      (highWatermark !== undefined && highWatermark < (this.#leaderHighWatermark() ?? -1))
    );
  }

  /** As it is now, without waiting. */
  async completeFetch(request: FetchRequest): Promise<FetchResponse> {
    const core = this.#core;
    const { replica, fetchOffset, lastFetchedEpoch } = request;
    const error = this.#refusalOfLeader(request.currentLeaderEpoch);
    if (error !== undefined) return this.#emptyFetch(error);
    const { state, log } = core;
    if (state.name !== 'leader') return this.#emptyFetch('NOT_LEADER_OR_FOLLOWER');
    const place = this.#place(fetchOffset, lastFetchedEpoch);
    if (place !== undefined) return { ...this.#emptyFetch('NONE'), ...place };
    if (replica.id >= 0) {
      if (replica.id === core.local.id) return this.#emptyFetch('INVALID_REQUEST');
      const hasMoved = state.progress.fetched(replica, fetchOffset, core.nextOffset, core.nowMs, core.voters);
      if (hasMoved) await core.advanceHighWatermark();
    }
    // What is still on its way to the log goes with the next fetch.
    if (fetchOffset >= log.logEndOffset) return this.#emptyFetch('NONE');
    const maxBytes = Math.max(Math.min(request.maxBytes, core.options.config.fetchMaxBytes), 1);
    const { records } = await log.read(fetchOffset, { maxBytes, minOneMessage: true, isolation: 'logEnd' });
    return { ...this.#emptyFetch('NONE'), records };
  }

  async fetchSnapshot(request: FetchSnapshotRequest): Promise<FetchSnapshotResponse> {
    const core = this.#core;
    this.#checkCluster(request);
    const { snapshotId, position } = request;
    const answer = (error: ErrorName, size = 0, bytes: Buffer = Buffer.alloc(0)): FetchSnapshotResponse => ({
      ...core.view(error),
      snapshotId,
      size,
      position,
      bytes,
    });
    const error = this.#refusalOfLeader(request.currentLeaderEpoch);
    if (error !== undefined) return answer(error);
    const { snapshots } = core.options;
    if (!snapshots.ids.some((id) => sameSnapshot(id, snapshotId))) return answer('SNAPSHOT_NOT_FOUND');
    const size = await snapshots.size(snapshotId);
    if (position < 0 || position >= size) return answer('POSITION_OUT_OF_RANGE');
    const { state } = core;
    if (state.name === 'leader') state.progress.heardFrom(request.replica, core.nowMs, core.voters);
    const length = Math.min(request.maxBytes, core.options.config.fetchSnapshotMaxBytes, size - position);
    return answer('NONE', size, await snapshots.read(snapshotId, position, Math.max(length, 0)));
  }

  describeQuorum(): QuorumDescription {
    const core = this.#core;
    const { state } = core;
    if (state.name !== 'leader') {
      return { ...core.view('NOT_LEADER_OR_FOLLOWER'), highWatermark: -1, voters: [], observers: [], nodes: [] };
    }
    return {
      ...core.view(),
      highWatermark: state.progress.highWatermark ?? -1,
      ...state.progress.describe(core.voters, core.nextOffset, core.nowMs),
      nodes: core.voters,
    };
  }

  /** A message says who leads an epoch: one that is new, or this one where that was not known. */
  meetLeader(leaderId: number, epoch: number, endpoints: readonly VoterEndpoint[]): void {
    const core = this.#core;
    const { state } = core;
    if (epoch < core.epoch) return;
    const isNew = epoch > core.epoch;
    if (leaderId < 0) {
      if (isNew) core.member.becomeUnattached(epoch);
      return;
    }
    if (leaderId === core.local.id) {
      if (isNew) throw new Error(`another replica says that this node leads epoch ${epoch}; it is in ${core.epoch}`);
      return;
    }
    const known = endpoints.length > 0 ? endpoints : core.endpointsOf(leaderId);
    const leader: KnownLeader = { id: leaderId, endpoints: known };
    if (!isNew && (state.name === 'leader' || state.name === 'resigned')) {
      throw new Error(`nodes ${leaderId} and ${core.local.id} both say that they lead epoch ${epoch}`);
    }
    if (!isNew && state.name === 'follower') {
      if (state.leader.id !== leaderId) {
        throw new Error(`nodes ${leaderId} and ${state.leader.id} both say that they lead epoch ${epoch}`);
      }
      return;
    }
    if (known.length > 0) core.member.becomeFollower(epoch, leader);
    else if (isNew) core.member.becomeUnattached(epoch, leaderId);
  }

  /** What to do before a fetch from there can be served; undefined when it continues this log. */
  #place(
    fetchOffset: number,
    lastFetchedEpoch: number,
  ): { readonly divergingEpoch: OffsetAndEpoch } | { readonly snapshotId: OffsetAndEpoch } | undefined {
    const core = this.#core;
    const { log } = core;
    if (log.logStartOffset === 0 && fetchOffset === 0) return undefined;
    const { earliestSnapshot: first } = core;
    const latest = core.options.snapshots.ids.at(-1);
    const isBelow =
      first !== undefined &&
      (fetchOffset < log.logStartOffset ||
        (fetchOffset === log.logStartOffset && log.logStartOffset > 0 && lastFetchedEpoch !== first.epoch) ||
        lastFetchedEpoch < first.epoch);
    if (isBelow && latest !== undefined && latest.endOffset > 0) return { snapshotId: latest };
    if (fetchOffset === log.logStartOffset && first?.endOffset === fetchOffset && first.epoch === lastFetchedEpoch) {
      return undefined;
    }
    const end = core.endOffsetForEpoch(lastFetchedEpoch);
    if (end.epoch !== lastFetchedEpoch || end.endOffset < fetchOffset) return { divergingEpoch: end };
    return undefined;
  }

  #emptyFetch(error: ErrorName): FetchResponse {
    const core = this.#core;
    const { leaderId, leaderEpoch, leaderEndpoints } = core.view();
    return {
      error,
      leaderId,
      leaderEpoch,
      leaderEndpoints,
      highWatermark: error === 'NONE' ? (this.#leaderHighWatermark() ?? -1) : -1,
      logStartOffset: core.log.logStartOffset,
      divergingEpoch: undefined,
      snapshotId: undefined,
      records: [],
    };
  }

  #leaderHighWatermark(): number | undefined {
    const { state } = this.#core;
    return state.name === 'leader' ? state.progress.highWatermark : undefined;
  }

  #checkCluster({ clusterId }: ClusterRequest): void {
    if (clusterId !== null && clusterId !== this.#core.options.clusterId) {
      throw new KafkaError(
        'INCONSISTENT_CLUSTER_ID',
        `The given id "${clusterId}" doesn't match the cluster id "${this.#core.options.clusterId}"`,
      );
    }
  }

  #refusalToVoter(remoteId: number, epoch: number): ErrorName | undefined {
    if (epoch < this.#core.epoch) return 'FENCED_LEADER_EPOCH';
    if (remoteId < 0) return 'INVALID_REQUEST';
    return undefined;
  }

  #refusalOfLeader(epoch: number): ErrorName | undefined {
    const core = this.#core;
    if (epoch < core.epoch) return 'FENCED_LEADER_EPOCH';
    if (epoch > core.epoch) return 'UNKNOWN_LEADER_EPOCH';
    if (core.state.name !== 'leader' || !core.mayAppend) return 'NOT_LEADER_OR_FOLLOWER';
    return undefined;
  }

  #isMeantForThis({ id, directoryId }: ReplicaKey): boolean {
    if (id < 0) return true;
    const { local } = this.#core;
    return id === local.id && (directoryId === NO_DIRECTORY || directoryId === local.directoryId);
  }

  /** The better this replica's log, the sooner it asks for an election. */
  #backoffMs(preferred: readonly ReplicaKey[]): number {
    const { local, options, voters } = this.#core;
    const { electionBackoffMaxMs } = options.config;
    const position = preferred.findIndex(
      ({ id, directoryId }) => id === local.id && (directoryId === NO_DIRECTORY || directoryId === local.directoryId),
    );
    if (position === 0) return 0;
    if (position < 0 || !isVoter(voters, local)) return electionBackoffMaxMs;
    const base = electionBackoffMaxMs >> (preferred.length - 1);
    return Math.min(electionBackoffMaxMs, base << (position - 1));
  }
}
