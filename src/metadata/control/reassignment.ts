/** The arithmetic of moving a partition to other replicas (KIP-455); nothing here decides or writes. */
import type { PartitionRegistration } from '../image.ts';

export interface Assignment {
  /** While replicas move: those that are wanted, then those that go. */
  readonly replicas: readonly number[];
  readonly removingReplicas: readonly number[];
  readonly addingReplicas: readonly number[];
}

export function isReassigning({ removingReplicas, addingReplicas }: Assignment): boolean {
  return removingReplicas.length > 0 || addingReplicas.length > 0;
}

/** What a partition is while it moves from `current` to `target`. */
export function reassignment(current: readonly number[], target: readonly number[]): Assignment {
  const missing = (from: readonly number[], others: readonly number[]): number[] =>
    from.filter((replica) => !others.includes(replica)).sort((a, b) => a - b);
  const removingReplicas = missing(current, target);
  return { replicas: [...target, ...removingReplicas], removingReplicas, addingReplicas: missing(target, current) };
}

/** The end of a move, once every replica that is wanted is in sync; undefined until then, and where nothing moves. */
export function completedReassignment(
  assignment: Assignment,
  isr: readonly number[],
): (Assignment & { readonly isr: readonly number[] }) | undefined {
  if (!isReassigning(assignment)) return undefined;
  const stays = (replica: number): boolean => !assignment.removingReplicas.includes(replica);
  const newIsr = isr.filter(stays);
  const replicas = assignment.replicas.filter(stays);
  if (newIsr.length === 0 || replicas.length === 0) return undefined;
  if (!replicas.every((replica) => newIsr.includes(replica))) return undefined;
  return { replicas, removingReplicas: [], addingReplicas: [], isr: newIsr };
}

/** Where a move that is called off leaves the partition; `isUnclean` when nobody in sync would be left. */
export function revertedReassignment({ replicas, isr, addingReplicas }: PartitionRegistration): {
  readonly assignment: Assignment;
  readonly isr: readonly number[];
  readonly isUnclean: boolean;
} {
  const stays = (replica: number): boolean => !addingReplicas.includes(replica);
  const before = replicas.filter(stays);
  const inSync = isr.filter(stays);
  const isUnclean = inSync.length === 0;
  return {
    assignment: { replicas: before, removingReplicas: [], addingReplicas: [] },
    isr: isUnclean ? before.slice(0, 1) : inSync,
    isUnclean,
  };
}
