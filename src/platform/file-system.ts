/**
 * The file system as a port: Node's in production (`node-file-system.ts`), one in memory with crashes and faults in
 * tests, simulation and memory mode (`memory-file-system.ts`). Paths are absolute. Failures are Node's errors with their
 * `code` (ENOENT, ENOSPC, EIO …).
 */
export interface FileSystem {
  /** Opens for reading and writing; `create` makes the file when it is missing. */
  open(path: string, options?: { readonly create?: boolean }): Promise<File>;
  readFile(path: string): Promise<Buffer>;
  /** Writes `path` whole and durably: a temporary file, fsync, rename over, fsync of the directory. */
  replaceFile(path: string, data: Buffer | string): Promise<void>;
  exists(path: string): Promise<boolean>;
  /** Names in a directory, with their kind; throws ENOENT. */
  list(path: string): Promise<{ readonly name: string; readonly isDirectory: boolean }[]>;
  /** Makes a directory and its parents; fine when it is there. */
  makeDirectory(path: string): Promise<void>;
  rename(from: string, to: string): Promise<void>;
  /** Removes a file, or a directory with all it holds; fine when it is gone. */
  remove(path: string): Promise<void>;
  /** Flushes a directory's entries. */
  syncDirectory(path: string): Promise<void>;
}

/** An open file. Reads and writes are positioned; nothing depends on a cursor. */
export interface File {
  readonly path: string;
  size(): Promise<number>;
  /** Reads up to `length` bytes into `buffer` at `bufferOffset`; returns how many were there. */
  read(buffer: Buffer, bufferOffset: number, length: number, position: number): Promise<number>;
  /** Writes all of `buffers` at `position`, or throws; a short write is continued, never hidden. */
  write(buffers: readonly Buffer[], position: number): Promise<void>;
  /** The same without leaving the event loop; for small writes on a disk that has been fast. */
  writeSync(buffers: readonly Buffer[], position: number): void;
  truncate(size: number): Promise<void>;
  /** fsync. */
  sync(): Promise<void>;
  close(): Promise<void>;
}
