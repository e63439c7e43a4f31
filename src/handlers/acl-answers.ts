/** What the three ACL APIs share: entries as they travel, and the answer where there is no authorizer. */
import { KafkaError } from '../../protocol/errors.ts';
import type { Acl, AclFilter } from '../metadata/acls.ts';

interface WireFilter {
  readonly resourceTypeFilter: number;
  readonly resourceNameFilter: string | null;
  readonly patternTypeFilter: number;
  readonly principalFilter: string | null;
  readonly hostFilter: string | null;
  readonly operation: number;
  readonly permissionType: number;
}

export function aclFilter(wire: WireFilter): AclFilter {
  return {
    resourceType: wire.resourceTypeFilter,
    resourceName: wire.resourceNameFilter,
    patternType: wire.patternTypeFilter,
    principal: wire.principalFilter,
    host: wire.hostFilter,
    operation: wire.operation,
    permissionType: wire.permissionType,
  };
}

/** Entries gathered under the resource they are about. */
export function byResource(acls: readonly Acl[]) {
  const resources = new Map<string, { resourceType: number; resourceName: string; patternType: number; acls: Acl[] }>();
  for (const acl of acls) {
    const { resourceType, resourceName, patternType } = acl;
    const key = `${resourceType}:${patternType}:${resourceName}`;
    const resource = resources.get(key) ?? { resourceType, resourceName, patternType, acls: [] };
    resources.set(key, resource);
    resource.acls.push(acl);
  }
  return [...resources.values()];
}

/** Throws SECURITY_DISABLED where no authorizer asks about entries. */
export function checkSecurity({ authorizer }: { readonly authorizer: object | null }, where = ''): void {
  if (authorizer === null) throw new KafkaError('SECURITY_DISABLED', `No Authorizer is configured${where}`);
}
