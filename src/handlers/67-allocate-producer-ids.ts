/** AllocateProducerIds (KIP-730): a block of producer ids for one broker. */
import { ErrorCode } from '../../protocol/errors.ts';
import {
  allocateProducerIdsRequest,
  allocateProducerIdsResponse,
} from '../../protocol/schema/67-allocate-producer-ids.ts';
import { handler } from './handler.ts';

export const allocateProducerIds = handler({
  request: allocateProducerIdsRequest,
  response: allocateProducerIdsResponse,

  async handle({ brokerId, brokerEpoch }, _context, broker) {
    const { first, count } = await broker.controller.allocateProducerIds(brokerId, brokerEpoch);
    return { errorCode: ErrorCode.NONE, producerIdStart: first, producerIdLen: count };
  },

  failed: (_request, { errorCode }) => ({ errorCode }),
});
