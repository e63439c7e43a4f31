/** DescribeGroups: classic groups with their members. */
import { ErrorCode } from '../../protocol/errors.ts';
import { describeGroupsRequest, describeGroupsResponse } from '../../protocol/schema/15-describe-groups.ts';
import { AclOperation } from '../metadata/acls.ts';
import { groupForbidden, mayDoToGroup } from './access.ts';
import { groupOperations } from './authorized-operations.ts';
import { handler } from './handler.ts';

export const describeGroups = handler({
  request: describeGroupsRequest,
  response: describeGroupsResponse,

  async handle(request, context, broker) {
    const mayDescribe = (group: string): boolean => mayDoToGroup(broker, context, AclOperation.DESCRIBE, group);
    const { groups: found = [] } = await broker.groups.describeGroups(context, {
      ...request,
      groups: request.groups.filter(mayDescribe),
    });
    const hidden = request.groups.filter((group) => !mayDescribe(group));
    const groups = [...hidden.map((groupId) => ({ groupId, errorCode: groupForbidden(groupId).errorCode })), ...found];
    if (!request.includeAuthorizedOperations) return { groups };
    return {
      groups: groups.map((group) =>
        (group.errorCode ?? ErrorCode.NONE) === ErrorCode.NONE
          ? { ...group, authorizedOperations: groupOperations(broker, context, group.groupId ?? '') }
          : group,
      ),
    };
  },

  failed: (request, { errorCode }) => ({ groups: request.groups.map((groupId) => ({ groupId, errorCode })) }),
});
