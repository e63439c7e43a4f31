/** The names of a file system in memory: a tree, so that a name is moved, removed or listed without looking at others. */
import { sep } from 'node:path';

export type NameChange<F> =
  /** `file` is null for a directory. What holds it is there already. */
  | { readonly kind: 'add'; readonly path: string; readonly file: F | null }
  /** With all that is in it, in the place of what has that name. */
  | { readonly kind: 'rename'; readonly from: string; readonly to: string }
  | { readonly kind: 'remove'; readonly path: string };

type Directory<F> = Map<string, Entry<F>>;
type Entry<F> = { readonly file: F } | { readonly children: Directory<F> };

/** Both of Windows' separators, which has no other use for a slash. */
const SEPARATOR = sep === '/' ? '/' : /[/\\]/;

export class DirectoryTree<F extends object> {
  readonly #root: Directory<F>;

  constructor(root: Directory<F> = new Map()) {
    this.#root = root;
  }

  has(path: string): boolean {
    return this.#find(path) !== undefined;
  }

  /** Null for a directory, undefined for what is not there. */
  get(path: string): F | null | undefined {
    const entry = this.#find(path);
    if (entry === undefined) return undefined;
    return 'file' in entry ? entry.file : null;
  }

  /** What a directory holds, in the order in which it came; undefined where there is no such directory. */
  list(path: string): { readonly name: string; readonly isDirectory: boolean }[] | undefined {
    const entry = this.#find(path);
    if (entry === undefined || 'file' in entry) return undefined;
    return Array.from(entry.children, ([name, each]) => ({ name, isDirectory: 'children' in each }));
  }

  /** Does nothing where what it is about is not there. */
  apply(change: NameChange<F>): void {
    if (change.kind === 'add') {
      this.#put(change.path, change.file === null ? { children: new Map() } : { file: change.file });
      return;
    }
    const taken = this.#take(change.kind === 'rename' ? change.from : change.path);
    if (change.kind === 'rename' && taken !== undefined) this.#put(change.to, taken);
  }

  /** With the same files. */
  copy(): DirectoryTree<F> {
    return new DirectoryTree(copyOf(this.#root));
  }

  /** Every file, once. */
  *files(directory: Directory<F> = this.#root): Generator<F> {
    for (const entry of directory.values()) {
      if ('file' in entry) yield entry.file;
      else yield* this.files(entry.children);
    }
  }

  #find(path: string): Entry<F> | undefined {
    let entry: Entry<F> | undefined = { children: this.#root };
    for (const name of namesOf(path)) {
      if (entry === undefined || 'file' in entry) return undefined;
      entry = entry.children.get(name);
    }
    return entry;
  }

  /** The directory that holds a path's last name, and that name; undefined for the root and where there is none. */
  #place(path: string): { readonly holder: Directory<F>; readonly name: string } | undefined {
    const names = namesOf(path);
    const name = names.pop();
    if (name === undefined) return undefined;
    const entry = this.#find(names.join('/'));
    return entry === undefined || 'file' in entry ? undefined : { holder: entry.children, name };
  }

  #put(path: string, entry: Entry<F>): void {
    const place = this.#place(path);
    if (place === undefined) return;
    // What comes in the place of another comes last, as a new name does.
    place.holder.delete(place.name);
    place.holder.set(place.name, entry);
  }

  #take(path: string): Entry<F> | undefined {
    const place = this.#place(path);
    const entry = place?.holder.get(place.name);
    place?.holder.delete(place.name);
    return entry;
  }
}

function namesOf(path: string): string[] {
  return path.split(SEPARATOR).filter((name) => name !== '');
}

function copyOf<F>(directory: Directory<F>): Directory<F> {
  const copy: Directory<F> = new Map();
  for (const [name, entry] of directory) {
    copy.set(name, 'file' in entry ? entry : { children: copyOf(entry.children) });
  }
  return copy;
}
