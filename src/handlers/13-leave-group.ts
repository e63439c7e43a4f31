/** LeaveGroup, of one member or several (KIP-345). */
import { leaveGroupRequest, leaveGroupResponse } from '../../protocol/schema/13-leave-group.ts';
import { handler } from './handler.ts';

export const leaveGroup = handler({
  request: leaveGroupRequest,
  response: leaveGroupResponse,

  handle: (request, context, broker) => broker.groups.leaveGroup(context, request),

  failed: (_request, { errorCode }) => ({ errorCode }),
});
