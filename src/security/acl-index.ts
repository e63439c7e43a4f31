/** Access control entries by what they are asked about: a resource's type and name, exact, by prefix, or any. */
import { OrderedMap } from '../collections/ordered-map.ts';
import { type Acl, PatternType, WILDCARD } from '../metadata/acls.ts';

class TypeIndex {
  readonly literal = new Map<string, Acl[]>();
  /** In the order of the prefixes, so that those of a name are found from the longest to the shortest. */
  readonly prefixed = new OrderedMap<string, Acl[]>((a, b) => (a < b ? -1 : a > b ? 1 : 0));

  add(acl: Acl): void {
    const { resourceName } = acl;
    const entries = acl.patternType === PatternType.PREFIXED ? this.prefixed : this.literal;
    const there = entries.get(resourceName);
    if (there === undefined) entries.set(resourceName, [acl]);
    else there.push(acl);
  }
}

export class AclIndex {
  readonly #types = new Map<number, TypeIndex>();

  constructor(acls: Iterable<Acl>) {
    for (const acl of acls) {
      let type = this.#types.get(acl.resourceType);
      if (type === undefined) {
        type = new TypeIndex();
        this.#types.set(acl.resourceType, type);
      }
      type.add(acl);
    }
  }

  /** Every entry that speaks of the resource, in lists that are not to be changed. */
  *forResource(resourceType: number, name: string): Generator<readonly Acl[]> {
    const type = this.#types.get(resourceType);
    if (type === undefined) return;
    const exact = type.literal.get(name);
    if (exact !== undefined) yield exact;
    const any = name === WILDCARD ? undefined : type.literal.get(WILDCARD);
    if (any !== undefined) yield any;
    let found = type.prefixed.floor(name);
    while (found !== undefined) {
      const [prefix, acls] = found;
      if (name.startsWith(prefix)) {
        yield acls;
        found = type.prefixed.lower(prefix);
      } else {
        // No prefix of the name is longer than what the two have in common.
        found = type.prefixed.floor(commonPrefix(name, prefix));
      }
    }
  }

  /** Every entry about resources of a type. */
  *ofType(resourceType: number): Generator<Acl> {
    const type = this.#types.get(resourceType);
    if (type === undefined) return;
    for (const acls of type.literal.values()) yield* acls;
    for (const acls of type.prefixed.values()) yield* acls;
  }
}

function commonPrefix(a: string, b: string): string {
  let length = 0;
  while (length < a.length && length < b.length && a[length] === b[length]) length += 1;
  return a.slice(0, length);
}
