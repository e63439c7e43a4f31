/**
 * A map in the order of its keys: a B+ tree. Nodes split when they are full and go when they are empty; they are not
 * merged before that (Sen and Tarjan, "Deletion without rebalancing in multiway search trees": the height stays
 * logarithmic in the number of insertions), which keeps deletion from the front, the usual one here, cheap.
 */
const MOST_KEYS = 32;

interface Leaf<K, V> {
  readonly isLeaf: true;
  keys: K[];
  values: V[];
  previous: Leaf<K, V> | undefined;
  next: Leaf<K, V> | undefined;
}

interface Branch<K, V> {
  readonly isLeaf: false;
  /** `keys[i]` is at most every key below `children[i + 1]`, and above every key below `children[i]`. */
  keys: K[];
  children: Node<K, V>[];
}

type Node<K, V> = Leaf<K, V> | Branch<K, V>;

export class OrderedMap<K, V> {
  readonly #compare: (a: K, b: K) => number;
  #root: Node<K, V> = newLeaf();
  #size = 0;

  constructor(compare: (a: K, b: K) => number) {
    this.#compare = compare;
  }

  get size(): number {
    return this.#size;
  }

  get(key: K): V | undefined {
    const leaf = this.#leafFor(key);
    const at = this.#lowerBound(leaf.keys, key);
    return this.#holds(leaf, at, key) ? leaf.values[at] : undefined;
  }

  has(key: K): boolean {
    const leaf = this.#leafFor(key);
    return this.#holds(leaf, this.#lowerBound(leaf.keys, key), key);
  }

  set(key: K, value: V): void {
    const split = this.#insert(this.#root, key, value);
    if (split !== undefined) {
      this.#root = { isLeaf: false, keys: [split.separator], children: [this.#root, split.right] };
    }
  }

  /** Whether the key was there. */
  delete(key: K): boolean {
    const sizeBefore = this.#size;
    this.#remove(this.#root, key);
    while (!this.#root.isLeaf && this.#root.children.length === 1) this.#root = this.#root.children[0]!;
    if (!this.#root.isLeaf && this.#root.children.length === 0) this.#root = newLeaf();
    return this.#size < sizeBefore;
  }

  clear(): void {
    this.#root = newLeaf();
    this.#size = 0;
  }

  first(): [K, V] | undefined {
    return entry(this.#firstLeaf(), 0);
  }

  last(): [K, V] | undefined {
    let node = this.#root;
    while (!node.isLeaf) node = node.children.at(-1)!;
    return entry(node, node.keys.length - 1);
  }

  /** The entry with the greatest key ≤ `key`. */
  floor(key: K): [K, V] | undefined {
    const leaf = this.#leafFor(key);
    return this.#before(leaf, this.#upperBound(leaf.keys, key));
  }

  /** The entry with the greatest key < `key`. */
  lower(key: K): [K, V] | undefined {
    const leaf = this.#leafFor(key);
    return this.#before(leaf, this.#lowerBound(leaf.keys, key));
  }

  /** The entry with the smallest key ≥ `key`. */
  ceiling(key: K): [K, V] | undefined {
    const leaf = this.#leafFor(key);
    return this.#from(leaf, this.#lowerBound(leaf.keys, key));
  }

  /** The entry with the smallest key > `key`. */
  higher(key: K): [K, V] | undefined {
    const leaf = this.#leafFor(key);
    return this.#from(leaf, this.#upperBound(leaf.keys, key));
  }

  /** Entries with `from` ≤ key < `to`, in order; open on a side that is left out. The map must not change meanwhile. */
  *entries(from?: K, to?: K): Generator<[K, V]> {
    let leaf: Leaf<K, V> | undefined = from === undefined ? this.#firstLeaf() : this.#leafFor(from);
    let at = from === undefined ? 0 : this.#lowerBound(leaf.keys, from);
    for (; leaf !== undefined; leaf = leaf.next, at = 0) {
      for (; at < leaf.keys.length; at++) {
        const key = leaf.keys[at]!;
        if (to !== undefined && this.#compare(key, to) >= 0) return;
        yield [key, leaf.values[at]!];
      }
    }
  }

  *values(from?: K, to?: K): Generator<V> {
    for (const [, value] of this.entries(from, to)) yield value;
  }

  #firstLeaf(): Leaf<K, V> {
    let node = this.#root;
    while (!node.isLeaf) node = node.children[0]!;
    return node;
  }

  #leafFor(key: K): Leaf<K, V> {
    let node = this.#root;
    while (!node.isLeaf) node = node.children[this.#upperBound(node.keys, key)]!;
    return node;
  }

  #holds(leaf: Leaf<K, V>, at: number, key: K): boolean {
    return at < leaf.keys.length && this.#compare(leaf.keys[at]!, key) === 0;
  }

  #before(leaf: Leaf<K, V>, at: number): [K, V] | undefined {
    if (at > 0) return entry(leaf, at - 1);
    return leaf.previous === undefined ? undefined : entry(leaf.previous, leaf.previous.keys.length - 1);
  }

  #from(leaf: Leaf<K, V>, at: number): [K, V] | undefined {
    if (at < leaf.keys.length) return entry(leaf, at);
    return leaf.next === undefined ? undefined : entry(leaf.next, 0);
  }

  #insert(node: Node<K, V>, key: K, value: V): { separator: K; right: Node<K, V> } | undefined {
    if (node.isLeaf) {
      const at = this.#lowerBound(node.keys, key);
      if (this.#holds(node, at, key)) {
        node.values[at] = value;
        return undefined;
      }
      node.keys.splice(at, 0, key);
      node.values.splice(at, 0, value);
      this.#size++;
      return node.keys.length > MOST_KEYS ? splitLeaf(node) : undefined;
    }
    const at = this.#upperBound(node.keys, key);
    const split = this.#insert(node.children[at]!, key, value);
    if (split === undefined) return undefined;
    node.keys.splice(at, 0, split.separator);
    node.children.splice(at + 1, 0, split.right);
    return node.keys.length > MOST_KEYS ? splitBranch(node) : undefined;
  }

  /** Returns whether the node is empty now. */
  #remove(node: Node<K, V>, key: K): boolean {
    if (node.isLeaf) {
      const at = this.#lowerBound(node.keys, key);
      if (!this.#holds(node, at, key)) return false;
      node.keys.splice(at, 1);
      node.values.splice(at, 1);
      this.#size--;
      if (node.keys.length > 0 || node === this.#root) return false;
      if (node.previous !== undefined) node.previous.next = node.next;
      if (node.next !== undefined) node.next.previous = node.previous;
      return true;
    }
    const at = this.#upperBound(node.keys, key);
    if (!this.#remove(node.children[at]!, key)) return false;
    node.children.splice(at, 1);
    node.keys.splice(Math.max(at - 1, 0), 1);
    return node.children.length === 0;
  }

  /** How many keys are < `key`. */
  #lowerBound(keys: readonly K[], key: K): number {
    let low = 0;
    let high = keys.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#compare(keys[middle]!, key) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** How many keys are ≤ `key`. */
  #upperBound(keys: readonly K[], key: K): number {
    let low = 0;
    let high = keys.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#compare(keys[middle]!, key) <= 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** The order of numbers, for maps by offset. */
export function ascending(a: number, b: number): number {
  return a - b;
}

function newLeaf<K, V>(): Leaf<K, V> {
  return { isLeaf: true, keys: [], values: [], previous: undefined, next: undefined };
}

function entry<K, V>(leaf: Leaf<K, V>, at: number): [K, V] | undefined {
  return at >= 0 && at < leaf.keys.length ? [leaf.keys[at]!, leaf.values[at]!] : undefined;
}

function splitLeaf<K, V>(leaf: Leaf<K, V>): { separator: K; right: Leaf<K, V> } {
  const middle = leaf.keys.length >>> 1;
  const right: Leaf<K, V> = {
    isLeaf: true,
    keys: leaf.keys.splice(middle),
    values: leaf.values.splice(middle),
    previous: leaf,
    next: leaf.next,
  };
  if (leaf.next !== undefined) leaf.next.previous = right;
  leaf.next = right;
  return { separator: right.keys[0]!, right };
}

function splitBranch<K, V>(branch: Branch<K, V>): { separator: K; right: Branch<K, V> } {
  const middle = branch.keys.length >>> 1;
  const keys = branch.keys.splice(middle);
  const separator = keys.shift()!;
  return { separator, right: { isLeaf: false, keys, children: branch.children.splice(middle + 1) } };
}
