/** AlterClientQuotas (KIP-546). */
import { ErrorCode } from '../../protocol/errors.ts';
import { alterClientQuotasRequest, alterClientQuotasResponse } from '../../protocol/schema/49-alter-client-quotas.ts';
import { QuotaEntityType, quotaEntity, quotaEntityParts } from '../metadata/client-quotas.ts';
import { handler } from './handler.ts';

export const alterClientQuotas = handler({
  request: alterClientQuotasRequest,
  response: alterClientQuotasResponse,

  async handle({ entries, validateOnly }, _context, broker) {
    const alterations = entries.map(({ entity, ops }) => ({
      entity: quotaEntity(entity),
      ops: ops.map(({ key, value, remove }) => ({ key, value: remove ? null : value })),
    }));
    const hosts = new Set(alterations.map(({ entity }) => entity.get(QuotaEntityType.IP) ?? ''));
    const unknownHosts = new Set<string>();
    for (const host of hosts) if (host !== '' && !(await broker.isKnownHost(host))) unknownHosts.add(host);
    const altered = await broker.controller.alterClientQuotas({ alterations, unknownHosts, validateOnly });
    return {
      entries: altered.map(({ entity, error }) => ({
        errorCode: error?.errorCode ?? ErrorCode.NONE,
        errorMessage: error?.message ?? null,
        entity: quotaEntityParts(entity),
      })),
    };
  },

  failed: ({ entries }, { errorCode, message }) => ({
    entries: entries.map(({ entity }) => ({ errorCode, errorMessage: message, entity })),
  }),
});
