/**
 * May a principal do something to a resource? Kafka's `StandardAuthorizer`: super users may do all; an entry that denies
 * wins over those that allow; a resource that no entry speaks of is open to everyone or to no one, as
 * `allow.everyone.if.no.acl.found` says.
 */
import { type Acl, AclOperation, AclPermission, PatternType, WILDCARD } from '../metadata/acls.ts';
import { AclIndex } from './acl-index.ts';
import { type Principal, principalName } from './principal.ts';

export interface AuthorizerOptions {
  /** The entries as they are now; another map when they change. */
  readonly acls: () => ReadonlyMap<string, Acl>;
  /** `super.users`: names as in `User:admin`. */
  readonly superUsers: ReadonlySet<string>;
  /** `allow.everyone.if.no.acl.found` */
  readonly allowIfNoAcl: boolean;
}

/** Who asks, and from where. */
export interface Requester {
  readonly principal: Principal;
  /** An address as Java prints it, without a slash. */
  readonly host: string;
}

/** What ALLOW of one operation allows besides. */
const IMPLIED_BY: ReadonlyMap<number, readonly number[]> = new Map([
  [AclOperation.DESCRIBE, [AclOperation.READ, AclOperation.WRITE, AclOperation.DELETE, AclOperation.ALTER]],
  [AclOperation.DESCRIBE_CONFIGS, [AclOperation.ALTER_CONFIGS]],
]);

/** Decisions kept until the entries change; then, or when there are this many, all are made anew. */
const MOST_DECISIONS = 16_384;

export class Authorizer {
  readonly #options: AuthorizerOptions;
  #acls: ReadonlyMap<string, Acl> | undefined;
  #index = new AclIndex([]);
  readonly #decisions = new Map<string, boolean>();

  constructor(options: AuthorizerOptions) {
    this.#options = options;
  }

  isAllowed(requester: Requester, operation: number, resourceType: number, name: string): boolean {
    const principal = principalName(requester.principal);
    if (this.#options.superUsers.has(principal)) return true;
    this.#follow();
    const key = `${resourceType} ${operation} ${requester.host} ${principal.length} ${principal} ${name}`;
    let decision = this.#decisions.get(key);
    if (decision === undefined) {
      if (this.#decisions.size >= MOST_DECISIONS) this.#decisions.clear();
      decision = this.#decide(requester, principal, operation, resourceType, name);
      this.#decisions.set(key, decision);
    }
    return decision;
  }

  /** Whether there is any resource of the type that the requester may do it to (`authorizeByResourceType`). */
  isAllowedSomewhere(requester: Requester, operation: number, resourceType: number): boolean {
    const principal = principalName(requester.principal);
    // A name that no entry is about shows what holds for resources without entries.
    if (this.isAllowed(requester, operation, resourceType, 'hardcode')) return true;
    const relevant = [...this.#index.ofType(resourceType)].filter((acl) => isAbout(acl, requester, principal));
    const denies = relevant.filter((acl) => acl.permissionType === AclPermission.DENY && coversDeny(acl, operation));
    if (
      denies.some(({ patternType, resourceName }) => patternType === PatternType.LITERAL && resourceName === WILDCARD)
    ) {
      return false;
    }
    return relevant.some(
      (acl) =>
        acl.permissionType === AclPermission.ALLOW &&
        coversAllow(acl, operation) &&
        !denies.some((deny) => covers(deny, acl)),
    );
  }

  #follow(): void {
    const acls = this.#options.acls();
    if (acls === this.#acls) return;
    this.#acls = acls;
    this.#index = new AclIndex(acls.values());
    this.#decisions.clear();
  }

  #decide(requester: Requester, principal: string, operation: number, resourceType: number, name: string): boolean {
    let hasEntries = false;
    let isAllowed = false;
    for (const acls of this.#index.forResource(resourceType, name)) {
      hasEntries = true;
      for (const acl of acls) {
        if (!isAbout(acl, requester, principal)) continue;
        if (acl.permissionType === AclPermission.DENY) {
          if (coversDeny(acl, operation)) return false;
        } else if (coversAllow(acl, operation)) isAllowed = true;
      }
    }
    return isAllowed || (!hasEntries && this.#options.allowIfNoAcl);
  }
}

function isAbout({ principal, host }: Acl, requester: Requester, name: string): boolean {
  if (principal !== name && principal !== `User:${WILDCARD}`) return false;
  return host === WILDCARD || host === requester.host;
}

function coversDeny(acl: Acl, operation: number): boolean {
  return acl.operation === AclOperation.ALL || acl.operation === operation;
}

function coversAllow(acl: Acl, operation: number): boolean {
  return coversDeny(acl, operation) || (IMPLIED_BY.get(operation)?.includes(acl.operation) ?? false);
}

/** Whether whatever `allow` is about, `deny` is about too. */
function covers(deny: Acl, allow: Acl): boolean {
  if (deny.patternType === PatternType.PREFIXED) return allow.resourceName.startsWith(deny.resourceName);
  return allow.patternType === PatternType.LITERAL && allow.resourceName === deny.resourceName;
}
