/**
 * The states of a replica in an epoch, and which may follow which. Kafka's `QuorumState` with pre-vote (KIP-996). An
 * observer is not a state: it is a replica that is no voter, and is only ever unattached or a follower.
 */

export type QuorumStateName = 'unattached' | 'prospective' | 'candidate' | 'leader' | 'follower' | 'resigned';

export const quorumTransitions: Readonly<Record<QuorumStateName, readonly QuorumStateName[]>> = {
  // A higher epoch, or a vote in this one; the election time-out; a leader. A sole voter asks nobody before it stands.
  unattached: ['unattached', 'prospective', 'candidate', 'follower'],
  // A higher epoch, or too few pre-votes; a vote in this epoch; a majority of pre-votes; a leader, or the one known before.
  prospective: ['unattached', 'prospective', 'candidate', 'follower'],
  // A higher epoch; the election time-out; a majority of votes; a leader.
  candidate: ['unattached', 'prospective', 'leader', 'follower'],
  // A higher epoch, or its leader; a shutdown, a majority that is gone, removal from the voters.
  leader: ['unattached', 'follower', 'resigned'],
  // A higher epoch; the fetch time-out; another leader. A follower that has become the sole voter stands at once.
  follower: ['unattached', 'prospective', 'candidate', 'follower'],
  // A higher epoch, its own after the election time-out; a leader of a higher epoch; a sole voter stands again.
  resigned: ['unattached', 'candidate', 'follower'],
};

export function assertTransition(from: QuorumStateName, to: QuorumStateName): void {
  if (!quorumTransitions[from].includes(to)) throw new Error(`a replica that is ${from} cannot become ${to}`);
}
