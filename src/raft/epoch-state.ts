/** What a replica is in its epoch, with what belongs to that state alone. */
import type { LeaderProgress } from './leader-progress.ts';
import type { VoterEndpoint } from './messages.ts';
import { initialQuorumState, type QuorumState } from './quorum-state.ts';
import type { ReplicaKey } from './replica-key.ts';
import type { PartialSnapshot } from './snapshot-store.ts';
import type { Votes } from './votes.ts';

export interface KnownLeader {
  readonly id: number;
  readonly endpoints: readonly VoterEndpoint[];
}

interface Common {
  readonly epoch: number;
}

export interface Unattached extends Common {
  readonly name: 'unattached';
  /** −1 when unknown; a leader that cannot be reached is known, but not followed. */
  readonly leaderId: number;
  readonly votedKey: ReplicaKey | null;
  readonly deadlineMs: number;
}

export interface Prospective extends Common {
  readonly name: 'prospective';
  readonly leader: KnownLeader | null;
  readonly votedKey: ReplicaKey | null;
  readonly votes: Votes;
  readonly deadlineMs: number;
}

export interface Candidate extends Common {
  readonly name: 'candidate';
  readonly votes: Votes;
  readonly deadlineMs: number;
}

export interface Leader extends Common {
  readonly name: 'leader';
  readonly progress: LeaderProgress;
  /** The epoch's first record is written; before that nothing may be appended. */
  hasBegun: boolean;
  /** The listener was told: it has seen all of earlier epochs. */
  isAnnounced: boolean;
  mustResign: boolean;
}

export interface Follower extends Common {
  readonly name: 'follower';
  readonly leader: KnownLeader;
  readonly votedKey: ReplicaKey | null;
  /** When it asks for an election, unless a fetch succeeds before. */
  deadlineMs: number;
  hasFetched: boolean;
  /** A snapshot on its way from the leader. */
  snapshot: PartialSnapshot | null;
}

export interface Resigned extends Common {
  readonly name: 'resigned';
  readonly successors: readonly ReplicaKey[];
  readonly acknowledged: Set<number>;
  readonly deadlineMs: number;
}

export type EpochState = Unattached | Prospective | Candidate | Leader | Follower | Resigned;

/** What has to be on the disk before the replica acts in this state. */
export function durableState(state: EpochState, self: ReplicaKey): QuorumState {
  const votedKey = state.name === 'candidate' ? self : 'votedKey' in state ? state.votedKey : null;
  return {
    leaderEpoch: state.epoch,
    leaderId: leaderIdOf(state, self),
    votedId: votedKey?.id ?? initialQuorumState.votedId,
    votedDirectoryId: votedKey?.directoryId ?? initialQuorumState.votedDirectoryId,
  };
}

/** The leader that this replica would name; −1 when it knows none. */
export function leaderIdOf(state: EpochState, self: ReplicaKey): number {
  switch (state.name) {
    case 'leader':
    case 'resigned':
      return self.id;
    case 'candidate':
      return -1;
    case 'unattached':
      return state.leaderId;
    case 'prospective':
      return state.leader?.id ?? -1;
    case 'follower':
      return state.leader.id;
  }
}

/** Whether a vote is granted in this state; the replica's epoch is the candidate's already. KIP-996. */
export function grantsVote(
  state: EpochState,
  candidate: ReplicaKey,
  { isLogUpToDate, preVote }: { readonly isLogUpToDate: boolean; readonly preVote: boolean },
): boolean {
  switch (state.name) {
    case 'leader':
      return false;
    case 'candidate':
    case 'resigned':
      return preVote && isLogUpToDate;
    case 'follower':
      // One that hears from its leader sees no reason for an election.
      return preVote && isLogUpToDate && !state.hasFetched;
    case 'unattached':
    case 'prospective': {
      if (preVote) return isLogUpToDate;
      const { votedKey } = state;
      if (votedKey !== null) return votedKey.id === candidate.id && sameDirectory(votedKey, candidate);
      const leaderId = state.name === 'unattached' ? state.leaderId : (state.leader?.id ?? -1);
      return leaderId === -1 && isLogUpToDate;
    }
  }
}

function sameDirectory(voted: ReplicaKey, candidate: ReplicaKey): boolean {
  return voted.directoryId === initialQuorumState.votedDirectoryId || voted.directoryId === candidate.directoryId;
}
