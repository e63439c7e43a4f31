/** What the delegation token APIs share: who may ask about tokens at all, and principals as they travel. */
import { KafkaError } from '../../protocol/errors.ts';
import { principalName, splitPrincipal } from '../security/principal.ts';
import type { RequestContext } from './request-context.ts';

/**
 * Throws DELEGATION_TOKEN_REQUEST_NOT_ALLOWED for who could not be told from anybody else: on a listener that asks nobody,
 * unless another broker forwarded the request, and for who came with a token.
 */
export function checkTokenRequest({ principal, securityProtocol, isForwarded }: RequestContext): void {
  const isUnknown = !isForwarded && securityProtocol === 'PLAINTEXT';
  if (!isUnknown && !principal.tokenAuthenticated) return;
  throw new KafkaError(
    'DELEGATION_TOKEN_REQUEST_NOT_ALLOWED',
    'Delegation Token requests are not allowed on PLAINTEXT/1-way SSL channels and on delegation token authenticated channels.',
  );
}

export function wirePrincipal(text: string): { principalType: string; principalName: string } {
  const { type, name } = splitPrincipal(text);
  return { principalType: type, principalName: name };
}

/** The principal that a request names, or the one that asks. */
export function namedOr(
  { principal }: RequestContext,
  named: { readonly type: string | null; readonly name: string | null },
): string {
  return named.name ? principalName({ type: named.type ?? '', name: named.name }) : principalName(principal);
}
