/** DescribeGroups: classic groups with their members. */
import { describeGroupsRequest, describeGroupsResponse } from '../../protocol/schema/15-describe-groups.ts';
import { handler } from './handler.ts';

export const describeGroups = handler({
  request: describeGroupsRequest,
  response: describeGroupsResponse,

  handle: (request, context, broker) => broker.groups.describeGroups(context, request),

  failed: (request, { errorCode }) => ({ groups: request.groups.map((groupId) => ({ groupId, errorCode })) }),
});
