/** What differs between two dumps, leaf by leaf. */

/** Every leaf of a dump by its path, with a number or a sentence as value; an empty object is a leaf, too. */
function leaves(value, path = [], found = new Map()) {
  const isObject = value !== null && typeof value === 'object';
  if (!isObject || Object.keys(value).length === 0) found.set(path.join('/'), isObject ? '{}' : value);
  else for (const [key, inner] of Object.entries(value)) leaves(inner, [...path, key], found);
  return found;
}

/** How many values were compared, and what differs: `path: wanted …, found …`. What only `found` has counts, too, but for `wantedOnly`. */
export function compare(wanted, found, { wantedOnly = false } = {}) {
  const [left, right] = [leaves(wanted), leaves(found)];
  const differences = [];
  for (const [path, value] of left) {
    if (right.get(path) !== value) differences.push({ path, wanted: value, found: right.get(path) });
  }
  if (!wantedOnly) {
    for (const [path, value] of right) {
      if (!left.has(path)) differences.push({ path, wanted: undefined, found: value });
    }
  }
  return { compared: left.size, differences };
}

/**
 * Takes out the differences that are known, each with its reason; answers what is left, and the known ones that were not
 * found although they must be. `known` is a list of `{ path: RegExp, reason, mayBeAbsent, value }`, where `value` is what
 * one side has there.
 */
export function settle(differences, known) {
  const unused = new Set(known.filter(({ mayBeAbsent }) => mayBeAbsent !== true));
  const left = differences.filter((difference) => {
    const { path, wanted, found } = difference;
    const reason = known.find(
      (each) => each.path.test(path) && (each.value === undefined || [wanted, found].includes(each.value)),
    );
    if (reason !== undefined) unused.delete(reason);
    return reason === undefined;
  });
  return { left, unused: [...unused] };
}

export function describe({ path, wanted, found }) {
  return `${path}: wanted ${wanted}, found ${found}`;
}
