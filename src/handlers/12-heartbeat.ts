/** Heartbeat of a classic group member. */
import { heartbeatRequest, heartbeatResponse } from '../../protocol/schema/12-heartbeat.ts';
import { handler } from './handler.ts';

export const heartbeat = handler({
  request: heartbeatRequest,
  response: heartbeatResponse,

  handle: (request, context, broker) => broker.groups.heartbeat(context, request),

  failed: (_request, { errorCode }) => ({ errorCode }),
});
