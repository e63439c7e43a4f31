/** BrokerHeartbeat (KIP-631, KIP-858 lost directories, KIP-1066 cordoned ones). */
import { ErrorCode } from '../../protocol/errors.ts';
import { brokerHeartbeatRequest, brokerHeartbeatResponse } from '../../protocol/schema/63-broker-heartbeat.ts';
import { handler } from './handler.ts';

export const brokerHeartbeat = handler({
  request: brokerHeartbeatRequest,
  response: brokerHeartbeatResponse,

  async handle({ cordonedLogDirs, ...request }, _context, broker) {
    const reply = await broker.controller.brokerHeartbeat({
      ...request,
      cordonedDirectories: cordonedLogDirs,
    });
    return { errorCode: ErrorCode.NONE, ...reply };
  },

  failed: (_request, { errorCode }) => ({ errorCode }),
});
