/** DeleteGroups (KIP-229). */
import { deleteGroupsRequest, deleteGroupsResponse } from '../../protocol/schema/42-delete-groups.ts';
import { AclOperation } from '../metadata/acls.ts';
import { groupForbidden, mayDoToGroup } from './access.ts';
import { handler } from './handler.ts';

export const deleteGroups = handler({
  request: deleteGroupsRequest,
  response: deleteGroupsResponse,

  async handle(request, context, broker) {
    const mayDelete = (group: string): boolean => mayDoToGroup(broker, context, AclOperation.DELETE, group);
    const allowed = { groupsNames: request.groupsNames.filter(mayDelete) };
    const { results = [] } = await broker.groups.deleteGroups(context, allowed);
    const kept = request.groupsNames.filter((group) => !mayDelete(group));
    const refused = kept.map((groupId) => ({ groupId, errorCode: groupForbidden(groupId).errorCode }));
    return { results: [...results, ...refused] };
  },

  failed: (request, { errorCode }) => ({ results: request.groupsNames.map((groupId) => ({ groupId, errorCode })) }),
});
