/** ControllerRegistration (KIP-919): a controller tells where it is reached and what it supports. */
import { ErrorCode, KafkaError } from '../../protocol/errors.ts';
import {
  controllerRegistrationRequest,
  controllerRegistrationResponse,
} from '../../protocol/schema/70-controller-registration.ts';
import { SECURITY_PROTOCOLS } from '../config/listeners.ts';
import { handler } from './handler.ts';

export const controllerRegistration = handler({
  request: controllerRegistrationRequest,
  response: controllerRegistrationResponse,

  async handle({ listeners, ...registration }, _context, broker) {
    const unknown = listeners.find(({ securityProtocol }) => SECURITY_PROTOCOLS[securityProtocol] === undefined);
    if (unknown !== undefined) {
      const { name, securityProtocol } = unknown;
      throw new KafkaError('INVALID_REQUEST', `listener ${name} has the unknown security protocol ${securityProtocol}`);
    }
    await broker.controller.registerController({ ...registration, endPoints: listeners });
    return { errorCode: ErrorCode.NONE, errorMessage: null };
  },

  failed: (_request, { errorCode, message }) => ({ errorCode, errorMessage: message }),
});
