/** DescribeClientQuotas (KIP-546). */
import { ErrorCode } from '../../protocol/errors.ts';
import {
  describeClientQuotasRequest,
  describeClientQuotasResponse,
} from '../../protocol/schema/48-describe-client-quotas.ts';
import { matchingQuotas, quotaEntityParts } from '../metadata/client-quotas.ts';
import { handler } from './handler.ts';

export const describeClientQuotas = handler({
  request: describeClientQuotasRequest,
  response: describeClientQuotasResponse,

  handle(request, _context, broker) {
    const quotas = matchingQuotas(broker.image().clientQuotas.values(), request);
    return {
      errorCode: ErrorCode.NONE,
      errorMessage: null,
      entries: quotas.map(({ entity, values }) => ({
        entity: quotaEntityParts(entity),
        values: Array.from(values, ([key, value]) => ({ key, value })),
      })),
    };
  },

  failed: (_request, { errorCode, message }) => ({ errorCode, errorMessage: message, entries: null }),
});
