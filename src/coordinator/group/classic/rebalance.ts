/** The rebalance that joining, leaving and failing members start: waiting for joins, then for the leader's assignment. */
import type { ErrorName } from '../../../../protocol/errors.ts';
import { ErrorCode } from '../../../../protocol/errors.ts';
import {
  type ClassicGroups,
  type GroupDecision,
  joinTimer,
  NOTHING,
  sessionTimer,
  syncTimer,
} from './classic-groups.ts';
import type { ClassicGroup } from './group.ts';
import { groupRecord } from './group-record.ts';
import type { ClassicMember, JoinResponse } from './member.ts';

const UNKNOWN_MEMBER: JoinResponse = { memberId: '', errorCode: ErrorCode.UNKNOWN_MEMBER_ID };

// Sessions

export function restartSession(
  groups: ClassicGroups,
  group: ClassicGroup,
  { memberId, sessionTimeoutMs }: ClassicMember,
  timeoutMs = sessionTimeoutMs,
): void {
  const { groupId } = group;
  groups.timers.schedule(sessionTimer(groupId, memberId), timeoutMs, () => expireSession(groups, groupId, memberId));
}

/** For an id that was given out: it must join before its session is over. */
export function startPendingSession(
  groups: ClassicGroups,
  { groupId }: ClassicGroup,
  memberId: string,
  timeoutMs: number,
): void {
  groups.timers.schedule(sessionTimer(groupId, memberId), timeoutMs, () => expireSession(groups, groupId, memberId));
}

function expireSession(groups: ClassicGroups, groupId: string, memberId: string): GroupDecision {
  const group = groups.get(groupId);
  if (group === undefined) return NOTHING;
  if (group.pendingJoin.has(memberId)) return removePending(groups, group, memberId);
  const member = group.member(memberId);
  if (member === undefined || member.isExcused) return NOTHING;
  groups.logger.info({ groupId, memberId }, 'member has sent no heartbeat in its session and leaves its group');
  removeMember(groups, group, member);
  if (group.isIn('STABLE', 'COMPLETING_REBALANCE')) {
    return rebalanceOrCompleteJoin(groups, group, `the session of ${memberId} expired`);
  }
  return group.isIn('PREPARING_REBALANCE') && group.hasAllJoined ? completeJoin(groups, group) : NOTHING;
}

export function removePending(groups: ClassicGroups, group: ClassicGroup, memberId: string): GroupDecision {
  groups.timers.cancel(sessionTimer(group.groupId, memberId));
  group.remove(memberId);
  return group.isIn('PREPARING_REBALANCE') && group.hasAllJoined ? completeJoin(groups, group) : NOTHING;
}

/** Takes a member out; if its JoinGroup is waiting, it learns that it must join as a new one. */
export function removeMember(groups: ClassicGroups, group: ClassicGroup, member: ClassicMember): void {
  groups.timers.cancel(sessionTimer(group.groupId, member.memberId));
  member.answerJoin(UNKNOWN_MEMBER);
  member.answerSync({ errorCode: ErrorCode.UNKNOWN_MEMBER_ID });
  group.remove(member.memberId);
}

// Preparing

export function rebalanceOrCompleteJoin(groups: ClassicGroups, group: ClassicGroup, reason: string): GroupDecision {
  return group.canRebalance ? prepareRebalance(groups, group, reason) : completeJoinIfAllJoined(groups, group);
}

export function prepareRebalance(groups: ClassicGroups, group: ClassicGroup, reason: string): GroupDecision {
  const { groupId } = group;
  if (group.isIn('COMPLETING_REBALANCE')) failSyncs(groups, group, 'REBALANCE_IN_PROGRESS');
  group.pendingSync.clear();
  groups.timers.cancel(syncTimer(groupId));

  const isFirst = group.isIn('EMPTY');
  group.transition('PREPARING_REBALANCE', groups.clock.now());
  groups.logger.info({ groupId, generationId: group.generationId, reason }, 'group prepares to rebalance');
  if (isFirst) {
    const { initialRebalanceDelayMs: delayMs } = groups.config;
    scheduleFirstJoin(groups, group, delayMs, Math.max(group.rebalanceTimeoutMs - delayMs, 0));
    return NOTHING;
  }
  if (group.hasAllJoined) return completeJoin(groups, group);
  scheduleJoin(groups, group);
  return NOTHING;
}

export function completeJoinIfAllJoined(groups: ClassicGroups, group: ClassicGroup): GroupDecision {
  // The first rebalance ends with its delay, not with the members that came first.
  const isDue = group.isIn('PREPARING_REBALANCE') && group.previousState !== 'EMPTY' && group.hasAllJoined;
  return isDue ? completeJoin(groups, group) : NOTHING;
}

function scheduleJoin(groups: ClassicGroups, { groupId, rebalanceTimeoutMs }: ClassicGroup): void {
  groups.timers.schedule(joinTimer(groupId), rebalanceTimeoutMs, () => {
    const group = groups.get(groupId);
    return group === undefined ? NOTHING : completeJoin(groups, group);
  });
}

/** The first rebalance waits once more whenever someone joined meanwhile, up to the rebalance time-out in all. */
function scheduleFirstJoin(
  groups: ClassicGroups,
  { groupId }: ClassicGroup,
  delayMs: number,
  remainingMs: number,
): void {
  groups.timers.schedule(joinTimer(groupId), delayMs, () => {
    const group = groups.get(groupId);
    if (group === undefined) return NOTHING;
    if (!group.newMemberAdded || remainingMs === 0) return completeJoin(groups, group);
    group.newMemberAdded = false;
    const nextMs = Math.min(groups.config.initialRebalanceDelayMs, remainingMs);
    scheduleFirstJoin(groups, group, nextMs, Math.max(remainingMs - delayMs, 0));
    return NOTHING;
  });
}

// Joining is over

function completeJoin(groups: ClassicGroups, group: ClassicGroup): GroupDecision {
  const { groupId } = group;
  groups.timers.cancel(joinTimer(groupId));
  if (!group.isIn('PREPARING_REBALANCE')) return NOTHING;

  const late = group.members().filter((member) => member.awaitingJoin === null && member.groupInstanceId === null);
  for (const member of late) removeMember(groups, group, member);
  if (late.length > 0) {
    groups.logger.info({ groupId, memberIds: late.map(({ memberId }) => memberId) }, 'members did not rejoin in time');
  }

  if (!group.electJoinedLeader() && group.size > 0) {
    // Static members stay without rejoining until their sessions expire.
    groups.logger.warn({ groupId }, 'no member has rejoined, the rebalance waits on');
    scheduleJoin(groups, group);
    return NOTHING;
  }
  group.startGeneration(groups.clock.now());
  if (group.isIn('EMPTY')) return becomeEmpty(groups, group);
  announceGeneration(groups, group);
  return NOTHING;
}

function becomeEmpty(groups: ClassicGroups, group: ClassicGroup): GroupDecision {
  const { groupId } = group;
  return {
    records: [groupRecord(group, new Map())],
    response: undefined,
    onCompleted: (error) => {
      // Harmless: after a crash the members of the generation before come back, and expire.
      if (error !== null) groups.logger.warn({ groupId, err: error }, 'that the group is empty could not be written');
    },
  };
}

function announceGeneration(groups: ClassicGroups, group: ClassicGroup): void {
  const { groupId, generationId } = group;
  groups.logger.info({ groupId, generationId, members: group.size }, 'all members have joined');
  for (const member of group.members()) {
    member.answerJoin(joinedResponse(group, member.memberId));
    restartSession(groups, group, member);
    member.isNew = false;
    group.pendingSync.add(member.memberId);
  }
  groups.timers.schedule(syncTimer(groupId), group.rebalanceTimeoutMs, () => expireSync(groups, groupId, generationId));
}

/** The generation as a member learns of it; the leader gets everyone's metadata, to assign. */
export function joinedResponse(group: ClassicGroup, memberId: string): JoinResponse {
  const { protocolName } = group;
  const members = group.isLeader(memberId) ? group.members() : [];
  return {
    memberId,
    generationId: group.generationId,
    protocolType: group.protocolType,
    protocolName,
    leader: group.leaderId ?? '',
    members: members.map((member) => ({
      memberId: member.memberId,
      groupInstanceId: member.groupInstanceId,
      metadata: member.metadata(protocolName ?? ''),
    })),
  };
}

function expireSync(groups: ClassicGroups, groupId: string, generationId: number): GroupDecision {
  const group = groups.get(groupId);
  if (group === undefined || group.generationId !== generationId) return NOTHING;
  if (!group.isIn('COMPLETING_REBALANCE', 'STABLE') || group.pendingSync.size === 0) return NOTHING;
  const memberIds = [...group.pendingSync];
  for (const memberId of memberIds) {
    const member = group.member(memberId);
    if (member !== undefined) removeMember(groups, group, member);
  }
  return prepareRebalance(groups, group, `no SyncGroup came from ${memberIds.join(', ')}`);
}

// Assigning

/** No assignment will come of this generation: whoever waits for one learns why. */
export function failSyncs(groups: ClassicGroups, group: ClassicGroup, error: ErrorName): void {
  group.clearAssignments();
  for (const member of group.members()) {
    const wasWaiting = member.answerSync({ errorCode: ErrorCode[error] });
    if (wasWaiting) restartSession(groups, group, member);
  }
}
