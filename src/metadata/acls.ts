/** Access control entries (KIP-11, KIP-290 prefixes) in Kafka's numbers, and the filters that DescribeAcls and DeleteAcls take. */

export const ResourceType = {
  UNKNOWN: 0,
  ANY: 1,
  TOPIC: 2,
  GROUP: 3,
  CLUSTER: 4,
  TRANSACTIONAL_ID: 5,
  DELEGATION_TOKEN: 6,
  USER: 7,
} as const;

export const PatternType = { UNKNOWN: 0, ANY: 1, MATCH: 2, LITERAL: 3, PREFIXED: 4 } as const;

export const AclOperation = {
  UNKNOWN: 0,
  ANY: 1,
  ALL: 2,
  READ: 3,
  WRITE: 4,
  CREATE: 5,
  DELETE: 6,
  ALTER: 7,
  DESCRIBE: 8,
  CLUSTER_ACTION: 9,
  DESCRIBE_CONFIGS: 10,
  ALTER_CONFIGS: 11,
  IDEMPOTENT_WRITE: 12,
  CREATE_TOKENS: 13,
  DESCRIBE_TOKENS: 14,
  TWO_PHASE_COMMIT: 15,
} as const;

export const AclPermission = { UNKNOWN: 0, ANY: 1, DENY: 2, ALLOW: 3 } as const;

/** The only name that a resource of type CLUSTER has. */
export const CLUSTER_NAME = 'kafka-cluster';
/** Stands for every name, host or principal's name. */
export const WILDCARD = '*';

export interface Acl {
  readonly resourceType: number;
  readonly resourceName: string;
  readonly patternType: number;
  /** `User:alice`, `User:*`. */
  readonly principal: string;
  /** An address, or `*`. */
  readonly host: string;
  readonly operation: number;
  readonly permissionType: number;
}

/** Null and ANY match everything. */
export interface AclFilter {
  readonly resourceType: number;
  readonly resourceName: string | null;
  readonly patternType: number;
  readonly principal: string | null;
  readonly host: string | null;
  readonly operation: number;
  readonly permissionType: number;
}

/** The same for entries that say the same. */
export function aclKey(acl: Acl): string {
  const { resourceType, patternType, resourceName, principal, host, operation, permissionType } = acl;
  return JSON.stringify([resourceType, patternType, resourceName, principal, host, operation, permissionType]);
}

export function matchesAcl(filter: AclFilter, acl: Acl): boolean {
  return (
    (filter.resourceType === ResourceType.ANY || filter.resourceType === acl.resourceType) &&
    matchesPattern(filter, acl) &&
    (filter.principal === null || filter.principal === acl.principal) &&
    (filter.host === null || filter.host === acl.host) &&
    (filter.operation === AclOperation.ANY || filter.operation === acl.operation) &&
    (filter.permissionType === AclPermission.ANY || filter.permissionType === acl.permissionType)
  );
}

function matchesPattern({ patternType, resourceName }: AclFilter, acl: Acl): boolean {
  const isOfAnyType = patternType === PatternType.ANY || patternType === PatternType.MATCH;
  if (!isOfAnyType && patternType !== acl.patternType) return false;
  if (resourceName === null) return true;
  if (patternType !== PatternType.MATCH) return resourceName === acl.resourceName;
  // All entries that would be asked about a resource of that name.
  if (acl.patternType === PatternType.PREFIXED) return resourceName.startsWith(acl.resourceName);
  return resourceName === acl.resourceName || acl.resourceName === WILDCARD;
}
