/** The file system of the machine, through Node's descriptors: no streams, no `FileHandle` (its garbage is measurable). */
import * as fs from 'node:fs';
import { promises } from 'node:fs';
import { dirname } from 'node:path';
import { CachedReads, type Device } from './cached-reads.ts';
import { type FileLock, lockFile } from './file-lock.ts';
import type { DirectoryEntry, DiskSpace, File, FileStat, FileSystem, SealedFile, StartupReads } from './file-system.ts';
import { loadMapFile, type MapFile } from './mapped-memory.ts';

/** The most buffers that one writev takes (IOV_MAX on Linux and macOS). */
const MOST_BUFFERS_A_WRITE = 1024;
/** A file of one page is read: a map would take as much, and a place in the kernel's list of maps. */
const SMALLEST_MAP_BYTES = 4097;
/** Where bytes go that are read only to have them in the page cache; whoever reads next writes over them. */
const warmUp = Buffer.allocUnsafeSlow(256 * 1024);

export class NodeFileSystem implements FileSystem {
  readonly startup: StartupReads = nodeStartupReads;
  readonly mostDescriptors = descriptorLimit();
  #temporaries = 0;
  #mapFile: MapFile | undefined | null = null;
  readonly #cachedReads = new CachedReads();
  readonly #usesMaps: boolean;

  /** @param usesMaps whether sealed files are mapped where the platform has it */
  constructor({ usesMaps = true } = {}) {
    this.#usesMaps = usesMaps;
  }

  async open(path: string, options: { readonly create?: boolean } = {}): Promise<File> {
    const flags = fs.constants.O_RDWR | (options.create === true ? fs.constants.O_CREAT : 0);
    return new NodeFile(path, await openDescriptor(path, flags), this.#cachedReads);
  }

  readFile(path: string): Promise<Buffer> {
    return promises.readFile(path);
  }

  /**
   * A map's first touch of a page waits for the disk and holds the event loop, and a disk that fails then ends the
   * process. So the file is read once before, through the thread pool, where it is an error like any other.
   */
  async openSealed(path: string): Promise<SealedFile> {
    const file = new NodeFile(path, await openDescriptor(path, fs.constants.O_RDONLY), this.#cachedReads);
    try {
      const size = await file.size();
      const map = size < SMALLEST_MAP_BYTES ? undefined : this.#mapper();
      if (map !== undefined) {
        for (let at = 0; at < size; at += warmUp.length)
          await file.read(warmUp, 0, Math.min(warmUp.length, size - at), at);
        const mapped = map(file.descriptor, size);
        if (mapped !== undefined) return { bytes: mapped.bytes, isMapped: true, close: mapped.unmap };
      }
      const bytes = Buffer.allocUnsafeSlow(size);
      const count = await file.read(bytes, 0, size, 0);
      return { bytes: bytes.subarray(0, count), isMapped: false, close: () => {} };
    } finally {
      await file.close();
    }
  }

  #mapper(): MapFile | undefined {
    if (this.#mapFile === null) this.#mapFile = this.#usesMaps ? loadMapFile() : undefined;
    return this.#mapFile;
  }

  async writeFile(path: string, data: Buffer | string, options: { readonly sync?: boolean } = {}): Promise<void> {
    await promises.writeFile(path, data, { flush: options.sync === true });
  }

  async replaceFile(path: string, data: Buffer | string): Promise<void> {
    const temporary = `${path}.${process.pid}-${this.#temporaries++}.tmp`;
    try {
      await promises.writeFile(temporary, data, { flush: true });
      await promises.rename(temporary, path);
    } catch (error) {
      await promises.rm(temporary, { force: true }).catch(() => {});
      throw error;
    }
    await this.syncDirectory(dirname(path));
  }

  async exists(path: string): Promise<boolean> {
    try {
      await promises.access(path);
      return true;
    } catch (error) {
      if (isMissing(error)) return false;
      throw error;
    }
  }

  async stat(path: string): Promise<FileStat> {
    const { size, mtimeMs } = await promises.stat(path);
    return { size, modifiedMs: Math.floor(mtimeMs) };
  }

  async space(path: string): Promise<DiskSpace> {
    const { bsize, blocks, bavail } = await promises.statfs(path);
    return { totalBytes: blocks * bsize, usableBytes: bavail * bsize };
  }

  async setModifiedMs(path: string, modifiedMs: number): Promise<void> {
    // Seconds are a double and cut to µs on the way: the half keeps the millisecond.
    const seconds = (modifiedMs + 0.5) / 1000;
    await promises.utimes(path, seconds, seconds);
  }

  async list(path: string): Promise<DirectoryEntry[]> {
    const entries = await promises.readdir(path, { withFileTypes: true });
    return entries.map((entry) => ({ name: entry.name, isDirectory: entry.isDirectory() }));
  }

  lock(path: string): Promise<FileLock> {
    return lockFile(path);
  }

  async makeDirectory(path: string): Promise<void> {
    await promises.mkdir(path, { recursive: true });
  }

  rename(from: string, to: string): Promise<void> {
    return promises.rename(from, to);
  }

  remove(path: string): Promise<void> {
    return promises.rm(path, { recursive: true, force: true });
  }

  async syncDirectory(path: string): Promise<void> {
    // Windows cannot open a directory, and needs no flush of one.
    if (process.platform === 'win32') return;
    const descriptor = await openDescriptor(path, fs.constants.O_RDONLY);
    try {
      await sync(descriptor);
    } finally {
      await closeDescriptor(descriptor);
    }
  }
}

const nodeStartupReads: StartupReads = {
  list: (path) =>
    fs.readdirSync(path, { withFileTypes: true }).map((e) => ({ name: e.name, isDirectory: e.isDirectory() })),
  readFile(path) {
    try {
      return fs.readFileSync(path);
    } catch (error) {
      if (isMissing(error)) return null;
      throw error;
    }
  },
  stat(path) {
    const { size, mtimeMs } = fs.statSync(path);
    return { size, modifiedMs: Math.floor(mtimeMs) };
  },
  read(path, buffer, position) {
    const descriptor = fs.openSync(path, 'r');
    try {
      let done = 0;
      while (done < buffer.length) {
        const count = fs.readSync(descriptor, buffer, done, buffer.length - done, position + done);
        if (count === 0) break;
        done += count;
      }
      return done;
    } finally {
      fs.closeSync(descriptor);
    }
  },
};

/** `ulimit -n`, which Node raises to the hard limit when it starts; Linux alone tells it. */
function descriptorLimit(): number {
  if (process.platform !== 'linux') return Number.POSITIVE_INFINITY;
  const limits = nodeStartupReads.readFile('/proc/self/limits')?.toString() ?? '';
  const most = /^Max open files +(\d+)/m.exec(limits)?.[1];
  return most === undefined ? Number.POSITIVE_INFINITY : Number(most);
}

class NodeFile implements File {
  readonly path: string;
  readonly #descriptor: number;
  readonly #cachedReads: CachedReads;
  /** Null while it is being asked for. */
  #device: Device | null | undefined;
  #isClosed = false;

  constructor(path: string, descriptor: number, cachedReads: CachedReads) {
    this.path = path;
    this.#descriptor = descriptor;
    this.#cachedReads = cachedReads;
  }

  size(): Promise<number> {
    return new Promise((resolve, reject) => {
      fs.fstat(this.descriptor, (error, stats) => (error === null ? resolve(stats.size) : reject(error)));
    });
  }

  async read(buffer: Buffer, bufferOffset: number, length: number, position: number): Promise<number> {
    let done = 0;
    while (done < length) {
      const count = await this.#readOnce(buffer, bufferOffset + done, length - done, position + done);
      if (count === 0) break;
      done += count;
    }
    return done;
  }

  #readOnce(buffer: Buffer, bufferOffset: number, length: number, position: number): Promise<number> {
    return new Promise((resolve, reject) => {
      fs.read(this.descriptor, buffer, bufferOffset, length, position, (error, count) =>
        error === null ? resolve(count) : reject(error),
      );
    });
  }

  readNow(buffer: Buffer, position: number): number {
    if (this.#device === undefined) this.#findDevice();
    return this.#device == null ? 0 : this.#cachedReads.read(this.#device, this.descriptor, buffer, position);
  }

  #findDevice(): void {
    this.#device = null;
    this.#cachedReads.deviceOf(this.path).then(
      (device) => {
        this.#device = device;
      },
      // The file has another name by now: the next read asks by the path that it was opened with again.
      () => {
        this.#device = undefined;
      },
    );
  }

  async write(buffers: readonly Buffer[], position: number): Promise<void> {
    let rest = buffers;
    let at = position;
    while (rest.length > 0) {
      const written = await this.#writeOnce(rest.slice(0, MOST_BUFFERS_A_WRITE), at);
      at += written;
      rest = after(rest, written);
    }
  }

  #writeOnce(buffers: Buffer[], position: number): Promise<number> {
    return new Promise((resolve, reject) => {
      fs.writev(this.descriptor, buffers, position, (error, written) =>
        error === null ? resolve(written) : reject(error),
      );
    });
  }

  writeSync(buffers: readonly Buffer[], position: number): void {
    let rest = buffers;
    let at = position;
    while (rest.length > 0) {
      const written =
        rest.length === 1
          ? fs.writeSync(this.descriptor, rest[0]!, 0, rest[0]!.length, at)
          : fs.writevSync(this.descriptor, rest.slice(0, MOST_BUFFERS_A_WRITE), at);
      at += written;
      rest = after(rest, written);
    }
  }

  truncate(size: number): Promise<void> {
    return new Promise((resolve, reject) => {
      fs.ftruncate(this.descriptor, size, (error) => (error === null ? resolve() : reject(error)));
    });
  }

  sync(): Promise<void> {
    return sync(this.descriptor);
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await closeDescriptor(this.#descriptor);
  }

  /** The descriptor; a number that another file may have been given must never be used after `close`. */
  get descriptor(): number {
    if (this.#isClosed) throw Object.assign(new Error(`${this.path} is closed`), { code: 'EBADF' });
    return this.#descriptor;
  }
}

/** What is left of `buffers` once `written` bytes are gone. */
function after(buffers: readonly Buffer[], written: number): readonly Buffer[] {
  let index = 0;
  let skipped = written;
  while (index < buffers.length && skipped >= buffers[index]!.length) skipped -= buffers[index++]!.length;
  if (index === buffers.length) return [];
  const rest = buffers.slice(index);
  if (skipped > 0) rest[0] = rest[0]!.subarray(skipped);
  return rest;
}

function openDescriptor(path: string, flags: number): Promise<number> {
  return new Promise((resolve, reject) => {
    fs.open(path, flags, 0o644, (error, descriptor) => (error === null ? resolve(descriptor) : reject(error)));
  });
}

function closeDescriptor(descriptor: number): Promise<void> {
  return new Promise((resolve, reject) => {
    fs.close(descriptor, (error) => (error === null || error === undefined ? resolve() : reject(error)));
  });
}

function sync(descriptor: number): Promise<void> {
  return new Promise((resolve, reject) => {
    fs.fsync(descriptor, (error) => (error === null ? resolve() : reject(error)));
  });
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
