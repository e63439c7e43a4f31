/**
 * What a replica does by itself: time-outs that move it to another state, requests that its state has it send, and what
 * the answers to them change. `poll` is called after every piece of work and when its time has come.
 */
import { type ErrorName, KafkaError } from '../../protocol/errors.ts';
import type { Candidate, Follower, Leader, Prospective, Resigned } from './epoch-state.ts';
import type {
  FetchResponse,
  FetchSnapshotResponse,
  LeaderView,
  Peer,
  RaftApi,
  RaftNetwork,
  RequestOf,
  ResponseOf,
  VoteResponse,
} from './messages.ts';
import { PeerRequests } from './peer-requests.ts';
import type { RaftCore } from './raft-core.ts';
import type { RaftRequests } from './raft-requests.ts';
import { sameSnapshot } from './snapshot-store.ts';
import { voterKey } from './voter-set.ts';

const NEVER = Number.POSITIVE_INFINITY;
/** Answers that say no more than that the sender has to look at its view of the quorum. */
const EXPECTED: readonly ErrorName[] = [
  'NONE',
  'FENCED_LEADER_EPOCH',
  'UNKNOWN_LEADER_EPOCH',
  'NOT_LEADER_OR_FOLLOWER',
  'BROKER_NOT_AVAILABLE',
  'SNAPSHOT_NOT_FOUND',
  'POSITION_OUT_OF_RANGE',
  'INVALID_VOTER_KEY',
  'UNSUPPORTED_VERSION',
];

type Enqueue = (work: () => Promise<void> | void) => void;

export class RaftPoller {
  readonly #core: RaftCore;
  readonly #requests: RaftRequests;
  readonly #network: RaftNetwork;
  readonly #enqueue: Enqueue;
  readonly #peers: PeerRequests;
  #epoch = -1;
  #nextBootstrap = 0;
  #nextAskMs = 0;

  constructor(core: RaftCore, requests: RaftRequests, network: RaftNetwork, enqueue: Enqueue) {
    this.#core = core;
    this.#requests = requests;
    this.#network = network;
    this.#enqueue = enqueue;
    this.#peers = new PeerRequests(core.options.clock, core.options.config);
  }

  /** Returns when to poll next, by the clock; `Infinity` for not before something happens. */
  poll(): number {
    const core = this.#core;
    if (core.epoch !== this.#epoch) {
      this.#epoch = core.epoch;
      this.#peers.reset();
    }
    // Nobody has to be asked.
    if (core.isOnlyVoter && core.state.name !== 'leader' && !core.isShuttingDown) {
      if (core.state.name !== 'candidate') core.member.becomeCandidate();
      core.member.becomeLeader(core.nextOffset);
    }
    const { state } = core;
    switch (state.name) {
      case 'leader':
        return this.#pollLeader(state);
      case 'follower':
        return this.#pollFollower(state);
      case 'candidate':
        return this.#pollCandidate(state);
      case 'prospective':
        return this.#pollProspective(state);
      case 'unattached':
        if (core.isVoter && core.nowMs >= state.deadlineMs && !core.isShuttingDown) {
          core.member.becomeProspective();
          return this.poll();
        }
        return Math.min(this.#askAnyone(), core.isVoter ? state.deadlineMs : NEVER);
      case 'resigned':
        return this.#pollResigned(state);
    }
  }

  #pollLeader(state: Leader): number {
    const core = this.#core;
    const { voters, nowMs } = core;
    const quorumDeadlineMs = state.progress.quorumDeadlineMs(voters);
    if (state.mustResign || nowMs >= quorumDeadlineMs) {
      core.member.becomeResigned();
      return this.poll();
    }
    let nextMs = quorumDeadlineMs;
    for (const fetch of core.parked) {
      if (fetch.isDue() || nowMs >= fetch.deadlineMs) {
        core.parked.delete(fetch);
        fetch.retry();
      } else nextMs = Math.min(nextMs, fetch.deadlineMs);
    }
    if (voters.length === 1 && core.isVoter) return nextMs;
    const periodMs = core.options.config.fetchTimeoutMs / 2;
    for (const voter of state.progress.unheard(voters, nowMs, periodMs)) {
      const request = {
        clusterId: core.options.clusterId,
        voter: voterKey(voter),
        leaderId: core.local.id,
        leaderEpoch: core.epoch,
        leaderEndpoints: core.endpointsOf(core.local.id),
      };
      const peer = { id: voter.voterId, endpoints: voter.endpoints };
      nextMs = Math.min(
        nextMs,
        this.#send(peer, 'beginQuorumEpoch', request, (response) => this.#begun(peer, response)),
      );
    }
    return Math.min(nextMs, nowMs + periodMs);
  }

  #pollFollower(state: Follower): number {
    const core = this.#core;
    if (core.nowMs >= state.deadlineMs) {
      if (core.isVoter && !core.isShuttingDown) {
        core.member.becomeProspective();
        return this.poll();
      }
      // The leader is not where it was: an observer asks the others.
      return this.#askAnyone();
    }
    const sendMs = state.snapshot === null ? this.#fetchFrom(state.leader) : this.#fetchSnapshot(state);
    return Math.min(sendMs, state.deadlineMs);
  }

  #pollCandidate(state: Candidate): number {
    const core = this.#core;
    if (state.votes.isGranted) {
      core.member.becomeLeader(core.nextOffset);
      return this.poll();
    }
    if (core.nowMs >= state.deadlineMs) {
      core.member.becomeProspective();
      return this.poll();
    }
    // One that was refused waits for its time to run out, so that two of them do not go on refusing each other.
    return Math.min(state.votes.isRejected ? NEVER : this.#askForVotes(state, false), state.deadlineMs);
  }

  #pollProspective(state: Prospective): number {
    const core = this.#core;
    if (state.votes.isGranted) {
      core.member.becomeCandidate();
      return this.poll();
    }
    if (state.votes.isRejected || core.nowMs >= state.deadlineMs) {
      if (state.leader !== null) core.member.becomeFollower(core.epoch, state.leader);
      else core.member.becomeUnattached(core.epoch);
      return this.poll();
    }
    return Math.min(this.#askForVotes(state, true), state.deadlineMs);
  }

  #pollResigned(state: Resigned): number {
    const core = this.#core;
    if (core.nowMs >= state.deadlineMs) {
      // It may not vote in the epoch that it led.
      core.member.becomeUnattached(core.epoch + 1);
      return this.poll();
    }
    let nextMs = state.deadlineMs;
    for (const voter of core.voters) {
      if (voter.voterId === core.local.id || state.acknowledged.has(voter.voterId)) continue;
      const request = {
        clusterId: core.options.clusterId,
        leaderId: core.local.id,
        leaderEpoch: core.epoch,
        preferredCandidates: state.successors,
        leaderEndpoints: core.endpointsOf(core.local.id),
      };
      const peer = { id: voter.voterId, endpoints: voter.endpoints };
      const sendMs = this.#send(peer, 'endQuorumEpoch', request, (response) => {
        this.#learn(response);
        if (response.error === 'NONE' && core.state === state) state.acknowledged.add(peer.id);
      });
      nextMs = Math.min(nextMs, sendMs);
    }
    return nextMs;
  }

  // Votes

  #askForVotes(state: Candidate | Prospective, preVote: boolean): number {
    const core = this.#core;
    let nextMs = NEVER;
    const { endOffset, epoch } = core.endOffset;
    for (const voter of state.votes.unanswered) {
      const request = {
        clusterId: core.options.clusterId,
        voter: voterKey(voter),
        replica: core.local,
        replicaEpoch: core.epoch,
        lastOffset: endOffset,
        lastOffsetEpoch: epoch,
        preVote,
      };
      const peer = { id: voter.voterId, endpoints: voter.endpoints };
      nextMs = Math.min(
        nextMs,
        this.#send(peer, 'vote', request, (response) => this.#voted(peer, state, response)),
      );
    }
    return nextMs;
  }

  #voted({ id }: Peer, asked: Candidate | Prospective, response: VoteResponse): void {
    this.#learn(response);
    const { state } = this.#core;
    // Of the same election: a vote changes a prospective replica's state, but not whom it asks.
    const isSame = state.name === asked.name && state.epoch === asked.epoch && state.votes === asked.votes;
    if (!isSame) return;
    // A voter from before pre-votes has no objection to an election (KIP-996).
    const isOlder = response.error === 'UNSUPPORTED_VERSION' && state.name === 'prospective';
    state.votes.record(id, isOlder || (response.error === 'NONE' && response.voteGranted));
  }

  #begun({ id }: Peer, response: LeaderView): void {
    this.#learn(response);
    const { state } = this.#core;
    if (response.error === 'NONE' && state.name === 'leader') state.progress.acknowledged(id);
  }

  // Fetching

  #fetchFrom(peer: Peer): number {
    const core = this.#core;
    const { endOffset, epoch } = core.endOffset;
    const request = {
      clusterId: core.options.clusterId,
      replica: core.local,
      currentLeaderEpoch: core.epoch,
      fetchOffset: endOffset,
      lastFetchedEpoch: epoch,
      maxWaitMs: core.options.config.fetchMaxWaitMs,
      maxBytes: core.options.config.fetchMaxBytes,
      highWatermark: core.highWatermark ?? -1,
    };
    return this.#send(peer, 'fetch', request, (response) => this.#fetched(request, response));
  }

  /** A replica that knows no leader asks the voters, one after the other, and learns from their refusals. */
  #askAnyone(): number {
    const core = this.#core;
    const { voters, local, options } = core;
    const others = voters
      .filter(({ voterId }) => voterId !== local.id)
      .map(({ voterId, endpoints }): Peer => ({ id: voterId, endpoints }));
    const peers = [...others, ...options.bootstrap];
    if (peers.length === 0) return NEVER;
    this.#nextBootstrap %= peers.length;
    if (core.nowMs >= this.#nextAskMs) {
      this.#nextAskMs = core.nowMs + options.config.electionTimeoutMs / 10;
      this.#fetchFrom(peers[this.#nextBootstrap++]!);
    }
    return this.#nextAskMs;
  }

  async #fetched(request: RequestOf<'fetch'>, response: FetchResponse): Promise<void> {
    this.#learn(response);
    const core = this.#core;
    const { state } = core;
    if (response.error !== 'NONE' || state.name !== 'follower') return;
    const { endOffset, epoch } = core.endOffset;
    const isOfNow =
      request.currentLeaderEpoch === core.epoch &&
      request.fetchOffset === endOffset &&
      request.lastFetchedEpoch === epoch;
    if (!isOfNow) return;
    if (response.divergingEpoch !== undefined) {
      await core.truncate(response.divergingEpoch);
    } else if (response.snapshotId !== undefined) {
      const id = response.snapshotId;
      if (core.options.snapshots.ids.some((known) => sameSnapshot(known, id))) {
        await core.beginBehindSnapshot(id);
      } else state.snapshot ??= await core.options.snapshots.create(id);
    } else {
      if (response.records.length > 0) await core.appendAsFollower(response.records);
      core.commitTo(response.highWatermark);
      await core.deliver();
    }
    core.keepFollowing(state);
  }

  #fetchSnapshot(state: Follower): number {
    const core = this.#core;
    const { snapshot } = state;
    const request = {
      clusterId: core.options.clusterId,
      replica: core.local,
      currentLeaderEpoch: core.epoch,
      snapshotId: snapshot!.id,
      position: snapshot!.size,
      maxBytes: core.options.config.fetchSnapshotMaxBytes,
    };
    return this.#send(state.leader, 'fetchSnapshot', request, (response) => this.#fetchedSnapshot(request, response));
  }

  async #fetchedSnapshot(request: RequestOf<'fetchSnapshot'>, response: FetchSnapshotResponse): Promise<void> {
    this.#learn(response);
    const core = this.#core;
    const { state } = core;
    if (state.name !== 'follower' || state.snapshot === null || state.epoch !== request.currentLeaderEpoch) return;
    const { snapshot } = state;
    if (!sameSnapshot(snapshot.id, request.snapshotId) || snapshot.size !== request.position) return;
    if (response.error === 'SNAPSHOT_NOT_FOUND' || response.error === 'POSITION_OUT_OF_RANGE') {
      state.snapshot = null;
      await snapshot.abandon();
      core.keepFollowing(state);
      return;
    }
    if (response.error !== 'NONE' || response.position !== request.position) return;
    await snapshot.append(response.bytes);
    if (snapshot.size >= response.size) {
      state.snapshot = null;
      await snapshot.freeze();
      await core.beginBehindSnapshot(snapshot.id);
    }
    core.keepFollowing(state);
  }

  // Answers

  /** Who leads, as the answer has it. */
  #learn({ leaderId, leaderEpoch, leaderEndpoints, error }: LeaderView): void {
    if (!EXPECTED.includes(error)) {
      this.#core.options.logger.warn({ error }, 'a replica of the metadata log refused a request');
      return;
    }
    if (leaderEpoch > this.#core.epoch || (leaderEpoch === this.#core.epoch && leaderId >= 0)) {
      if (leaderId === this.#core.local.id) {
        // An epoch this node led before it was started anew.
        if (leaderEpoch > this.#core.epoch) this.#core.member.becomeUnattached(leaderEpoch);
        return;
      }
      // That another still follows the leader of which this replica hears nothing is no news. If it were, two followers whose
      // time is up at once would send each other back to a leader that is gone, again and again.
      const { state } = this.#core;
      if (state.name === 'prospective' && state.leader?.id === leaderId && state.epoch === leaderEpoch) return;
      this.#requests.meetLeader(leaderId, leaderEpoch, leaderEndpoints);
    }
  }

  /** Sends if the replica is free, once the state is durable. Returns when to look again. */
  #send<A extends RaftApi>(
    peer: Peer,
    api: A,
    request: RequestOf<A>,
    onResponse: (response: ResponseOf<A>) => Promise<void> | void,
  ): number {
    const core = this.#core;
    const waitMs = this.#peers.waitMs(peer.id);
    if (waitMs > 0) return core.nowMs + waitMs;
    const token = this.#peers.sent(peer.id);
    core.outbox.push(() => {
      this.#network.send(peer, api, request).then(
        (response) => this.#enqueue(() => (this.#peers.answered(peer.id, token) ? onResponse(response) : undefined)),
        (failure) =>
          this.#enqueue(() => {
            if (!this.#peers.failed(peer.id, token)) return;
            core.options.logger.debug(
              { peer: peer.id, api, err: failure },
              'a replica of the metadata log did not answer',
            );
          }),
      );
    });
    return core.nowMs + core.options.config.requestTimeoutMs;
  }

  /** Asks a replica outside of the states' order: for voter changes. Rejects when it is busy or does not answer. */
  ask<A extends RaftApi>(peer: Peer, api: A, request: RequestOf<A>): Promise<ResponseOf<A>> {
    return this.#network.send(peer, api, request).catch((failure: unknown) => {
      throw failure instanceof KafkaError
        ? failure
        : new KafkaError('REQUEST_TIMED_OUT', `node ${peer.id} does not answer`);
    });
  }
}
