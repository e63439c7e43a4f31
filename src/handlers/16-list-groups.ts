/** ListGroups, filtered by state (KIP-518) and type (KIP-848). */
import { listGroupsRequest, listGroupsResponse } from '../../protocol/schema/16-list-groups.ts';
import { handler } from './handler.ts';

export const listGroups = handler({
  request: listGroupsRequest,
  response: listGroupsResponse,

  handle: (request, context, broker) => broker.groups.listGroups(context, request),

  failed: (_request, { errorCode }) => ({ errorCode }),
});
