/**
 * One partition's next state: who leads, who is in sync, who may lead when nobody is in sync (KIP-966), where its
 * replicas are and are to be. Gives the PartitionChangeRecord, or nothing when all stays as it is.
 */
import type { Encodable } from '../../../protocol/schema/table.ts';
import { MetadataVersion } from '../features.ts';
import { DirectoryId, NO_LEADER, type PartitionRegistration } from '../image.ts';
import type { metadataRecords } from '../records.ts';
import { type Assignment, completedReassignment } from './reassignment.ts';

type PartitionChange = Encodable<(typeof metadataRecords)['PartitionChangeRecord']>;

const RECOVERING = 1;

/** Who may be elected: the first replica before others, any that is in sync, or at worst one that is not. */
export type Election = 'preferred' | 'online' | 'unclean';

export interface PartitionSituation {
  readonly topicId: string;
  readonly partition: PartitionRegistration;
  readonly targetIsr: readonly number[];
  /** Replicas that may have lost what they acknowledged; they leave the ELR. */
  readonly uncleanShutdownReplicas: readonly number[];
  readonly isAcceptableLeader: (replica: number) => boolean;
  readonly election: Election;
  /** The topic's effective `min.insync.replicas`. */
  readonly minIsr: number;
  readonly elrEnabled: boolean;
  readonly metadataVersion: number;
  /** The replicas that are wanted; they stay when absent. */
  readonly assignment?: Assignment;
  /** Directories that differ from those registered, by replica. */
  readonly directories?: ReadonlyMap<number, string>;
  /** Where a replica goes that the partition did not have. */
  readonly defaultDirectory?: (replica: number) => string;
  /** What the leader says of its recovery; it stays when absent. */
  readonly leaderRecoveryState?: number;
}

interface Elected {
  readonly leader: number;
  readonly unclean: boolean;
}

export function partitionChange(situation: PartitionSituation): PartitionChange | undefined {
  const { partition, elrEnabled, metadataVersion } = situation;
  const wanted = situation.assignment ?? partition;
  const completed = completedReassignment(wanted, situation.targetIsr);
  const assignment = completed ?? wanted;
  const targetIsr = completed?.isr ?? situation.targetIsr;
  let isr = targetIsr;
  let elr = eligibleReplicas(situation, targetIsr);
  const { leader, unclean } = elect(situation, assignment.replicas, isr, elr);
  const leaderChanges = leader !== partition.leader;
  if (leaderChanges && unclean) {
    isr = [leader];
    elr = [];
  } else if (leaderChanges && elr.includes(leader)) {
    isr = [leader];
    elr = elr.filter((replica) => replica !== leader);
  }
  // Without ELR the last member of the ISR stays in it, so that it can lead again.
  const isrChanges = !same(isr, partition.isr) && (isr.length > 0 || elrEnabled);
  const elrChanges = !same(elr, partition.elr);
  const shrinks = isrChanges && partition.isr.some((replica) => !isr.includes(replica));
  const needsEpoch =
    partition.replicas.some((replica) => !assignment.replicas.includes(replica)) ||
    (shrinks && metadataVersion < MetadataVersion.LEADER_EPOCH_KEPT_ON_ISR_SHRINK);
  const lastKnownElr = lastKnown(
    partition,
    elrEnabled,
    isrChanges ? isr : undefined,
    leaderChanges ? leader : undefined,
  );
  const recovering = leaderChanges && unclean && partition.leaderRecoveryState !== RECOVERING;
  const leaderRecoveryState = situation.leaderRecoveryState ?? (recovering ? RECOVERING : undefined);
  const changes: Omit<PartitionChange, 'topicId' | 'partitionId'> = {
    ...(isrChanges ? { isr } : {}),
    ...(leaderChanges || needsEpoch ? { leader } : {}),
    ...(leaderRecoveryState === undefined || leaderRecoveryState === partition.leaderRecoveryState
      ? {}
      : { leaderRecoveryState }),
    ...(elrChanges ? { eligibleLeaderReplicas: elr } : {}),
    ...(lastKnownElr === undefined ? {} : { lastKnownElr }),
    ...assignmentChanges(situation, assignment),
  };
  if (Object.keys(changes).length === 0) return undefined;
  return { partitionId: partition.partition, topicId: situation.topicId, ...changes };
}

function assignmentChanges(situation: PartitionSituation, assignment: Assignment): Partial<PartitionChange> {
  const { partition, metadataVersion } = situation;
  const { replicas, removingReplicas, addingReplicas } = assignment;
  const directories = replicas.map(
    (replica) =>
      situation.directories?.get(replica) ??
      partition.directories[partition.replicas.indexOf(replica)] ??
      situation.defaultDirectory?.(replica) ??
      DirectoryId.UNASSIGNED,
  );
  const tellsDirectories =
    metadataVersion >= MetadataVersion.DIRECTORY_ASSIGNMENT && !same(directories, partition.directories);
  return {
    ...(tellsDirectories ? { directories } : {}),
    ...(same(replicas, partition.replicas) ? {} : { replicas }),
    ...(same(removingReplicas, partition.removingReplicas) ? {} : { removingReplicas }),
    ...(same(addingReplicas, partition.addingReplicas) ? {} : { addingReplicas }),
  };
}

/** Who left the ISR while it was below min.insync.replicas, and so still has everything that was acknowledged. */
function eligibleReplicas(situation: PartitionSituation, targetIsr: readonly number[]): readonly number[] {
  const { partition, minIsr, uncleanShutdownReplicas, elrEnabled } = situation;
  if (!elrEnabled || targetIsr.length >= minIsr) return [];
  const candidates = new Set([...partition.elr, ...partition.isr]);
  return [...candidates].filter(
    (replica) => !targetIsr.includes(replica) && !uncleanShutdownReplicas.includes(replica),
  );
}

function elect(
  situation: PartitionSituation,
  replicas: readonly number[],
  isr: readonly number[],
  elr: readonly number[],
): Elected {
  const { partition, isAcceptableLeader, election, elrEnabled } = situation;
  const isValid = (replica: number): boolean =>
    (isr.includes(replica) || (isr.length === 0 && elr.includes(replica))) && isAcceptableLeader(replica);
  const [preferred] = replicas;
  if (election === 'preferred' && preferred !== undefined && isValid(preferred)) {
    return { leader: preferred, unclean: false };
  }
  if (isValid(partition.leader)) return { leader: partition.leader, unclean: false };
  const clean = replicas.find(isValid);
  if (clean !== undefined) return { leader: clean, unclean: false };
  const [lastLeader] = partition.lastKnownElr;
  const lastLeaderMay = elrEnabled && isr.length === 0 && elr.length === 0 && partition.lastKnownElr.length === 1;
  if (lastLeaderMay && lastLeader !== undefined && isAcceptableLeader(lastLeader)) {
    return { leader: lastLeader, unclean: true };
  }
  const unclean = election === 'unclean' ? replicas.find(isAcceptableLeader) : undefined;
  return unclean === undefined ? { leader: NO_LEADER, unclean: false } : { leader: unclean, unclean: true };
}

/** The last leader is kept while there is none, and forgotten when there is one. Undefined: stays as it is. */
function lastKnown(
  partition: PartitionRegistration,
  elrEnabled: boolean,
  newIsr: readonly number[] | undefined,
  newLeader: number | undefined,
): readonly number[] | undefined {
  if (!elrEnabled) return undefined;
  const isKept = partition.lastKnownElr.length === 1 && partition.lastKnownElr[0] === partition.leader;
  if (newIsr?.length === 0 && !isKept) return [partition.leader];
  const hasLeader = newLeader === undefined ? partition.leader !== NO_LEADER : newLeader !== NO_LEADER;
  return hasLeader && partition.lastKnownElr.length > 0 ? [] : undefined;
}

function same<T>(a: readonly T[], b: readonly T[]): boolean {
  return a.length === b.length && a.every((value, i) => value === b[i]);
}
