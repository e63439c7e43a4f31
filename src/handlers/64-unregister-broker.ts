/** UnregisterBroker (KIP-631): takes a broker out of the cluster's metadata. */
import { ErrorCode } from '../../protocol/errors.ts';
import { unregisterBrokerRequest, unregisterBrokerResponse } from '../../protocol/schema/64-unregister-broker.ts';
import { handler } from './handler.ts';

export const unregisterBroker = handler({
  request: unregisterBrokerRequest,
  response: unregisterBrokerResponse,

  async handle({ brokerId }, _context, broker) {
    await broker.controller.unregisterBroker(brokerId);
    return { errorCode: ErrorCode.NONE, errorMessage: null };
  },

  failed: (_request, { errorCode, message }) => ({ errorCode, errorMessage: message }),
});
