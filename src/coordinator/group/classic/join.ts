/** JoinGroup: who comes in, as whom, and what that starts. */
import { ErrorCode, type ErrorName, toKafkaError } from '../../../../protocol/errors.ts';
import type { Random } from '../../../platform/random.ts';
import { toCoordinatorError } from '../../runtime/errors.ts';
import { type ClassicGroups, type GroupDecision, NOTHING } from './classic-groups.ts';
import type { ClassicGroup } from './group.ts';
import { emptyGroupRecord } from './group-record.ts';
import { type Join, updateMember } from './join-request.ts';
import { ClassicMember } from './member.ts';
import { joinedResponse, rebalanceOrCompleteJoin, restartSession, startPendingSession } from './rebalance.ts';
import { joinAsKnownInstance } from './static-join.ts';

/** The member id of one who has none yet. */
const NO_MEMBER_ID = '';

/**
 * From this version on a dynamic member is first given an id and must join again with it, so that clients which retry
 * do not leave a member behind each time (KIP-394).
 */
const FIRST_VERSION_WITH_REQUIRED_ID = 4;

/** How long a member that does not know its id yet may wait in a rebalance. */
const NEW_MEMBER_TIMEOUT_MS = 5 * 60 * 1000;

export function joinGroup(groups: ClassicGroups, join: Join): GroupDecision {
  const { groupId, memberId } = join.request;
  const group = groups.get(groupId);
  if (group !== undefined) return joinExistingGroup(groups, group, join);
  if (memberId !== NO_MEMBER_ID) return refuse(join, 'UNKNOWN_MEMBER_ID', memberId);

  const createdMs = groups.clock.now();
  const created = groups.create(groupId);
  joinExistingGroup(groups, created, join);
  return {
    records: [emptyGroupRecord(groupId, createdMs)],
    response: undefined,
    onCompleted: (error) => {
      if (error !== null) refuse(join, toCoordinatorError(error), NO_MEMBER_ID);
    },
  };
}

function joinExistingGroup(groups: ClassicGroups, group: ClassicGroup, join: Join): GroupDecision {
  const { memberId, protocolType } = join.request;
  if (!hasRoomFor(groups, group, memberId)) {
    group.remove(memberId);
    return refuse(join, 'GROUP_MAX_SIZE_REACHED', NO_MEMBER_ID);
  }
  if (!group.accepts(protocolType, join.protocols)) return refuse(join, 'INCONSISTENT_GROUP_PROTOCOL', memberId);
  return memberId === NO_MEMBER_ID ? joinAsNew(groups, group, join) : joinAsKnown(groups, group, join);
}

/**
 * During a rebalance those who have rejoined count, not the members: so the slowest are turned away when the limit was
 * lowered.
 */
function hasRoomFor({ config }: ClassicGroups, group: ClassicGroup, memberId: string): boolean {
  const member = group.member(memberId);
  switch (group.state) {
    case 'EMPTY':
    case 'DEAD':
      return true;
    case 'PREPARING_REBALANCE':
      return member?.awaitingJoin != null || group.numAwaitingJoin < config.maxSize;
    case 'COMPLETING_REBALANCE':
    case 'STABLE':
      return member !== undefined || group.size < config.maxSize;
  }
}

// Members without an id

function joinAsNew(groups: ClassicGroups, group: ClassicGroup, join: Join): GroupDecision {
  const { groupInstanceId, sessionTimeoutMs } = join.request;
  const memberId = `${groupInstanceId ?? join.context.clientId}-${uuid(groups.random)}`;
  if (groupInstanceId !== null) {
    const current = group.staticMemberId(groupInstanceId);
    if (current !== undefined) return joinAsKnownInstance(groups, group, join, current, memberId);
    return addMember(groups, group, join, memberId);
  }
  if (join.context.apiVersion < FIRST_VERSION_WITH_REQUIRED_ID) return addMember(groups, group, join, memberId);
  group.pendingJoin.add(memberId);
  startPendingSession(groups, group, memberId, sessionTimeoutMs);
  return refuse(join, 'MEMBER_ID_REQUIRED', memberId);
}

/** A random uuid in Java's notation. */
function uuid(random: Random): string {
  const bytes = random.bytes(16);
  bytes[6] = (bytes[6]! & 0x0f) | 0x40;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}

function addMember(groups: ClassicGroups, group: ClassicGroup, join: Join, memberId: string): GroupDecision {
  const { request, context, protocols, rebalanceTimeoutMs } = join;
  const { groupInstanceId, protocolType, sessionTimeoutMs } = request;
  const { clientId, clientHost } = context;
  const member = new ClassicMember({
    memberId,
    groupInstanceId,
    clientId,
    clientHost,
    protocolType,
    protocols,
    rebalanceTimeoutMs,
    sessionTimeoutMs,
  });
  member.isNew = true;
  member.awaitingJoin = join.reply;
  if (group.isIn('PREPARING_REBALANCE') && group.previousState === 'EMPTY') group.newMemberAdded = true;
  group.add(member);
  restartSession(groups, group, member, NEW_MEMBER_TIMEOUT_MS);
  return rebalanceOrCompleteJoin(groups, group, `${memberId} joins; client reason: ${join.reason}`);
}

// Members with an id

function joinAsKnown(groups: ClassicGroups, group: ClassicGroup, join: Join): GroupDecision {
  const { memberId, groupInstanceId } = join.request;
  if (group.pendingJoin.has(memberId)) {
    // Ids are given out to dynamic members only.
    if (groupInstanceId !== null) return refuse(join, 'UNKNOWN_MEMBER_ID', memberId);
    return addMember(groups, group, join, memberId);
  }
  let member: ClassicMember;
  try {
    member = group.checkMember(memberId, groupInstanceId);
  } catch (failure) {
    return refuse(join, toKafkaError(failure).error, memberId);
  }
  switch (group.state) {
    case 'PREPARING_REBALANCE':
      return rejoin(groups, group, member, join);
    case 'COMPLETING_REBALANCE':
      // One that has missed its answer gets it again.
      if (member.offersSame(join.protocols)) return answerGeneration(group, join);
      return rejoin(groups, group, member, join);
    case 'STABLE':
      // A leader rejoins when what it assigns by has changed, which its metadata need not show.
      if (!group.isLeader(memberId) && member.offersSame(join.protocols)) return answerGeneration(group, join);
      return rejoin(groups, group, member, join);
    default:
      return refuse(join, 'UNKNOWN_MEMBER_ID', memberId);
  }
}

function rejoin(groups: ClassicGroups, group: ClassicGroup, member: ClassicMember, join: Join): GroupDecision {
  updateMember(member, join);
  return rebalanceOrCompleteJoin(groups, group, `${member.memberId} rejoins; client reason: ${join.reason}`);
}

function answerGeneration(group: ClassicGroup, join: Join): GroupDecision {
  join.reply(joinedResponse(group, join.request.memberId));
  return NOTHING;
}

function refuse({ reply }: Join, error: ErrorName, memberId: string): GroupDecision {
  reply({ memberId, errorCode: ErrorCode[error] });
  return NOTHING;
}
