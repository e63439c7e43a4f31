/** ExpireDelegationToken (KIP-48): an earlier end, or with a period below zero the end now. */
import { ErrorCode } from '../../protocol/errors.ts';
import {
  expireDelegationTokenRequest,
  expireDelegationTokenResponse,
} from '../../protocol/schema/40-expire-delegation-token.ts';
import { principalName } from '../security/principal.ts';
import { handler } from './handler.ts';
import { checkTokenRequest } from './token-requests.ts';

export const expireDelegationToken = handler({
  request: expireDelegationTokenRequest,
  response: expireDelegationTokenResponse,

  async handle({ hmac, expiryTimePeriodMs }, context, broker) {
    checkTokenRequest(context);
    const change = { principal: principalName(context.principal), hmac, periodMs: expiryTimePeriodMs };
    return { errorCode: ErrorCode.NONE, expiryTimestampMs: await broker.controller.expireToken(change) };
  },

  failed: (_request, { errorCode }) => ({ errorCode, expiryTimestampMs: -1 }),
});
