import { describe, expect, it } from 'vitest';
import { type EpochState, grantsVote } from '../../src/raft/epoch-state.ts';
import type { Voters } from '../../src/raft/logged-batch.ts';
import { assertTransition, type QuorumStateName, quorumTransitions } from '../../src/raft/quorum-states.ts';
import { NO_DIRECTORY } from '../../src/raft/replica-key.ts';
import { VoterHistory } from '../../src/raft/voter-history.ts';
import { Votes } from '../../src/raft/votes.ts';

const key = (id: number) => ({ id, directoryId: NO_DIRECTORY });
const voters = (...ids: number[]): Voters =>
  ids.map((voterId) => ({
    voterId,
    voterDirectoryId: NO_DIRECTORY,
    endpoints: [],
    kRaftVersionFeature: { minSupportedVersion: 0, maxSupportedVersion: 1 },
  }));

describe('a transition', () => {
  it('that is in the table is fine, and no other', () => {
    expect(() => assertTransition('candidate', 'leader')).not.toThrow();
    const forbidden: [QuorumStateName, QuorumStateName][] = [
      ['follower', 'leader'],
      ['unattached', 'leader'],
      ['prospective', 'leader'],
      ['leader', 'candidate'],
      ['leader', 'leader'],
      ['resigned', 'leader'],
      ['resigned', 'resigned'],
      ['candidate', 'candidate'],
    ];
    for (const [from, to] of forbidden) {
      expect(() => assertTransition(from, to)).toThrow(`a replica that is ${from} cannot become ${to}`);
    }
  });

  it('to leader comes from candidate alone', () => {
    const before = Object.entries(quorumTransitions).filter(([, next]) => next.includes('leader'));
    expect(before.map(([name]) => name)).toEqual(['candidate']);
  });
});

describe('a vote (KIP-595, KIP-996)', () => {
  const votes = new Votes(voters(1, 2, 3), key(1));
  const leader = { id: 3, endpoints: [] };
  const unattached: EpochState = { name: 'unattached', epoch: 5, leaderId: -1, votedKey: null, deadlineMs: 0 };
  const follower: EpochState = {
    name: 'follower',
    epoch: 5,
    leader,
    votedKey: null,
    deadlineMs: 0,
    hasFetched: false,
    snapshot: null,
  };
  const prospective: EpochState = { name: 'prospective', epoch: 5, leader: null, votedKey: null, votes, deadlineMs: 0 };
  const resigned: EpochState = { name: 'resigned', epoch: 5, successors: [], acknowledged: new Set(), deadlineMs: 0 };
  // Each with the answer to a vote and to a pre-vote of node 2, whose log is up to date.
  it.each<[string, EpochState, boolean, boolean]>([
    ['unattached', unattached, true, true],
    ['unattached with a vote for it', { ...unattached, votedKey: key(2) }, true, true],
    ['unattached with a vote for another', { ...unattached, votedKey: key(3) }, false, true],
    ['unattached that knows a leader', { ...unattached, leaderId: 3 }, false, true],
    ['prospective', prospective, true, true],
    ['prospective that knew a leader', { ...prospective, leader }, false, true],
    ['candidate', { name: 'candidate', epoch: 5, votes, deadlineMs: 0 }, false, true],
    ['follower that has not fetched', follower, false, true],
    ['follower that has fetched', { ...follower, hasFetched: true }, false, false],
    ['resigned', resigned, false, true],
  ])('of one that is %s', (_, state, vote, preVote) => {
    expect(grantsVote(state, key(2), { isLogUpToDate: true, preVote: false })).toBe(vote);
    expect(grantsVote(state, key(2), { isLogUpToDate: true, preVote: true })).toBe(preVote);
    expect(grantsVote(state, key(2), { isLogUpToDate: false, preVote: true })).toBe(false);
  });

  it('is counted once for each voter, and for nobody else', () => {
    const election = new Votes(voters(1, 2, 3, 4, 5), key(1));
    election.record(2, true);
    election.record(2, true);
    election.record(9, true);
    expect(election.isGranted).toBe(false);
    election.record(3, true);
    expect(election.isGranted).toBe(true);
    expect(election.granting).toEqual([1, 2, 3]);
  });

  it('is lost when those that are left are too few', () => {
    const election = new Votes(voters(1, 2, 3), key(1));
    election.record(2, false);
    expect(election.isRejected).toBe(false);
    election.record(3, false);
    expect(election.isRejected).toBe(true);
  });
});

describe('the voters in the log', () => {
  it('count when they are written, and go with a truncation', () => {
    const history = new VoterHistory(voters(1));
    history.add(
      [
        { type: 'kraftVersion', kraftVersion: 1 },
        { type: 'kraftVoters', voters: voters(1, 2) },
      ],
      5,
    );
    history.add([{ type: 'kraftVoters', voters: voters(1, 2, 3) }], 9);
    expect(history.voters).toEqual(voters(1, 2, 3));
    expect(history.votersOffset).toBe(9);
    expect(history.at(9)).toEqual({ kraftVersion: 1, voters: voters(1, 2) });
    history.truncateTo(9);
    expect(history.voters).toEqual(voters(1, 2));
    history.truncateTo(6);
    expect([history.voters, history.kraftVersion]).toEqual([voters(1), 1]);
  });

  it('are kept as they hold where the log begins', () => {
    const history = new VoterHistory([]);
    history.add([{ type: 'kraftVoters', voters: voters(1) }], 2);
    history.add([{ type: 'kraftVoters', voters: voters(1, 2) }], 6);
    history.trimBefore(5);
    expect(history.at(5).voters).toEqual(voters(1));
    history.trimBefore(8);
    expect(history.at(8).voters).toEqual(voters(1, 2));
  });
});
