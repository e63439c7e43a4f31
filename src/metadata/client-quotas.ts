/** Client quotas (KIP-546): limits by user, client id, both, or IP address; a null name stands for the default of a type. */
import { KafkaError } from '../../protocol/errors.ts';
import type { RecordOf } from './records.ts';

export const QuotaEntityType = { USER: 'user', CLIENT_ID: 'client-id', IP: 'ip' } as const;

/** Names by entity type; null for the default. */
export type QuotaEntity = ReadonlyMap<string, string | null>;

export interface ClientQuotas {
  readonly entity: QuotaEntity;
  /** Never empty. */
  readonly values: ReadonlyMap<string, number>;
}

/** The entity as the messages and records have it. A type that is named twice counts by its last name. */
export function quotaEntity(
  parts: readonly { readonly entityType: string; readonly entityName: string | null }[],
): QuotaEntity {
  return new Map(parts.map(({ entityType, entityName }) => [entityType, entityName]));
}

export function quotaEntityParts(entity: QuotaEntity): { entityType: string; entityName: string | null }[] {
  return Array.from(entity, ([entityType, entityName]) => ({ entityType, entityName }));
}

/** The same for entities that are equal. */
export function quotaKey(entity: QuotaEntity): string {
  return JSON.stringify([...entity].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** The quotas of the record's entity after it; undefined when none are left. */
export function replayClientQuota(
  before: ClientQuotas | undefined,
  { value: { entity, key, value, remove } }: RecordOf<'ClientQuotaRecord'>,
): ClientQuotas | undefined {
  const values = new Map(before?.values);
  if (remove) values.delete(key);
  else values.set(key, value);
  return values.size === 0 ? undefined : { entity: before?.entity ?? quotaEntity(entity), values };
}

const MatchType = { EXACT: 0, DEFAULT: 1, SPECIFIED: 2 } as const;

export interface QuotaFilter {
  readonly components: readonly {
    readonly entityType: string;
    readonly matchType: number;
    readonly match: string | null;
  }[];
  /** Entities that have types beside those named do not match. */
  readonly strict: boolean;
}

/**
 * What DescribeClientQuotas answers (`ClientQuotasImage.describe`). Throws a `KafkaError`, INVALID_REQUEST or
 * UNSUPPORTED_VERSION, for a filter that makes no sense.
 */
export function matchingQuotas(quotas: Iterable<ClientQuotas>, { components, strict }: QuotaFilter): ClientQuotas[] {
  /** Undefined for any name. */
  const wanted = new Map<string, string | null | undefined>();
  for (const { entityType, matchType, match } of components) {
    if (entityType === '') throw invalid('Invalid empty entity type.');
    if (wanted.has(entityType)) {
      throw invalid(`Entity type ${entityType} cannot appear more than once in the filter.`);
    }
    if (!Object.values<string>(QuotaEntityType).includes(entityType)) {
      throw new KafkaError('UNSUPPORTED_VERSION', `Unsupported entity type ${entityType}`);
    }
    wanted.set(entityType, wantedName(matchType, match));
  }
  if (wanted.has(QuotaEntityType.IP) && wanted.size > 1) {
    throw invalid(
      'Invalid entity filter component combination. IP filter component should not be used with user or clientId filter component.',
    );
  }
  return [...quotas].filter(({ entity }) => {
    if (strict && entity.size !== wanted.size) return false;
    for (const [type, name] of wanted) {
      if (!entity.has(type) || (name !== undefined && entity.get(type) !== name)) return false;
    }
    return true;
  });
}

function wantedName(matchType: number, match: string | null): string | null | undefined {
  switch (matchType) {
    case MatchType.EXACT:
      if (match === null) throw invalid('Request specified MATCH_TYPE_EXACT, but set match string to null.');
      return match;
    case MatchType.DEFAULT:
      if (match !== null) throw invalid('Request specified MATCH_TYPE_DEFAULT, but also specified a match string.');
      return null;
    case MatchType.SPECIFIED:
      if (match !== null) throw invalid('Request specified MATCH_TYPE_SPECIFIED, but also specified a match string.');
      return undefined;
    default:
      throw invalid(`Unknown match type ${matchType}`);
  }
}

function invalid(message: string): KafkaError {
  return new KafkaError('INVALID_REQUEST', message);
}
