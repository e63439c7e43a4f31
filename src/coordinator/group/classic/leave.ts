/** LeaveGroup, of one member or several. */
import { ErrorCode, type ErrorName, KafkaError, toKafkaError } from '../../../../protocol/errors.ts';
import type { leaveGroupRequest, leaveGroupResponse } from '../../../../protocol/schema/13-leave-group.ts';
import type { Decoded, Encodable } from '../../../../protocol/schema/table.ts';
import { type ClassicGroups, type GroupDecision, NOTHING, sessionTimer } from './classic-groups.ts';
import type { ClassicGroup } from './group.ts';
import { completeJoinIfAllJoined, prepareRebalance, removeMember } from './rebalance.ts';

export type LeaveRequest = Decoded<typeof leaveGroupRequest>;
export type LeaveResponse = Encodable<typeof leaveGroupResponse>;
type Leaver = LeaveRequest['members'][number];

/** @throws UNKNOWN_MEMBER_ID when there is no such group */
export function leaveGroup(groups: ClassicGroups, request: LeaveRequest): GroupDecision<LeaveResponse> {
  const { groupId } = request;
  const group = groups.get(groupId);
  if (group === undefined) throw new KafkaError('UNKNOWN_MEMBER_ID', `there is no group ${groupId}`);
  const outcomes = request.members.map((leaver) => ({ leaver, error: leave(groups, group, leaver) }));
  const left = outcomes.filter(({ error }) => error === 'NONE');
  const { records, onCompleted } = left.length === 0 ? NOTHING : afterLeaving(groups, group, left.length);
  const members = outcomes.map(({ leaver, error }) => ({
    memberId: leaver.memberId,
    groupInstanceId: leaver.groupInstanceId,
    errorCode: ErrorCode[error],
  }));
  return { records, onCompleted, response: { members } };
}

function leave(groups: ClassicGroups, group: ClassicGroup, leaver: Leaver): ErrorName {
  const { groupId } = group;
  if (group.pendingJoin.has(leaver.memberId)) {
    groups.timers.cancel(sessionTimer(groupId, leaver.memberId));
    group.remove(leaver.memberId);
    return 'NONE';
  }
  try {
    const memberId = memberIdOf(group, leaver);
    const member = group.checkMember(memberId, leaver.groupInstanceId);
    removeMember(groups, group, member);
    groups.logger.info({ groupId, memberId, reason: leaver.reason ?? 'not provided' }, 'member leaves its group');
    return 'NONE';
  } catch (failure) {
    return toKafkaError(failure).error;
  }
}

/** An administrator may name a static member by its instance id alone. */
function memberIdOf(group: ClassicGroup, { memberId, groupInstanceId }: Leaver): string {
  if (memberId !== '' || groupInstanceId === null) return memberId;
  return group.staticMemberId(groupInstanceId) ?? memberId;
}

function afterLeaving(groups: ClassicGroups, group: ClassicGroup, count: number): GroupDecision {
  if (group.isIn('STABLE', 'COMPLETING_REBALANCE')) return prepareRebalance(groups, group, `${count} members left`);
  return completeJoinIfAllJoined(groups, group);
}
