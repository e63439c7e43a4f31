/** A static member that comes back without its member id, as after a restart (KIP-345). */
import { ErrorCode } from '../../../../protocol/errors.ts';
import { toCoordinatorError } from '../../runtime/errors.ts';
import type { ClassicGroups, GroupDecision } from './classic-groups.ts';
import type { ClassicGroup } from './group.ts';
import { groupRecord } from './group-record.ts';
import { type Join, updateMember } from './join-request.ts';
import { ClassicMember } from './member.ts';
import {
  completeJoinIfAllJoined,
  joinedResponse,
  prepareRebalance,
  rebalanceOrCompleteJoin,
  restartSession,
} from './rebalance.ts';

/** From here on a leader is told that it need not assign again (KIP-814); an older one must not learn that it leads. */
const FIRST_VERSION_WITH_SKIPPED_ASSIGNMENT = 9;

/** Puts the joining member in the place of `oldMemberId`, which is fenced. */
export function joinAsKnownInstance(
  groups: ClassicGroups,
  group: ClassicGroup,
  join: Join,
  oldMemberId: string,
  newMemberId: string,
): GroupDecision {
  const leaderBefore = group.leaderId;
  const old = group.member(oldMemberId)!;
  const fenced = { memberId: oldMemberId, errorCode: ErrorCode.FENCED_INSTANCE_ID };
  old.answerJoin(fenced);
  old.answerSync({ errorCode: fenced.errorCode });
  const member = new ClassicMember({ ...old, memberId: newMemberId });
  group.replaceStatic(oldMemberId, member);
  updateMember(member, join);
  restartSession(groups, group, member);

  if (group.isIn('COMPLETING_REBALANCE')) {
    // The leader may be assigning to the old id already.
    return prepareRebalance(groups, group, `instance ${old.groupInstanceId} came back as ${newMemberId}`);
  }
  if (!group.isIn('STABLE')) return completeJoinIfAllJoined(groups, group);
  if (group.electProtocol() !== group.protocolName) {
    return rebalanceOrCompleteJoin(groups, group, `instance ${old.groupInstanceId} came back with other protocols`);
  }
  return keepGeneration(groups, group, join, { old, member, leaderBefore });
}

interface Replacement {
  readonly old: ClassicMember;
  readonly member: ClassicMember;
  readonly leaderBefore: string | null;
}

/** Nothing changes for the others, so nobody is disturbed: only the new id is written. */
function keepGeneration(
  groups: ClassicGroups,
  group: ClassicGroup,
  join: Join,
  { old, member, leaderBefore }: Replacement,
): GroupDecision {
  const assignments = new Map(group.members().map(({ memberId, assignment }) => [memberId, assignment]));
  return {
    records: [groupRecord(group, assignments)],
    response: undefined,
    onCompleted: (error) => {
      const { groupId } = group;
      if (error !== null) {
        groups.logger.warn({ groupId, err: error }, 'a static member could not be replaced; the old one stays');
        member.awaitingJoin = null;
        if (group.member(member.memberId) === member) {
          group.replaceStatic(member.memberId, old);
          restartSession(groups, group, old);
        }
        join.reply({ memberId: '', errorCode: ErrorCode[toCoordinatorError(error)] });
        return;
      }
      const response = joinedResponse(group, member.memberId);
      member.answerJoin(
        join.context.apiVersion >= FIRST_VERSION_WITH_SKIPPED_ASSIGNMENT
          ? { ...response, skipAssignment: group.isLeader(member.memberId) }
          : { ...response, leader: leaderBefore ?? '', members: [] },
      );
    },
  };
}
