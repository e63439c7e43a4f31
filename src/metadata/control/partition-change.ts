/**
 * One partition's next state: who leads, who is in sync, who may lead when nobody is in sync (KIP-966). Gives the
 * PartitionChangeRecord, or nothing when all stays as it is.
 */
import type { Encodable } from '../../../protocol/schema/table.ts';
import { MetadataVersion } from '../features.ts';
import { NO_LEADER, type PartitionRegistration } from '../image.ts';
import type { metadataRecords } from '../records.ts';

type PartitionChange = Encodable<(typeof metadataRecords)['PartitionChangeRecord']>;

const RECOVERING = 1;

export interface PartitionSituation {
  readonly topicId: string;
  readonly partition: PartitionRegistration;
  readonly targetIsr: readonly number[];
  /** Replicas that may have lost what they acknowledged; they leave the ELR. */
  readonly uncleanShutdownReplicas: readonly number[];
  readonly isAcceptableLeader: (replica: number) => boolean;
  /** `unclean.leader.election.enable` of the topic. */
  readonly uncleanElection: boolean;
  /** The topic's effective `min.insync.replicas`. */
  readonly minIsr: number;
  readonly elrEnabled: boolean;
  readonly metadataVersion: number;
}

interface Election {
  readonly leader: number;
  readonly unclean: boolean;
}

export function partitionChange(situation: PartitionSituation): PartitionChange | undefined {
  const { partition, elrEnabled, metadataVersion } = situation;
  let isr = situation.targetIsr;
  let elr = eligibleReplicas(situation);
  const { leader, unclean } = elect(situation, isr, elr);
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
  const needsEpoch = shrinks && metadataVersion < MetadataVersion.LEADER_EPOCH_KEPT_ON_ISR_SHRINK;
  const lastKnownElr = lastKnown(
    partition,
    elrEnabled,
    isrChanges ? isr : undefined,
    leaderChanges ? leader : undefined,
  );
  const recovering = leaderChanges && unclean && partition.leaderRecoveryState !== RECOVERING;
  if (!leaderChanges && !isrChanges && !elrChanges && lastKnownElr === undefined) return undefined;
  return {
    partitionId: partition.partition,
    topicId: situation.topicId,
    ...(isrChanges ? { isr } : {}),
    ...(leaderChanges || needsEpoch ? { leader } : {}),
    ...(recovering ? { leaderRecoveryState: RECOVERING } : {}),
    ...(elrChanges ? { eligibleLeaderReplicas: elr } : {}),
    ...(lastKnownElr === undefined ? {} : { lastKnownElr }),
  };
}

/** Who left the ISR while it was below min.insync.replicas, and so still has everything that was acknowledged. */
function eligibleReplicas(situation: PartitionSituation): readonly number[] {
  const { partition, targetIsr, minIsr, uncleanShutdownReplicas, elrEnabled } = situation;
  if (!elrEnabled || targetIsr.length >= minIsr) return [];
  const candidates = new Set([...partition.elr, ...partition.isr]);
  return [...candidates].filter(
    (replica) => !targetIsr.includes(replica) && !uncleanShutdownReplicas.includes(replica),
  );
}

function elect(situation: PartitionSituation, isr: readonly number[], elr: readonly number[]): Election {
  const { partition, isAcceptableLeader, uncleanElection, elrEnabled } = situation;
  const isValid = (replica: number): boolean =>
    (isr.includes(replica) || (isr.length === 0 && elr.includes(replica))) && isAcceptableLeader(replica);
  if (isValid(partition.leader)) return { leader: partition.leader, unclean: false };
  const clean = partition.replicas.find(isValid);
  if (clean !== undefined) return { leader: clean, unclean: false };
  const [lastLeader] = partition.lastKnownElr;
  const lastLeaderMay = elrEnabled && isr.length === 0 && elr.length === 0 && partition.lastKnownElr.length === 1;
  if (lastLeaderMay && lastLeader !== undefined && isAcceptableLeader(lastLeader)) {
    return { leader: lastLeader, unclean: true };
  }
  const unclean = uncleanElection ? partition.replicas.find(isAcceptableLeader) : undefined;
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

function same(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((value, i) => value === b[i]);
}
