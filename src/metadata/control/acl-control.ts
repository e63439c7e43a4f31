/** CreateAcls and DeleteAcls: AccessControlEntryRecords after the checks of Kafka's `AclApis` and `AclControlManager`. */
import { KafkaError } from '../../../protocol/errors.ts';
import { type Random, randomUuid } from '../../platform/random.ts';
import {
  type Acl,
  type AclFilter,
  AclOperation,
  AclPermission,
  aclKey,
  CLUSTER_NAME,
  matchesAcl,
  PatternType,
  ResourceType,
} from '../acls.ts';
import type { MetadataImage } from '../image.ts';
import type { MetadataRecord } from '../records.ts';
import { securityRecords } from '../security-records.ts';
import { type Decision, RecordWriter } from './decision.ts';

const MOST_REMOVED_AT_ONCE = 10_000;

/** One answer for each entry: null when it is there now. */
export function createAcls(
  state: MetadataImage,
  random: Random,
  acls: readonly Acl[],
): Decision<(KafkaError | null)[]> {
  const writer = new RecordWriter(state);
  const known = new Set(Array.from(securityRecords(state).acls.values(), aclKey));
  const records: MetadataRecord[] = [];
  const answer = acls.map((acl) => {
    const error = invalidAcl(acl);
    if (error !== undefined) return new KafkaError('INVALID_REQUEST', error);
    const key = aclKey(acl);
    if (known.has(key)) return null;
    known.add(key);
    records.push(writer.write('AccessControlEntryRecord', { id: randomUuid(random), ...acl }));
    return null;
  });
  return { records, answer };
}

/** For each filter the entries it took away, those too that an earlier filter of the request did. */
export function deleteAcls(
  state: MetadataImage,
  filters: readonly AclFilter[],
): Decision<(readonly Acl[] | KafkaError)[]> {
  const writer = new RecordWriter(state);
  const removed = new Map<string, MetadataRecord>();
  const answer = filters.map((filter) => {
    const error = invalidFilter(filter);
    if (error !== undefined) return new KafkaError('INVALID_REQUEST', error);
    const matching = [...securityRecords(state).acls].filter(([, acl]) => matchesAcl(filter, acl));
    for (const [id] of matching) removed.set(id, writer.write('RemoveAccessControlEntryRecord', { id }));
    return matching.map(([, acl]) => acl);
  });
  if (removed.size > MOST_REMOVED_AT_ONCE) {
    throw new KafkaError(
      'POLICY_VIOLATION',
      `Cannot remove more than ${MOST_REMOVED_AT_ONCE} acls in a single delete operation.`,
    );
  }
  return { records: [...removed.values()], answer };
}

/** Throws a `KafkaError` INVALID_REQUEST for a filter of types that it calls unknown; codes of a later Kafka match nothing. */
export function describeAcls(state: MetadataImage, filter: AclFilter): Acl[] {
  const { resourceType, patternType, operation, permissionType } = filter;
  if ([resourceType, patternType, operation, permissionType].includes(UNKNOWN)) {
    throw new KafkaError('INVALID_REQUEST', 'DescribeAclsRequest contains UNKNOWN elements');
  }
  return [...securityRecords(state).acls.values()].filter((acl) => matchesAcl(filter, acl));
}

/** The same in all four kinds of codes. */
const UNKNOWN = 0;
const ANY = 1;
const RESOURCE_TYPES: readonly number[] = Object.values(ResourceType);
const PATTERN_TYPES: readonly number[] = Object.values(PatternType);
const OPERATIONS: readonly number[] = Object.values(AclOperation);
const PERMISSIONS: readonly number[] = Object.values(AclPermission);

function invalidAcl(acl: Acl): string | undefined {
  const { resourceType, resourceName, patternType, operation, permissionType, principal } = acl;
  if (resourceType === ResourceType.CLUSTER && resourceName !== CLUSTER_NAME) {
    return `The only valid name for the CLUSTER resource is ${CLUSTER_NAME}`;
  }
  if (resourceName === '') return 'Invalid empty resource name';
  if (!isOne(ResourceType, resourceType)) return `Invalid resourceType ${nameOf(ResourceType, resourceType)}`;
  if (patternType !== PatternType.LITERAL && patternType !== PatternType.PREFIXED) {
    return `Invalid patternType ${nameOf(PatternType, patternType)}`;
  }
  if (!isOne(AclOperation, operation)) return `Invalid operation ${nameOf(AclOperation, operation)}`;
  if (!isOne(AclPermission, permissionType)) {
    return `Invalid permissionType ${nameOf(AclPermission, permissionType)}`;
  }
  if (!principal.includes(':')) {
    return `Could not parse principal from \`${principal}\` (no colon is present separating the principal type from the principal name)`;
  }
  return undefined;
}

function invalidFilter({ resourceType, patternType, operation, permissionType }: AclFilter): string | undefined {
  const isKnown = (values: readonly number[], value: number): boolean => value !== 0 && values.includes(value);
  if (!isKnown(RESOURCE_TYPES, resourceType) || !isKnown(PATTERN_TYPES, patternType)) return 'Unknown patternFilter.';
  return isKnown(OPERATIONS, operation) && isKnown(PERMISSIONS, permissionType) ? undefined : 'Unknown entryFilter.';
}

type Codes = Readonly<Record<string, number>>;

/** One that an entry may have: no unknown code, and not the one that stands for any. */
function isOne(codes: Codes, code: number): boolean {
  return code !== ANY && nameOf(codes, code) !== 'UNKNOWN';
}

function nameOf(codes: Codes, code: number): string {
  return Object.entries(codes).find(([, each]) => each === code)?.[0] ?? 'UNKNOWN';
}
