/** CreateDelegationToken (KIP-48; KIP-373 for others). */
import { ErrorCode, KafkaError } from '../../protocol/errors.ts';
import {
  createDelegationTokenRequest,
  createDelegationTokenResponse,
} from '../../protocol/schema/38-create-delegation-token.ts';
import { AclOperation, ResourceType } from '../metadata/acls.ts';
import { principalName } from '../security/principal.ts';
import { isAllowed } from './access.ts';
import { handler } from './handler.ts';
import type { RequestContext } from './request-context.ts';
import { checkTokenRequest, namedOr, wirePrincipal } from './token-requests.ts';

const FIRST_VERSION_WITH_REQUESTER = 3;
const NO_TOKEN = {
  issueTimestampMs: -1,
  expiryTimestampMs: -1,
  maxTimestampMs: -1,
  tokenId: '',
  hmac: Buffer.alloc(0),
};

export const createDelegationToken = handler({
  request: createDelegationTokenRequest,
  response: createDelegationTokenResponse,

  async handle({ ownerPrincipalType, ownerPrincipalName, renewers, maxLifetimeMs }, context, broker) {
    checkTokenRequest(context);
    const requester = principalName(context.principal);
    const owner = namedOr(context, { type: ownerPrincipalType, name: ownerPrincipalName });
    if (owner !== requester && !isAllowed(broker, context, AclOperation.CREATE_TOKENS, ResourceType.USER, owner)) {
      throw new KafkaError('DELEGATION_TOKEN_AUTHORIZATION_FAILED', `${requester} may not create tokens of ${owner}`);
    }
    const { token, hmac } = await broker.controller.createToken({
      owner,
      requester,
      renewers: renewers.map((renewer) => principalName({ type: renewer.principalType, name: renewer.principalName })),
      maxLifetimeMs,
    });
    return {
      ...principals(owner, requester, context),
      errorCode: ErrorCode.NONE,
      issueTimestampMs: token.issueTimestamp,
      expiryTimestampMs: token.expirationTimestamp,
      maxTimestampMs: token.maxTimestamp,
      tokenId: token.tokenId,
      hmac,
    };
  },

  failed({ ownerPrincipalType, ownerPrincipalName }, { errorCode }, context) {
    const owner = namedOr(context, { type: ownerPrincipalType, name: ownerPrincipalName });
    return { ...principals(owner, principalName(context.principal), context), errorCode, ...NO_TOKEN };
  },
});

function principals(owner: string, requester: string, { apiVersion }: RequestContext) {
  if (apiVersion < FIRST_VERSION_WITH_REQUESTER) return wirePrincipal(owner);
  const { principalType, principalName: name } = wirePrincipal(requester);
  return {
    ...wirePrincipal(owner),
    tokenRequesterPrincipalType: principalType,
    tokenRequesterPrincipalName: name,
  };
}
