/** DeleteGroups, of each group by itself. */
import { ErrorCode, type ErrorName } from '../../../protocol/errors.ts';
import type { deleteGroupsResponse } from '../../../protocol/schema/42-delete-groups.ts';
import type { Encodable } from '../../../protocol/schema/table.ts';
import { type GroupRecord, groupTombstone, offsetTombstone } from './group-records.ts';
import type { GroupState, GroupWrite } from './group-state.ts';

export type DeletedGroup = NonNullable<Encodable<typeof deleteGroupsResponse>['results']>[number];

/** Deletes a group that is empty, with its offsets; the group's own records go last. */
export function deleteGroup(state: GroupState, groupId: string): GroupWrite<DeletedGroup> {
  const error = refusal(state, groupId);
  return {
    records: error === 'NONE' ? [...tombstones(state, groupId)] : [],
    response: { groupId, errorCode: ErrorCode[error] },
    isDivisible: true,
  };
}

function refusal(state: GroupState, groupId: string): ErrorName {
  const opaque = state.opaque(groupId);
  if (opaque !== undefined) return opaque.hasMembers() ? 'NON_EMPTY_GROUP' : 'NONE';
  const group = state.classic.get(groupId);
  if (group === undefined) return 'GROUP_ID_NOT_FOUND';
  return group.isIn('EMPTY') ? 'NONE' : 'NON_EMPTY_GROUP';
}

function* tombstones(state: GroupState, groupId: string): Generator<GroupRecord> {
  for (const [topic, partition] of state.offsets.partitionsOf(groupId))
    yield offsetTombstone(groupId, topic, partition);
  const opaque = state.opaque(groupId);
  if (opaque !== undefined) yield* opaque.tombstones();
  else yield groupTombstone(groupId);
}
