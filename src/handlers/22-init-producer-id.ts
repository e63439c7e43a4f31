/** InitProducerId for idempotent producers (KIP-98, KIP-360). */
import { ErrorCode, KafkaError } from '../../protocol/errors.ts';
import { initProducerIdRequest, initProducerIdResponse } from '../../protocol/schema/22-init-producer-id.ts';
import { clusterForbidden, mayProduceIdempotently } from './access.ts';
import { handler } from './handler.ts';

export const initProducerId = handler({
  request: initProducerIdRequest,
  response: initProducerIdResponse,

  async handle({ transactionalId }, context, broker) {
    if (transactionalId === '') throw new KafkaError('INVALID_REQUEST', 'a transactional id must not be empty');
    if (transactionalId !== null) {
      throw new KafkaError('INVALID_REQUEST', 'transactions are not served by this version of Samsa');
    }
    if (!mayProduceIdempotently(broker, context)) throw clusterForbidden();
    return { errorCode: ErrorCode.NONE, producerId: await broker.producerIds.next(), producerEpoch: 0 };
  },

  failed: (_request, { errorCode }) => ({ errorCode, producerId: -1, producerEpoch: -1 }),
});
