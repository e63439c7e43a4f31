/** BrokerRegistration (KIP-631): a broker begins a life. */
import { ErrorCode, KafkaError } from '../../protocol/errors.ts';
import { brokerRegistrationRequest, brokerRegistrationResponse } from '../../protocol/schema/62-broker-registration.ts';
import { handler } from './handler.ts';

export const brokerRegistration = handler({
  request: brokerRegistrationRequest,
  response: brokerRegistrationResponse,

  async handle({ listeners, logDirs, isMigratingZkBroker, ...request }, _context, broker) {
    if (isMigratingZkBroker) {
      throw new KafkaError('BROKER_ID_NOT_REGISTERED', 'Controller does not support registering ZK brokers.');
    }
    const { brokerEpoch } = await broker.controller.registerBroker({
      ...request,
      endpoints: listeners,
      directories: logDirs,
    });
    return { errorCode: ErrorCode.NONE, brokerEpoch };
  },

  failed: (_request, { errorCode }) => ({ errorCode, brokerEpoch: -1 }),
});
