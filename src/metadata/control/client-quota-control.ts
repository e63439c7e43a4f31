/** AlterClientQuotas: ClientQuotaRecords after the checks of Kafka's `ClientQuotaControlManager`. */
import { KafkaError } from '../../../protocol/errors.ts';
import { type QuotaEntity, QuotaEntityType, quotaEntityParts, quotaKey } from '../client-quotas.ts';
import type { AlteredQuotas, QuotaAlteration } from '../controller-requests.ts';
import type { MetadataImage } from '../image.ts';
import type { MetadataRecord } from '../records.ts';
import { type Decision, RecordWriter } from './decision.ts';

const INT_MAX = 2 ** 31 - 1;
const LONG_MAX = 2 ** 63;
/** A value may be this far from a whole number where the quota is one. */
const TOLERANCE = 1e-6;

type QuotaType = 'DOUBLE' | 'INT' | 'LONG';

const USER_AND_CLIENT_QUOTAS: Readonly<Record<string, QuotaType>> = {
  producer_byte_rate: 'LONG',
  consumer_byte_rate: 'LONG',
  request_percentage: 'DOUBLE',
  controller_mutation_rate: 'DOUBLE',
};
const IP_QUOTAS: Readonly<Record<string, QuotaType>> = { connection_creation_rate: 'INT' };

/** `unknownHosts` are the IP entities' names that are no address and do not resolve to one. */
export function alterClientQuotas(
  state: MetadataImage,
  alterations: readonly QuotaAlteration[],
  unknownHosts: ReadonlySet<string>,
  validateOnly: boolean,
): Decision<AlteredQuotas[]> {
  const writer = new RecordWriter(state);
  const records: MetadataRecord[] = [];
  const answers = new Map<string, AlteredQuotas>();
  for (const { entity, ops } of alterations) {
    const key = quotaKey(entity);
    const hasKeyTwice = new Set(ops.map((op) => op.key)).size < ops.length;
    // What the first of two alterations of an entity did stays, and the answer is that of the second, as in Kafka.
    if (answers.has(key) || hasKeyTwice) {
      const error = new KafkaError('INVALID_REQUEST', `Ignoring duplicate entity ${described(entity)}`);
      answers.set(key, { entity, error });
      continue;
    }
    const error = invalidAlteration(entity, ops, unknownHosts);
    answers.set(key, { entity, error: error === undefined ? null : new KafkaError('INVALID_REQUEST', error) });
    if (error !== undefined) continue;
    const current = state.clientQuotas.get(key)?.values;
    for (const { key: quota, value } of ops) {
      const before = current?.get(quota);
      if (value === null ? before === undefined : Object.is(before, value)) continue;
      records.push(
        writer.write('ClientQuotaRecord', {
          entity: quotaEntityParts(entity),
          key: quota,
          ...(value === null ? { remove: true } : { value }),
        }),
      );
    }
  }
  return { records: validateOnly ? [] : records, answer: [...answers.values()] };
}

function invalidAlteration(
  entity: QuotaEntity,
  ops: QuotaAlteration['ops'],
  unknownHosts: ReadonlySet<string>,
): string | undefined {
  if (entity.size === 0) return 'Invalid empty client quota entity';
  for (const [type, name] of entity) {
    if (!Object.values<string>(QuotaEntityType).includes(type)) return `Unhandled client quota entity type: ${type}`;
    if (name === '') return `Empty ${type} not supported`;
  }
  const ip = entity.get(QuotaEntityType.IP);
  if (ip !== undefined && entity.size > 1) {
    return 'Invalid quota entity combination, IP entity shouldnot be combined with User or ClientId';
  }
  if (typeof ip === 'string' && unknownHosts.has(ip)) return `${ip} is not a valid IP or resolvable host.`;
  const types = ip === undefined ? USER_AND_CLIENT_QUOTAS : IP_QUOTAS;
  for (const { key, value } of ops) {
    const error = value === null ? undefined : invalidValue(types, key, value);
    if (error !== undefined) return error;
  }
  return undefined;
}

function invalidValue(types: Readonly<Record<string, QuotaType>>, key: string, value: number): string | undefined {
  if (!Object.hasOwn(types, key)) return `Invalid configuration key ${key}`;
  if (value <= 0) return `Quota ${key} must be greater than 0`;
  switch (types[key]!) {
    case 'DOUBLE':
      return undefined;
    case 'INT':
      if (value > INT_MAX) return `Proposed value for ${key} is too large for an INT.`;
      break;
    case 'LONG':
      if (value > LONG_MAX) return `Proposed value for ${key} is too large for a LONG.`;
  }
  return value % 1 > TOLERANCE ? `${key} cannot be a fractional value.` : undefined;
}

/** As Kafka prints an entity. */
function described(entity: QuotaEntity): string {
  const entries = Array.from(entity, ([type, name]) => `${type}=${name}`);
  return `ClientQuotaEntity(entries={${entries.join(', ')}})`;
}
