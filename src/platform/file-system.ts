/**
 * The file system as a port: Node's in production (`node-file-system.ts`), one in memory with crashes and faults in
 * tests, simulation and memory mode (`memory-file-system.ts`). Paths are absolute. Failures are Node's errors with their
 * `code` (ENOENT, ENOSPC, EIO …).
 */
import type { FileLock } from './file-lock.ts';

export interface FileSystem {
  /** Opens for reading and writing; `create` makes the file when it is missing. */
  open(path: string, options?: { readonly create?: boolean }): Promise<File>;
  readFile(path: string): Promise<Buffer>;
  /** Opens a file that nobody writes to, truncates or renames another over while it is open here. Throws ENOENT. */
  openSealed(path: string): Promise<SealedFile>;
  /** Writes `path` whole in place: a crash may leave the old, the new, or a part of the new. `sync` flushes its bytes. */
  writeFile(path: string, data: Buffer | string, options?: { readonly sync?: boolean }): Promise<void>;
  /**
   * Writes `path` whole and durably: a temporary file, fsync, rename over, fsync of the directory. A crash may leave the
   * temporary file (`replacedBy`).
   */
  replaceFile(path: string, data: Buffer | string): Promise<void>;
  exists(path: string): Promise<boolean>;
  /** Throws ENOENT. */
  stat(path: string): Promise<FileStat>;
  /** Sets when the file counts as last written to. */
  setModifiedMs(path: string, modifiedMs: number): Promise<void>;
  /** Of the disk that holds `path`. Throws ENOENT. */
  space(path: string): Promise<DiskSpace>;
  /** Names in a directory, with their kind; throws ENOENT. */
  list(path: string): Promise<DirectoryEntry[]>;
  /** Makes a directory and its parents; fine when it is there. */
  makeDirectory(path: string): Promise<void>;
  rename(from: string, to: string): Promise<void>;
  /** Removes a file, or a directory with all it holds; fine when it is gone. */
  remove(path: string): Promise<void>;
  /** Flushes a directory's entries. */
  syncDirectory(path: string): Promise<void>;
  /** Locks a file against other processes and other brokers of this one; rejects with a `LockHeldError`. */
  lock(path: string): Promise<FileLock>;
  /** How many files and sockets this process may have open; `Infinity` when nothing says. */
  readonly mostDescriptors: number;
  /** Synchronous reads, for start-up only. */
  readonly startup: StartupReads;
}

/**
 * Reads that hold the event loop. Thousands of small files are read at start-up, when nobody waits for anything else; a
 * trip through the thread pool for each costs three times as much as the read (35 µs against 12 µs on Node 20).
 */
export interface StartupReads {
  /** As `FileSystem.list`. */
  list(path: string): DirectoryEntry[];
  /** The file's bytes, or `null` when there is no such file. */
  readFile(path: string): Buffer | null;
  /** Throws ENOENT. */
  stat(path: string): FileStat;
  /** Reads into the whole of `buffer` from `position`; returns how many bytes were there. */
  read(path: string, buffer: Buffer, position: number): number;
}

export interface DirectoryEntry {
  readonly name: string;
  readonly isDirectory: boolean;
}

export interface DiskSpace {
  readonly totalBytes: number;
  /** What this process may still write. */
  readonly usableBytes: number;
}

export interface FileStat {
  readonly size: number;
  readonly modifiedMs: number;
}

/**
 * The bytes of a file that does not change, for small reads that must not wait: mapped into memory where the platform
 * has that, else read. They are nobody's once it is closed: a view of them that was kept may end the process.
 */
export interface SealedFile {
  readonly bytes: Buffer;
  /** Whether the bytes are the page cache's, and not this process's memory. */
  readonly isMapped: boolean;
  close(): void;
}

/** The name of the file that one called `name` was about to replace; `undefined` when it is no temporary file. Kafka's, too. */
export function replacedBy(name: string): string | undefined {
  return /^(.+?)(?:\.\d+-\d+)?\.tmp$/.exec(name)?.[1];
}

/** Whether the system's call failed (ENOSPC, EIO …), and not the program. */
export function isOfFileSystem(error: unknown): error is Error & { readonly code: string } {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' && /^E[A-Z0-9]+$/.test(error.code);
}

/** An open file. Reads and writes are positioned; nothing depends on a cursor. */
export interface File {
  readonly path: string;
  size(): Promise<number>;
  /** Reads up to `length` bytes into `buffer` at `bufferOffset`; returns how many were there. */
  read(buffer: Buffer, bufferOffset: number, length: number, position: number): Promise<number>;
  /**
   * Reads what is in memory, without leaving the event loop and without waiting for the disk; returns how many bytes that
   * were, from `position` on. 0 says nothing: also where that cannot be told, and when enough was read in this turn.
   */
  readNow(buffer: Buffer, position: number): number;
  /** Writes all of `buffers` at `position`, or throws; a short write is continued, never hidden. */
  write(buffers: readonly Buffer[], position: number): Promise<void>;
  /** The same without leaving the event loop; for small writes on a disk that has been fast. */
  writeSync(buffers: readonly Buffer[], position: number): void;
  truncate(size: number): Promise<void>;
  /** fsync. */
  sync(): Promise<void>;
  close(): Promise<void>;
}
