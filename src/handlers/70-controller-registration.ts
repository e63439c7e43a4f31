/** ControllerRegistration (KIP-919): a controller tells where it is reached and what it supports. */
import { ErrorCode } from '../../protocol/errors.ts';
import {
  controllerRegistrationRequest,
  controllerRegistrationResponse,
} from '../../protocol/schema/70-controller-registration.ts';
import { handler } from './handler.ts';

export const controllerRegistration = handler({
  request: controllerRegistrationRequest,
  response: controllerRegistrationResponse,

  async handle({ listeners, ...registration }, _context, broker) {
    await broker.controller.registerController({ ...registration, endPoints: listeners });
    return { errorCode: ErrorCode.NONE, errorMessage: null };
  },

  failed: (_request, { errorCode, message }) => ({ errorCode, errorMessage: message }),
});
