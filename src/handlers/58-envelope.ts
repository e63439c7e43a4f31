/** Envelope (KIP-590): a request that a broker forwards for its client, answered as the client would be. */
import { ErrorCode, KafkaError } from '../../protocol/errors.ts';
import { envelopeRequest, envelopeResponse } from '../../protocol/schema/58-envelope.ts';
import { decodePrincipal, type Principal } from '../security/principal.ts';
import { handler } from './handler.ts';
import { contextWithin } from './request-context.ts';

const IPV4_BYTES = 4;
const IPV6_BYTES = 16;

export const envelope = handler({
  request: envelopeRequest,
  response: envelopeResponse,

  async handle({ requestData, requestPrincipal, clientHostAddress }, context, broker) {
    const principal = principalOf(requestPrincipal);
    const clientHost = `/${addressOf(clientHostAddress)}`;
    const forwarded = contextWithin(context, { principal, clientHost, isForwarded: true });
    const answer = await broker.dispatchForwarded(requestData, forwarded);
    return { errorCode: ErrorCode.NONE, responseData: Buffer.concat(answer) };
  },

  failed: (_request, { errorCode }) => ({ errorCode, responseData: null }),
});

function principalOf(bytes: Buffer | null): Principal {
  try {
    if (bytes !== null) return decodePrincipal(bytes);
  } catch (cause) {
    throw new KafkaError('PRINCIPAL_DESERIALIZATION_FAILURE', 'the principal of the envelope cannot be read', {
      cause,
    });
  }
  throw new KafkaError('PRINCIPAL_DESERIALIZATION_FAILURE', 'the envelope has no principal');
}

/** As Java prints addresses. */
function addressOf(bytes: Buffer): string {
  if (bytes.length === IPV4_BYTES) return bytes.join('.');
  if (bytes.length !== IPV6_BYTES) {
    throw new KafkaError('INVALID_REQUEST', `an address has 4 or 16 bytes, that of the envelope has ${bytes.length}`);
  }
  return Array.from({ length: IPV6_BYTES / 2 }, (_, i) => bytes.readUInt16BE(2 * i).toString(16)).join(':');
}
