/** JoinGroup (KIP-62, KIP-345 static members, KIP-394 member ids, KIP-559, KIP-800 reasons). */
import { joinGroupRequest, joinGroupResponse } from '../../protocol/schema/11-join-group.ts';
import { handler } from './handler.ts';

export const joinGroup = handler({
  request: joinGroupRequest,
  response: joinGroupResponse,

  handle: (request, context, broker) => broker.groups.joinGroup(context, request),

  failed: (request, { errorCode }) => ({ errorCode, memberId: request.memberId, protocolName: '' }),
});
