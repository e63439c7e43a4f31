/** ListGroups and DescribeGroups. */
import { ErrorCode } from '../../../protocol/errors.ts';
import type { describeGroupsResponse } from '../../../protocol/schema/15-describe-groups.ts';
import type { listGroupsRequest, listGroupsResponse } from '../../../protocol/schema/16-list-groups.ts';
import type { Decoded, Encodable } from '../../../protocol/schema/table.ts';
import type { Offset } from '../runtime/timeline.ts';
import type { ClassicGroup } from './classic/group.ts';
import { EMPTY_ASSIGNMENT } from './classic/member.ts';
import { STATE_NAMES } from './classic/states.ts';
import type { GroupState } from './group-state.ts';

export type ListRequest = Decoded<typeof listGroupsRequest>;
export type ListedGroup = NonNullable<Encodable<typeof listGroupsResponse>['groups']>[number];
export type DescribedGroup = NonNullable<Encodable<typeof describeGroupsResponse>['groups']>[number];

/** Filters take names in any case; an empty one lets everything through. */
export function listGroups(state: GroupState, request: ListRequest, committed: Offset): ListedGroup[] {
  const states = normalized(request.statesFilter);
  const types = normalized(request.typesFilter);
  const listed: ListedGroup[] = [];
  for (const groupId of state.groups.keys(committed)) {
    const entry = listedGroup(state, groupId, committed);
    if (passes(states, entry.groupState) && passes(types, entry.groupType)) listed.push(entry);
  }
  return listed;
}

function normalized(names: readonly string[]): ReadonlySet<string> {
  return new Set(names.map((name) => name.trim().toLowerCase()));
}

function passes(filter: ReadonlySet<string>, value: string): boolean {
  return filter.size === 0 || filter.has(value.toLowerCase());
}

interface Listing {
  readonly groupId: string;
  readonly protocolType: string;
  readonly groupState: string;
  readonly groupType: string;
}

function listedGroup(state: GroupState, groupId: string, committed: Offset): Listing {
  const opaque = state.opaque(groupId, committed);
  if (opaque !== undefined) {
    const groupState = opaque.hasMembers(committed) ? STATE_NAMES.STABLE : STATE_NAMES.EMPTY;
    return { groupId, protocolType: opaque.type, groupState, groupType: opaque.type };
  }
  const group = state.committedClassic(groupId, committed)!;
  return {
    groupId,
    protocolType: group.protocolType ?? '',
    groupState: STATE_NAMES[group.state],
    groupType: 'classic',
  };
}

/** Older clients are told that a group which is not there is dead. */
const FIRST_VERSION_WITH_GROUP_ID_NOT_FOUND = 6;

export function describeGroup(
  state: GroupState,
  groupId: string,
  apiVersion: number,
  committed: Offset,
): DescribedGroup {
  const group = state.committedClassic(groupId, committed);
  if (group !== undefined) return describedGroup(group);
  const dead = { groupId, groupState: STATE_NAMES.DEAD };
  if (apiVersion < FIRST_VERSION_WITH_GROUP_ID_NOT_FOUND) return dead;
  const isOther = state.opaque(groupId, committed) !== undefined;
  const errorMessage = isOther ? `Group ${groupId} is not a classic group.` : `Group ${groupId} not found.`;
  return { ...dead, errorCode: ErrorCode.GROUP_ID_NOT_FOUND, errorMessage };
}

/** Metadata and assignments mean something in a stable group only. */
function describedGroup(group: ClassicGroup): DescribedGroup {
  const isStable = group.isIn('STABLE');
  const protocolName = isStable ? (group.protocolName ?? '') : '';
  return {
    groupId: group.groupId,
    groupState: STATE_NAMES[group.state],
    protocolType: group.protocolType ?? '',
    protocolData: protocolName,
    members: group.members().map((member) => ({
      memberId: member.memberId,
      groupInstanceId: member.groupInstanceId,
      clientId: member.clientId,
      clientHost: member.clientHost,
      memberMetadata: isStable ? member.metadata(protocolName) : EMPTY_ASSIGNMENT,
      memberAssignment: isStable ? member.assignment : EMPTY_ASSIGNMENT,
    })),
  };
}
