/** DescribeDelegationToken (KIP-48, KIP-373): the client's own tokens, and those it may describe. */
import { ErrorCode, KafkaError } from '../../protocol/errors.ts';
import {
  describeDelegationTokenRequest,
  describeDelegationTokenResponse,
} from '../../protocol/schema/41-describe-delegation-token.ts';
import { AclOperation, ResourceType } from '../metadata/acls.ts';
import { isOwnerOrRenewer, tokenHmac } from '../metadata/control/token-control.ts';
import { type DelegationToken, securityRecords } from '../metadata/security-records.ts';
import { principalName } from '../security/principal.ts';
import { isAllowed } from './access.ts';
import { handler } from './handler.ts';
import { checkTokenRequest, wirePrincipal } from './token-requests.ts';

const FIRST_VERSION_WITH_REQUESTER = 3;

export const describeDelegationToken = handler({
  request: describeDelegationTokenRequest,
  response: describeDelegationTokenResponse,

  handle({ owners }, context, broker) {
    checkTokenRequest(context);
    const secret = broker.config.delegationTokenSecretKey;
    if (secret === null) throw new KafkaError('DELEGATION_TOKEN_AUTH_DISABLED', 'delegation tokens are off');
    const self = principalName(context.principal);
    const wanted = owners?.map((owner) => principalName({ type: owner.principalType, name: owner.principalName }));
    const isVisible = (token: DelegationToken): boolean => {
      if (wanted !== undefined && !wanted.some((owner) => isOwnerOrRenewer(token, owner))) return false;
      return (
        isOwnerOrRenewer(token, self) ||
        isAllowed(broker, context, AclOperation.DESCRIBE_TOKENS, ResourceType.USER, token.owner) ||
        isAllowed(broker, context, AclOperation.DESCRIBE, ResourceType.DELEGATION_TOKEN, token.tokenId)
      );
    };
    const tokens = [...securityRecords(broker.image()).tokens.values()].filter(isVisible);
    return {
      errorCode: ErrorCode.NONE,
      tokens: tokens.map((token) => {
        const requester = wirePrincipal(token.requester);
        const tellsRequester = context.apiVersion >= FIRST_VERSION_WITH_REQUESTER;
        return {
          ...wirePrincipal(token.owner),
          ...(tellsRequester
            ? {
                tokenRequesterPrincipalType: requester.principalType,
                tokenRequesterPrincipalName: requester.principalName,
              }
            : {}),
          issueTimestamp: token.issueTimestamp,
          expiryTimestamp: token.expirationTimestamp,
          maxTimestamp: token.maxTimestamp,
          tokenId: token.tokenId,
          hmac: tokenHmac(secret, token.tokenId),
          renewers: token.renewers.map(wirePrincipal),
        };
      }),
    };
  },

  failed: (_request, { errorCode }) => ({ errorCode, tokens: [] }),
});
