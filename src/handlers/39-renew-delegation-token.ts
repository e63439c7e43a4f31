/** RenewDelegationToken (KIP-48). */
import { ErrorCode } from '../../protocol/errors.ts';
import {
  renewDelegationTokenRequest,
  renewDelegationTokenResponse,
} from '../../protocol/schema/39-renew-delegation-token.ts';
import { principalName } from '../security/principal.ts';
import { handler } from './handler.ts';
import { checkTokenRequest } from './token-requests.ts';

export const renewDelegationToken = handler({
  request: renewDelegationTokenRequest,
  response: renewDelegationTokenResponse,

  async handle({ hmac, renewPeriodMs }, context, broker) {
    checkTokenRequest(context);
    const change = { principal: principalName(context.principal), hmac, periodMs: renewPeriodMs };
    return { errorCode: ErrorCode.NONE, expiryTimestampMs: await broker.controller.renewToken(change) };
  },

  failed: (_request, { errorCode }) => ({ errorCode, expiryTimestampMs: -1 }),
});
