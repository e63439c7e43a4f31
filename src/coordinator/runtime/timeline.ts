/**
 * State that can be read as of the last committed record and reverted to it. A registry holds snapshots, each named by
 * the log's offset that the state had reached; structures keep, for every entry, the versions that some snapshot still
 * needs. Writing costs one version per entry and snapshot; reverting and forgetting cost what was written since.
 */

/** A log offset. As a state's name: all records below it have been replayed. */
export type Offset = number;

/** Reads what has been replayed so far, committed or not. */
export const LATEST: Offset = Number.POSITIVE_INFINITY;

const BEFORE_ALL: Offset = Number.NEGATIVE_INFINITY;

/** One value of an entry. It belongs to every snapshot later than `since` that no newer version covers. */
interface Version<T> {
  readonly since: Offset;
  value: T;
  older: Version<T> | undefined;
}

/** What the registry asks of a structure about one entry that was written. */
interface Revertible<K> {
  /** Drops the entry's versions written after snapshot `offset`. */
  revert(key: K, offset: Offset): void;
  /** Drops the entry's versions that only snapshots older than `offset` could see. */
  forget(key: K, offset: Offset): void;
}

interface Snapshot {
  readonly offset: Offset;
  /** Entries written after this snapshot and before the next one. */
  written: { readonly structure: Revertible<never>; readonly key: never }[];
}

export class SnapshotRegistry {
  /** In ascending order of offset. */
  #snapshots: Snapshot[] = [];

  /** How many snapshots are held. */
  get size(): number {
    return this.#snapshots.length;
  }

  /** The newest snapshot's offset; structures stamp their versions with it. */
  get newest(): Offset {
    return this.#snapshots.at(-1)?.offset ?? BEFORE_ALL;
  }

  get oldest(): Offset {
    return this.#snapshots[0]?.offset ?? BEFORE_ALL;
  }

  /** Names the present state `offset`; the same offset twice is one snapshot, a lower one a mistake. */
  snapshot(offset: Offset): void {
    if (offset === this.newest) return;
    if (offset < this.newest) throw new RangeError(`snapshot ${offset} is older than the newest, ${this.newest}`);
    this.#snapshots.push({ offset, written: [] });
  }

  /** The newest snapshot at or below `offset`. */
  floor(offset: Offset): Offset | undefined {
    return this.#snapshots.findLast((snapshot) => snapshot.offset <= offset)?.offset;
  }

  /** Returns every structure to its state at snapshot `offset`, which stays. */
  revertTo(offset: Offset): void {
    const at = this.#snapshots.findIndex((snapshot) => snapshot.offset === offset);
    if (at < 0) throw new RangeError(`no snapshot ${offset} to revert to`);
    for (const { written } of this.#snapshots.slice(at)) {
      for (const { structure, key } of written) structure.revert(key, offset);
    }
    this.#snapshots = this.#snapshots.slice(0, at + 1);
    this.#snapshots[at]!.written = [];
  }

  /** Forgets all snapshots older than `offset`, which must be one. */
  forgetBefore(offset: Offset): void {
    const at = this.#snapshots.findIndex((snapshot) => snapshot.offset === offset);
    if (at < 0) throw new RangeError(`no snapshot ${offset} to keep`);
    for (const { written } of this.#snapshots.slice(0, at)) {
      for (const { structure, key } of written) structure.forget(key, offset);
    }
    this.#snapshots = this.#snapshots.slice(at);
  }

  /** Called by structures: `key` has got its first version since the newest snapshot. */
  noteWrite<K>(structure: Revertible<K>, key: K): void {
    this.#snapshots.at(-1)?.written.push({ structure, key } as Snapshot['written'][number]);
  }
}

function versionAt<T>(newest: Version<T> | undefined, offset: Offset): Version<T> | undefined {
  let version = newest;
  while (version !== undefined && version.since >= offset) version = version.older;
  return version;
}

/** A value with a history. */
export class TimelineValue<T> implements Revertible<undefined> {
  readonly #registry: SnapshotRegistry;
  #newest: Version<T>;

  constructor(registry: SnapshotRegistry, initial: T) {
    this.#registry = registry;
    this.#newest = { since: BEFORE_ALL, value: initial, older: undefined };
  }

  get(at: Offset = LATEST): T {
    const version = versionAt(this.#newest, at);
    if (version === undefined) throw new RangeError(`the state at offset ${at} is forgotten`);
    return version.value;
  }

  set(value: T): void {
    const since = this.#registry.newest;
    if (this.#newest.since === since) {
      this.#newest.value = value;
      return;
    }
    this.#newest = { since, value, older: this.#newest };
    this.#registry.noteWrite(this, undefined);
  }

  revert(_key: undefined, offset: Offset): void {
    this.#newest = versionAt(this.#newest, offset) ?? this.#newest;
  }

  forget(_key: undefined, offset: Offset): void {
    const kept = versionAt(this.#newest, offset);
    if (kept !== undefined) kept.older = undefined;
  }
}

/** A map whose entries have a history; `undefined` as a value means that there is no entry. */
export class TimelineMap<K, V extends NonNullable<unknown>> implements Revertible<K> {
  readonly #registry: SnapshotRegistry;
  readonly #newest = new Map<K, Version<V | undefined>>();

  constructor(registry: SnapshotRegistry) {
    this.#registry = registry;
  }

  get(key: K, at: Offset = LATEST): V | undefined {
    return versionAt(this.#newest.get(key), at)?.value;
  }

  has(key: K, at: Offset = LATEST): boolean {
    return this.get(key, at) !== undefined;
  }

  isEmpty(at: Offset = LATEST): boolean {
    return this.entries(at).next().done === true;
  }

  *entries(at: Offset = LATEST): Generator<[K, V]> {
    for (const [key, newest] of this.#newest) {
      const value = versionAt(newest, at)?.value;
      if (value !== undefined) yield [key, value];
    }
  }

  *keys(at: Offset = LATEST): Generator<K> {
    for (const [key] of this.entries(at)) yield key;
  }

  *values(at: Offset = LATEST): Generator<V> {
    for (const [, value] of this.entries(at)) yield value;
  }

  set(key: K, value: V): void {
    this.#write(key, value);
  }

  delete(key: K): void {
    if (this.has(key)) this.#write(key, undefined);
  }

  #write(key: K, value: V | undefined): void {
    const since = this.#registry.newest;
    const newest = this.#newest.get(key);
    if (newest?.since === since) {
      newest.value = value;
      if (value === undefined && newest.older === undefined) this.#newest.delete(key);
      return;
    }
    this.#newest.set(key, { since, value, older: newest });
    this.#registry.noteWrite(this, key);
  }

  revert(key: K, offset: Offset): void {
    const kept = versionAt(this.#newest.get(key), offset);
    if (kept === undefined) this.#newest.delete(key);
    else this.#newest.set(key, kept);
  }

  forget(key: K, offset: Offset): void {
    const newest = this.#newest.get(key);
    const kept = versionAt(newest, offset);
    if (kept === undefined) return;
    kept.older = undefined;
    if (kept === newest && kept.value === undefined) this.#newest.delete(key);
  }
}
