/** ListGroups, filtered by state (KIP-518) and type (KIP-848). */
import { listGroupsRequest, listGroupsResponse } from '../../protocol/schema/16-list-groups.ts';
import { AclOperation } from '../metadata/acls.ts';
import { mayDoToCluster, mayDoToGroup } from './access.ts';
import { handler } from './handler.ts';

export const listGroups = handler({
  request: listGroupsRequest,
  response: listGroupsResponse,

  async handle(request, context, broker) {
    const listed = await broker.groups.listGroups(context, request);
    if (mayDoToCluster(broker, context, AclOperation.DESCRIBE)) return listed;
    const visible = ({ groupId = '' }): boolean => mayDoToGroup(broker, context, AclOperation.DESCRIBE, groupId);
    return { ...listed, groups: (listed.groups ?? []).filter(visible) };
  },

  failed: (_request, { errorCode }) => ({ errorCode }),
});
