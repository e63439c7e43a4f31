/** SyncGroup: the leader hands in the assignment, every member takes its own. */
import { syncGroupRequest, syncGroupResponse } from '../../protocol/schema/14-sync-group.ts';
import { handler } from './handler.ts';

export const syncGroup = handler({
  request: syncGroupRequest,
  response: syncGroupResponse,

  handle: (request, context, broker) => broker.groups.syncGroup(context, request),

  failed: (_request, { errorCode }) => ({ errorCode }),
});
