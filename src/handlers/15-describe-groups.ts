/** DescribeGroups: classic groups with their members. */
import { ErrorCode } from '../../protocol/errors.ts';
import { describeGroupsRequest, describeGroupsResponse } from '../../protocol/schema/15-describe-groups.ts';
import { GROUP_OPERATIONS } from './authorized-operations.ts';
import { handler } from './handler.ts';

export const describeGroups = handler({
  request: describeGroupsRequest,
  response: describeGroupsResponse,

  async handle(request, context, broker) {
    const { groups = [] } = await broker.groups.describeGroups(context, request);
    if (!request.includeAuthorizedOperations) return { groups };
    return {
      groups: groups.map((group) =>
        (group.errorCode ?? ErrorCode.NONE) === ErrorCode.NONE
          ? { ...group, authorizedOperations: GROUP_OPERATIONS }
          : group,
      ),
    };
  },

  failed: (request, { errorCode }) => ({ groups: request.groups.map((groupId) => ({ groupId, errorCode })) }),
});
