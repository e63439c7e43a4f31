/**
 * A file system in memory: for memory mode, and for tests and simulation with faults by path and operation and with
 * crashes. A crash keeps what was flushed, and of the rest what a seed decides: each write whole, torn at a sector, or
 * not at all; of the changes of names, the first few in their order, as a journalling file system does.
 */
import { dirname } from 'node:path';
import { DirectoryTree, type NameChange } from './directory-tree.ts';
import { type FileLock, LockHeldError } from './file-lock.ts';
import type { DirectoryEntry, DiskSpace, File, FileStat, FileSystem, SealedFile, StartupReads } from './file-system.ts';
import { type Random, seededRandom } from './random.ts';

export type FileOperation =
  | 'open'
  | 'read'
  | 'write'
  | 'truncate'
  | 'sync'
  | 'rename'
  | 'remove'
  | 'list'
  | 'makeDirectory'
  | 'syncDirectory';

export interface Fault {
  readonly operation: FileOperation;
  /** Which files or directories it strikes; every one when absent. */
  readonly path?: RegExp;
  /** ENOSPC, EIO … */
  readonly code: string;
  /** How often; for ever when absent. */
  readonly times?: number;
  /** Called each time, before the operation fails. */
  readonly onStruck?: () => void;
}

export interface MemoryFileSystemOptions {
  /** Keeps apart what is flushed and what is not, which takes memory; without it `crash` loses nothing. */
  readonly tracksDurability?: boolean;
  readonly random?: Random;
  readonly now?: () => number;
}

type Change = { readonly position: number; readonly bytes: Buffer } | { readonly size: number };

interface Node {
  bytes: Buffer;
  size: number;
  modifiedMs: number;
  /** What a crash finds, before `changes`. */
  flushed: Buffer;
  changes: Change[];
}

const SECTOR_BYTES = 512;
const MUTATIONS: ReadonlySet<FileOperation> = new Set([
  'write',
  'truncate',
  'sync',
  'rename',
  'remove',
  'makeDirectory',
  'syncDirectory',
]);

export class MemoryFileSystem implements FileSystem {
  readonly #tracksDurability: boolean;
  readonly #random: Random;
  readonly #now: () => number;
  #names = new DirectoryTree<Node>();
  #flushedNames = new DirectoryTree<Node>();
  #nameChanges: NameChange<Node>[] = [];
  readonly #faults = new Map<Fault, number>();
  /** Of this life; a crash ends them. */
  #locks = new Set<string>();
  /** Files opened before a crash are dead after it. */
  #life = 0;
  #mutations = 0;
  #powerOffAt = Number.POSITIVE_INFINITY;

  constructor(options: MemoryFileSystemOptions = {}) {
    this.#tracksDurability = options.tracksDurability ?? false;
    this.#random = options.random ?? seededRandom(1);
    this.#now = options.now ?? Date.now;
  }

  readonly mostDescriptors = Number.POSITIVE_INFINITY;
  readonly startup: StartupReads = {
    list: (path) => this.#list(path),
    readFile: (path) => {
      this.#check('read', path);
      const node = this.#names.get(path) ?? null;
      return node === null ? null : Buffer.from(node.bytes.subarray(0, node.size));
    },
    stat: (path) => this.#stat(path),
    read: (path, buffer, position) => {
      this.#check('read', path);
      return readInto(this.#node(path), buffer, 0, buffer.length, position);
    },
  };

  // Tests' side

  /** Lets an operation fail from now on, until the returned function is called. */
  inject(fault: Fault): () => void {
    this.#faults.set(fault, 0);
    return () => void this.#faults.delete(fault);
  }

  /** How many changing operations there were so far. */
  get mutations(): number {
    return this.#mutations;
  }

  /** From the `count`-th changing operation from now on nothing works, until `crash`. */
  powerOffAfter(count: number): void {
    this.#powerOffAt = this.#mutations + count;
  }

  get isPoweredOff(): boolean {
    return this.#mutations >= this.#powerOffAt;
  }

  /** The machine loses power and comes back. */
  crash(): void {
    this.#life++;
    this.#locks = new Set();
    this.#powerOffAt = Number.POSITIVE_INFINITY;
    if (!this.#tracksDurability) return;
    const kept = Math.floor(this.#random.float() * (this.#nameChanges.length + 1));
    for (const change of this.#nameChanges.slice(0, kept)) this.#flushedNames.apply(change);
    this.#nameChanges = [];
    this.#names = this.#flushedNames.copy();
    for (const node of this.#names.files()) this.#settle(node);
  }

  // The port

  async open(path: string, options: { readonly create?: boolean } = {}): Promise<File> {
    this.#check('open', path);
    let node = this.#names.get(path);
    if (node === undefined && options.create === true) node = this.#create(path);
    if (node === undefined) throw failure('ENOENT', path);
    if (node === null) throw failure('EISDIR', path);
    return this.#file(path, node);
  }

  async readFile(path: string): Promise<Buffer> {
    this.#check('read', path);
    const { bytes, size } = this.#node(path);
    return Buffer.from(bytes.subarray(0, size));
  }

  /** A copy, which is wiped when it is closed: who reads on is found out. */
  async openSealed(path: string): Promise<SealedFile> {
    const bytes = await this.readFile(path);
    return { bytes, isMapped: false, close: () => void bytes.fill(0xff) };
  }

  async writeFile(path: string, data: Buffer | string, options: { readonly sync?: boolean } = {}): Promise<void> {
    this.#check('write', path);
    const node = this.#names.get(path) ?? this.#create(path);
    this.#resize(node, 0);
    this.#write(node, [Buffer.from(data)], 0);
    if (options.sync === true) {
      this.#check('sync', path);
      this.#flush(node);
    }
  }

  async replaceFile(path: string, data: Buffer | string): Promise<void> {
    const temporary = `${path}.tmp`;
    await this.writeFile(temporary, data, { sync: true });
    await this.rename(temporary, path);
    await this.syncDirectory(dirname(path));
  }

  async exists(path: string): Promise<boolean> {
    return this.#names.has(path);
  }

  async stat(path: string): Promise<FileStat> {
    return this.#stat(path);
  }

  /** As if it had no end. */
  async space(path: string): Promise<DiskSpace> {
    this.#check('list', path);
    if (!this.#names.has(path)) throw failure('ENOENT', path);
    return { totalBytes: Number.MAX_SAFE_INTEGER, usableBytes: Number.MAX_SAFE_INTEGER };
  }

  async setModifiedMs(path: string, modifiedMs: number): Promise<void> {
    this.#check('write', path);
    this.#node(path).modifiedMs = modifiedMs;
  }

  async list(path: string): Promise<DirectoryEntry[]> {
    return this.#list(path);
  }

  async lock(path: string): Promise<FileLock> {
    if (this.#locks.has(path)) throw new LockHeldError(path, undefined);
    if (!this.#names.has(path)) await this.writeFile(path, '');
    const locks = this.#locks;
    locks.add(path);
    return { weakness: undefined, release: async () => void locks.delete(path) };
  }

  async makeDirectory(path: string): Promise<void> {
    this.#check('makeDirectory', path);
    const missing: string[] = [];
    for (let at = path; !this.#names.has(at); at = dirname(at)) {
      missing.unshift(at);
      if (dirname(at) === at) break; // a drive of Windows
    }
    for (const each of missing) this.#change({ kind: 'add', path: each, file: null });
  }

  async rename(from: string, to: string): Promise<void> {
    this.#check('rename', from);
    if (!this.#names.has(from)) throw failure('ENOENT', from);
    if (this.#names.get(dirname(to)) !== null) throw failure('ENOENT', to);
    this.#change({ kind: 'rename', from, to });
  }

  async remove(path: string): Promise<void> {
    this.#check('remove', path);
    if (this.#names.has(path)) this.#change({ kind: 'remove', path });
  }

  async syncDirectory(path: string): Promise<void> {
    this.#check('syncDirectory', path);
    for (const change of this.#nameChanges) this.#flushedNames.apply(change);
    this.#nameChanges = [];
  }

  #file(path: string, node: Node): File {
    const life = this.#life;
    let isClosed = false;
    const check = (operation: FileOperation): void => {
      if (isClosed) throw failure('EBADF', path);
      if (life !== this.#life) throw failure('EIO', path);
      this.#check(operation, path);
    };
    const write = (buffers: readonly Buffer[], position: number): void => {
      check('write');
      this.#write(node, buffers, position);
    };
    return {
      path,
      async size() {
        check('read');
        return node.size;
      },
      async read(buffer, bufferOffset, length, position) {
        check('read');
        return readInto(node, buffer, bufferOffset, length, position);
      },
      readNow(buffer, position) {
        check('read');
        return readInto(node, buffer, 0, buffer.length, position);
      },
      async write(buffers, position) {
        write(buffers, position);
      },
      writeSync: write,
      truncate: async (size) => {
        check('truncate');
        this.#resize(node, size);
      },
      sync: async () => {
        check('sync');
        this.#flush(node);
      },
      async close() {
        isClosed = true;
      },
    };
  }

  #create(path: string): Node {
    if (!this.#names.has(dirname(path))) throw failure('ENOENT', path);
    const node = { bytes: Buffer.alloc(0), size: 0, modifiedMs: this.#now(), flushed: Buffer.alloc(0), changes: [] };
    this.#change({ kind: 'add', path, file: node });
    return node;
  }

  #node(path: string): Node {
    const node = this.#names.get(path);
    if (node === undefined) throw failure('ENOENT', path);
    if (node === null) throw failure('EISDIR', path);
    return node;
  }

  #stat(path: string): FileStat {
    this.#check('list', path);
    const { size, modifiedMs } = this.#node(path);
    return { size, modifiedMs };
  }

  #list(path: string): DirectoryEntry[] {
    this.#check('list', path);
    const entries = this.#names.list(path);
    if (entries === undefined) throw failure('ENOENT', path);
    return entries;
  }

  #write(node: Node, buffers: readonly Buffer[], position: number): void {
    let at = position;
    for (const buffer of buffers) {
      put(node, buffer, at);
      if (this.#tracksDurability) node.changes.push({ position: at, bytes: Buffer.from(buffer) });
      at += buffer.length;
    }
    node.modifiedMs = this.#now();
  }

  #resize(node: Node, size: number): void {
    resize(node, size);
    if (this.#tracksDurability) node.changes.push({ size });
    node.modifiedMs = this.#now();
  }

  #flush(node: Node): void {
    if (!this.#tracksDurability) return;
    node.flushed = Buffer.from(node.bytes.subarray(0, node.size));
    node.changes = [];
  }

  /** Decides what of a node's unflushed changes a crash left. */
  #settle(node: Node): void {
    node.bytes = Buffer.from(node.flushed);
    node.size = node.flushed.length;
    for (const change of node.changes) {
      const fate = this.#random.float();
      if ('size' in change) {
        if (fate < 0.5) resize(node, change.size);
      } else if (fate < 0.4) {
        put(node, change.bytes, change.position);
      } else if (fate < 0.7) {
        const sectors = Math.floor((change.bytes.length * this.#random.float()) / SECTOR_BYTES);
        put(node, change.bytes.subarray(0, sectors * SECTOR_BYTES), change.position);
      }
    }
    node.flushed = Buffer.from(node.bytes.subarray(0, node.size));
    node.changes = [];
  }

  #change(change: NameChange<Node>): void {
    this.#names.apply(change);
    if (this.#tracksDurability) this.#nameChanges.push(change);
  }

  #check(operation: FileOperation, path: string): void {
    if (this.isPoweredOff) throw failure('EIO', path);
    if (MUTATIONS.has(operation)) this.#mutations++;
    if (this.isPoweredOff) throw failure('EIO', path);
    for (const [fault, count] of this.#faults) {
      if (fault.operation !== operation || count >= (fault.times ?? Number.POSITIVE_INFINITY)) continue;
      if (fault.path !== undefined && !fault.path.test(path)) continue;
      this.#faults.set(fault, count + 1);
      fault.onStruck?.();
      throw failure(fault.code, path);
    }
  }
}

function readInto(node: Node, buffer: Buffer, bufferOffset: number, length: number, position: number): number {
  const end = Math.min(position + length, node.size);
  return end <= position ? 0 : node.bytes.copy(buffer, bufferOffset, position, end);
}

function put(node: Node, bytes: Buffer, position: number): void {
  const end = position + bytes.length;
  if (end > node.size) resize(node, end);
  bytes.copy(node.bytes, position);
}

function resize(node: Node, size: number): void {
  if (size > node.bytes.length) {
    const grown = Buffer.alloc(Math.max(size, node.bytes.length * 2, 256));
    node.bytes.copy(grown, 0, 0, node.size);
    node.bytes = grown;
  } else if (size < node.size) {
    node.bytes.fill(0, size, node.size);
  }
  node.size = size;
}

function failure(code: string, path: string): Error {
  return Object.assign(new Error(`${code}: ${path}`), { code });
}
