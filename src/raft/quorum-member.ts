/**
 * A replica as a member of the quorum: what it is in its epoch, how that changes, and what of it has to be on the disk
 * before it acts on it. It knows nothing of the log but where it ends.
 */
import type { Clock } from '../platform/clock.ts';
import type { Logger } from '../platform/logger.ts';
import type { Random } from '../platform/random.ts';
import { durableState, type EpochState, type KnownLeader } from './epoch-state.ts';
import { LeaderProgress } from './leader-progress.ts';
import type { QuorumState, QuorumStateForm, QuorumStateStore } from './quorum-state.ts';
import { assertTransition } from './quorum-states.ts';
import type { RaftConfig } from './raft-config.ts';
import type { ReplicaKey } from './replica-key.ts';
import type { VoterHistory } from './voter-history.ts';
import { isVoter, voterWithId } from './voter-set.ts';
import { Votes } from './votes.ts';

export interface QuorumMemberOptions {
  readonly local: ReplicaKey;
  readonly config: RaftConfig;
  readonly store: QuorumStateStore;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

export class QuorumMember {
  state: EpochState;
  readonly #options: QuorumMemberOptions;
  readonly #history: VoterHistory;
  /** Called with each state that was left, when the next one holds. */
  readonly #onLeft: (before: EpochState) => void;
  #written: QuorumState | undefined;

  /** Goes on with what is written down, as far as the log, which ends with a batch of `lastEpoch`, allows it. */
  constructor(
    options: QuorumMemberOptions,
    history: VoterHistory,
    lastEpoch: number,
    onLeft: (before: EpochState) => void,
  ) {
    this.#options = options;
    this.#history = history;
    this.#onLeft = onLeft;
    this.#written = options.store.read();
    this.state = this.#initialState(this.#written, lastEpoch);
  }

  get #local(): ReplicaKey {
    return this.#options.local;
  }

  get #nowMs(): number {
    return this.#options.clock.now();
  }

  /** A higher epoch in which the leader is not known, or cannot be reached; or an election that was lost. */
  becomeUnattached(epoch: number, leaderId = -1): void {
    const { state } = this;
    const isSameEpoch = epoch === state.epoch;
    const votedKey = isSameEpoch && 'votedKey' in state ? state.votedKey : null;
    let deadlineMs = this.#electionDeadline();
    // An election of others is no reason to wait longer; one that was lost is.
    if (state.name === 'unattached' || state.name === 'candidate' || state.name === 'resigned') {
      deadlineMs = state.deadlineMs;
    } else if (state.name === 'prospective' && !state.votes.isRejected && state.deadlineMs > this.#nowMs) {
      deadlineMs = state.deadlineMs;
    }
    if (deadlineMs <= this.#nowMs) deadlineMs = this.#electionDeadline();
    this.#become({ name: 'unattached', epoch, leaderId, votedKey, deadlineMs });
  }

  /** The one vote of this epoch. */
  vote(candidate: ReplicaKey): void {
    const { state } = this;
    // Whoever was voted for has as good a chance as this replica: it waits anew.
    const deadlineMs = this.#electionDeadline();
    if (state.name === 'unattached') this.#become({ ...state, votedKey: candidate, deadlineMs });
    else if (state.name === 'prospective') this.#become({ ...state, votedKey: candidate });
    else throw new Error(`a replica that is ${state.name} has no vote to give`);
  }

  becomeFollower(epoch: number, leader: KnownLeader): void {
    const { state } = this;
    const votedKey = epoch === state.epoch && 'votedKey' in state ? state.votedKey : null;
    const deadlineMs = this.#nowMs + this.#options.config.fetchTimeoutMs;
    this.#become({ name: 'follower', epoch, leader, votedKey, deadlineMs, hasFetched: false, snapshot: null });
  }

  becomeProspective(): void {
    const { state } = this;
    const leader = state.name === 'follower' ? state.leader : null;
    const votedKey = 'votedKey' in state ? state.votedKey : state.name === 'candidate' ? this.#local : null;
    const votes = new Votes(this.#history.voters, this.#local);
    this.#become({
      name: 'prospective',
      epoch: this.state.epoch,
      leader,
      votedKey,
      votes,
      deadlineMs: this.#electionDeadline(),
    });
  }

  becomeCandidate(): void {
    const votes = new Votes(this.#history.voters, this.#local);
    this.#become({ name: 'candidate', epoch: this.state.epoch + 1, votes, deadlineMs: this.#electionDeadline() });
  }

  becomeLeader(epochStartOffset: number): void {
    const { state } = this;
    if (state.name !== 'candidate' || !state.votes.isGranted) throw new Error('only an elected candidate leads');
    const progress = new LeaderProgress({
      local: this.#local,
      epochStartOffset,
      granting: state.votes.granting,
      fetchTimeoutMs: this.#options.config.fetchTimeoutMs,
      nowMs: this.#nowMs,
    });
    const { epoch } = state;
    this.#become({ name: 'leader', epoch, progress, hasBegun: false, isAnnounced: false, mustResign: false });
  }

  becomeResigned(): void {
    const { state } = this;
    if (state.name !== 'leader') throw new Error('only a leader resigns');
    const successors = state.progress.successors(this.#history.voters);
    this.#become({
      name: 'resigned',
      epoch: state.epoch,
      successors,
      acknowledged: new Set(),
      deadlineMs: this.#electionDeadline(),
    });
  }

  #become(next: EpochState): void {
    const before = this.state;
    assertTransition(before.name, next.name);
    if (next.epoch < before.epoch) throw new Error(`epoch ${next.epoch} comes after ${before.epoch}`);
    this.state = next;
    const level = next.name === 'leader' || next.name === 'resigned' ? 'info' : 'debug';
    this.#options.logger[level](
      { nodeId: this.#local.id, epoch: next.epoch, from: before.name, to: next.name },
      `is ${next.name} in the metadata quorum`,
    );
    this.#onLeft(before);
  }

  #initialState(stored: QuorumState | undefined, lastEpoch: number): EpochState {
    const { leaderEpoch, leaderId, votedId, votedDirectoryId } = stored ?? {
      leaderEpoch: 0,
      leaderId: -1,
      votedId: -1,
      votedDirectoryId: '',
    };
    const deadlineMs = this.#electionDeadline();
    const votedKey = votedId < 0 ? null : { id: votedId, directoryId: votedDirectoryId };
    if (leaderEpoch < lastEpoch) {
      return { name: 'unattached', epoch: lastEpoch, leaderId: -1, votedKey: null, deadlineMs };
    }
    if (leaderId === this.#local.id) {
      // It cannot lead this epoch again: what it wrote without a flush may be gone, and other records take its place.
      return { name: 'resigned', epoch: leaderEpoch, successors: [], acknowledged: new Set(), deadlineMs };
    }
    if (
      leaderId < 0 &&
      votedId === this.#local.id &&
      votedDirectoryId === this.#local.directoryId &&
      isVoter(this.#history.voters, this.#local)
    ) {
      return { name: 'candidate', epoch: leaderEpoch, votes: new Votes(this.#history.voters, this.#local), deadlineMs };
    }
    const endpoints = leaderId < 0 ? [] : (voterWithId(this.#history.voters, leaderId)?.endpoints ?? []);
    if (endpoints.length > 0) {
      return {
        name: 'follower',
        epoch: leaderEpoch,
        leader: { id: leaderId, endpoints },
        votedKey,
        deadlineMs: this.#nowMs + this.#options.config.fetchTimeoutMs,
        hasFetched: false,
        snapshot: null,
      };
    }
    return { name: 'unattached', epoch: leaderEpoch, leaderId, votedKey, deadlineMs };
  }

  #electionDeadline(): number {
    const { random, config } = this.#options;
    return this.#nowMs + config.electionTimeoutMs + Math.floor(random.float() * config.electionTimeoutMs);
  }

  /** Writes the state down when it differs from what is on the disk. */
  persist(): Promise<void> | undefined {
    const state = durableState(this.state, this.#local);
    const before = this.#written;
    const isSame =
      before !== undefined &&
      before.leaderEpoch === state.leaderEpoch &&
      before.leaderId === state.leaderId &&
      before.votedId === state.votedId &&
      before.votedDirectoryId === state.votedDirectoryId;
    if (isSame) return undefined;
    this.#written = state;
    const form: QuorumStateForm =
      this.#history.kraftVersion === 0
        ? { kraftVersion: 0, voters: this.#history.voters.map(({ voterId }) => voterId) }
        : { kraftVersion: 1 };
    return this.#options.store.write(state, form);
  }
}
