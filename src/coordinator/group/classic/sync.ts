/** SyncGroup: the leader brings the assignment, everyone fetches theirs. */
import { ErrorCode, type ErrorName, type KafkaError, toKafkaError } from '../../../../protocol/errors.ts';
import type { syncGroupRequest } from '../../../../protocol/schema/14-sync-group.ts';
import type { Decoded } from '../../../../protocol/schema/table.ts';
import { toCoordinatorError } from '../../runtime/errors.ts';
import { type ClassicGroups, type GroupDecision, NOTHING, syncTimer } from './classic-groups.ts';
import type { ClassicGroup } from './group.ts';
import { groupRecord } from './group-record.ts';
import { type ClassicMember, EMPTY_ASSIGNMENT, type Reply, type SyncResponse } from './member.ts';
import { failSyncs, prepareRebalance, restartSession } from './rebalance.ts';

type SyncRequest = Decoded<typeof syncGroupRequest>;

export function syncGroup(groups: ClassicGroups, request: SyncRequest, reply: Reply<SyncResponse>): GroupDecision {
  const group = groups.get(request.groupId);
  if (group === undefined || group.isIn('EMPTY')) return refuse(reply, 'UNKNOWN_MEMBER_ID');
  let member: ClassicMember;
  try {
    member = group.checkMember(request.memberId, request.groupInstanceId);
  } catch (failure) {
    return refuse(reply, toKafkaError(failure).error);
  }
  if (request.generationId !== group.generationId) return refuse(reply, 'ILLEGAL_GENERATION');
  if (disagrees(request.protocolType, group.protocolType) || disagrees(request.protocolName, group.protocolName)) {
    return refuse(reply, 'INCONSISTENT_GROUP_PROTOCOL');
  }
  switch (group.state) {
    case 'PREPARING_REBALANCE':
      return refuse(reply, 'REBALANCE_IN_PROGRESS');
    case 'COMPLETING_REBALANCE':
      return awaitAssignment(groups, group, member, request, reply);
    case 'STABLE':
      noteSynced(groups, group, member);
      reply(assignedResponse(group, member));
      return NOTHING;
    default:
      return refuse(reply, 'COORDINATOR_NOT_AVAILABLE');
  }
}

/** What is not said is not checked. */
function disagrees(asked: string | null, agreed: string | null): boolean {
  return asked !== null && agreed !== null && asked !== agreed;
}

function noteSynced({ timers }: ClassicGroups, group: ClassicGroup, { memberId }: ClassicMember): void {
  group.pendingSync.delete(memberId);
  if (group.pendingSync.size === 0) timers.cancel(syncTimer(group.groupId));
}

function awaitAssignment(
  groups: ClassicGroups,
  group: ClassicGroup,
  member: ClassicMember,
  request: SyncRequest,
  reply: Reply<SyncResponse>,
): GroupDecision {
  // An earlier SyncGroup of the member, from a connection that it has given up most likely.
  member.answerSync({ errorCode: ErrorCode.REBALANCE_IN_PROGRESS });
  member.awaitingSync = reply;
  noteSynced(groups, group, member);
  if (!group.isLeader(member.memberId)) return NOTHING;

  const given = new Map(request.assignments.map(({ memberId, assignment }) => [memberId, assignment]));
  const assignments = new Map<string, Buffer>();
  for (const { memberId } of group.members()) {
    const assignment = given.get(memberId);
    // Copied, as the group outlives the request's bytes.
    assignments.set(memberId, assignment === undefined ? EMPTY_ASSIGNMENT : Buffer.from(assignment));
  }
  const { generationId } = request;
  return {
    records: [groupRecord(group, assignments)],
    response: undefined,
    onCompleted: (error) => {
      // By now another rebalance may have begun.
      if (!group.isIn('COMPLETING_REBALANCE') || group.generationId !== generationId) return;
      if (error === null) assign(groups, group, assignments);
      else fail(groups, group, error);
    },
  };
}

function assign(groups: ClassicGroups, group: ClassicGroup, assignments: ReadonlyMap<string, Buffer>): void {
  group.transition('STABLE', groups.clock.now());
  for (const member of group.members()) {
    member.assignment = assignments.get(member.memberId) ?? EMPTY_ASSIGNMENT;
    const wasWaiting = member.answerSync(assignedResponse(group, member));
    // Sessions that ran out while their members were waiting here have no timer any more.
    if (wasWaiting) restartSession(groups, group, member);
  }
}

function fail(groups: ClassicGroups, group: ClassicGroup, error: KafkaError): void {
  const name = toCoordinatorError(error);
  failSyncs(groups, group, name);
  // Decides no records: nobody has rejoined yet.
  prepareRebalance(groups, group, `the assignment could not be written: ${name}`);
}

function assignedResponse(group: ClassicGroup, { assignment }: ClassicMember): SyncResponse {
  return { protocolType: group.protocolType, protocolName: group.protocolName, assignment };
}

function refuse(reply: Reply<SyncResponse>, error: ErrorName): GroupDecision {
  reply({ errorCode: ErrorCode[error] });
  return NOTHING;
}
