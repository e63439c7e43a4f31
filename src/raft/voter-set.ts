/** The voters of the quorum: who counts, and the sets that one change of voters leads to (KIP-853). */
import type { Voters } from './logged-batch.ts';
import { describeReplica, NO_DIRECTORY, type ReplicaKey } from './replica-key.ts';

export type Voter = Voters[number];

export function voterKey(voter: Voter): ReplicaKey {
  return { id: voter.voterId, directoryId: voter.voterDirectoryId };
}

/** A voter without a directory id (kraft.version 0) is any directory of its node. */
export function isVoter(voters: Voters, key: ReplicaKey): boolean {
  return voters.some(
    ({ voterId, voterDirectoryId }) =>
      voterId === key.id && (voterDirectoryId === NO_DIRECTORY || voterDirectoryId === key.directoryId),
  );
}

export function voterWithId(voters: Voters, id: number): Voter | undefined {
  return voters.find(({ voterId }) => voterId === id);
}

/** How many of `voters` decide. */
export function majorityOf(voters: Voters): number {
  return Math.floor(voters.length / 2) + 1;
}

/** Undefined when that very voter is not there, or is the only one. */
export function withoutVoter(voters: Voters, key: ReplicaKey): Voters | undefined {
  const rest = voters.filter((voter) => voter.voterId !== key.id || voter.voterDirectoryId !== key.directoryId);
  return rest.length === voters.length || rest.length === 0 ? undefined : rest;
}

/** With the voter of that id and directory replaced; undefined when it is not there. */
export function withUpdatedVoter(voters: Voters, updated: Voter): Voters | undefined {
  if (!isVoter(voters, voterKey(updated))) return undefined;
  return voters.map((voter) => (voter.voterId === updated.voterId ? updated : voter));
}

/** As Kafka prints the keys of a set. */
export function describeVoters(voters: Voters): string {
  return `[${voters.map((voter) => describeReplica(voterKey(voter))).join(', ')}]`;
}
