/** DeleteGroups (KIP-229). */
import { deleteGroupsRequest, deleteGroupsResponse } from '../../protocol/schema/42-delete-groups.ts';
import { handler } from './handler.ts';

export const deleteGroups = handler({
  request: deleteGroupsRequest,
  response: deleteGroupsResponse,

  handle: (request, context, broker) => broker.groups.deleteGroups(context, request),

  failed: (request, { errorCode }) => ({ results: request.groupsNames.map((groupId) => ({ groupId, errorCode })) }),
});
