/**
 * The lock that Java's `FileChannel.tryLock` takes: a write lock on the whole file by fcntl, which ends with its process
 * however that ends. Node has no call for it; koffi makes it.
 *
 * POSIX locks belong to the process and go when it closes any descriptor of the file: so a registry here tells two
 * brokers of one process apart, and nothing else may open the file.
 */
import * as fs from 'node:fs';
import { promises } from 'node:fs';
import { constants } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { loadKoffi } from './native.ts';

export interface FileLock {
  /** Ends the lock; the file stays. */
  release(): Promise<void>;
  /** Why another process would not be kept out; undefined when it is. */
  readonly weakness: string | undefined;
}

/** Somebody else has the lock. */
export class LockHeldError extends Error {
  override readonly name = 'LockHeldError';
  readonly code = 'LOCK_HELD';
  /** Undefined when the system does not tell. */
  readonly holderPid: number | undefined;

  constructor(path: string, holderPid: number | undefined) {
    super(`${path} is locked`);
    this.holderPid = holderPid;
  }
}

/** Returns 0, or the errno. */
type Fcntl = (descriptor: number, command: number, flock: Buffer) => number;

/** `struct flock` and its commands, as the 64-bit systems lay them out. */
interface FlockLayout {
  readonly setLock: number;
  readonly getLock: number;
  readonly writeLock: number;
  readonly typeAt: number;
  readonly pidAt: number;
}

const FLOCK_BYTES = 64;
/** Read from <fcntl.h> of glibc, musl and macOS. */
const LAYOUTS: Partial<Record<NodeJS.Platform, FlockLayout>> = {
  linux: { setLock: 6, getLock: 5, writeLock: 1, typeAt: 0, pidAt: 24 },
  darwin: { setLock: 8, getLock: 7, writeLock: 3, typeAt: 20, pidAt: 16 },
};

const openDescriptor = promisify(fs.open);
const closeDescriptor = promisify(fs.close);

/** Real paths of the files that this process has locked. */
const lockedHere = new Set<string>();

/** Locks `path`, which is made when it is missing. Rejects with a `LockHeldError`, or with Node's error of the open. */
export async function lockFile(path: string): Promise<FileLock> {
  const realPath = join(await promises.realpath(dirname(path)), basename(path));
  // Before it is opened: closing it again would end the lock that is held.
  if (lockedHere.has(realPath)) throw new LockHeldError(path, process.pid);
  lockedHere.add(realPath);
  let descriptor: number | undefined;
  try {
    descriptor = await openDescriptor(realPath, fs.constants.O_RDWR | fs.constants.O_CREAT, 0o644);
    const weakness = lockDescriptor(path, descriptor);
    return { weakness, release: () => release(realPath, descriptor!) };
  } catch (error) {
    if (descriptor === undefined) lockedHere.delete(realPath);
    else await release(realPath, descriptor);
    throw error;
  }
}

async function release(realPath: string, descriptor: number): Promise<void> {
  await closeDescriptor(descriptor);
  lockedHere.delete(realPath);
}

/** Returns why other processes are not kept out; undefined when they are. */
function lockDescriptor(path: string, descriptor: number): string | undefined {
  const layout = LAYOUTS[process.platform];
  if (layout === undefined) return `locks are not known for ${process.platform}`;
  let fcntl: Fcntl;
  try {
    fcntl = loadFcntl();
  } catch (error) {
    return `koffi cannot be loaded: ${error instanceof Error ? error.message : String(error)}`;
  }
  const flock = Buffer.alloc(FLOCK_BYTES);
  flock.writeInt16LE(layout.writeLock, layout.typeAt);
  const errno = fcntl(descriptor, layout.setLock, flock);
  if (errno === 0) return undefined;
  if (errno !== constants.errno.EAGAIN && errno !== constants.errno.EACCES) {
    return `the file system refuses a lock (errno ${errno})`;
  }
  flock.fill(0);
  flock.writeInt16LE(layout.writeLock, layout.typeAt);
  const isTold = fcntl(descriptor, layout.getLock, flock) === 0;
  const pid = isTold ? flock.readInt32LE(layout.pidAt) : 0;
  throw new LockHeldError(path, pid > 0 ? pid : undefined);
}

function loadFcntl(): Fcntl {
  const koffi = loadKoffi();
  const call = koffi.load(null).func('int fcntl(int, int, ...)');
  return (descriptor, command, flock) => (call(descriptor, command, 'void *', flock) === 0 ? 0 : koffi.errno());
}
