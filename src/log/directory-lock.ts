/** `.lock` of every directory that a broker writes to, so that no other broker, Apache Kafka's or Samsa, does. */
import type { FileLock } from '../platform/file-lock.ts';
import { LockHeldError } from '../platform/file-lock.ts';
import { type FileSystem, isOfFileSystem } from '../platform/file-system.ts';
import type { Logger } from '../platform/logger.ts';

const LOCK_FILE = '.lock';

/** Another broker works on the directory. */
export class DirectoryInUseError extends Error {
  override readonly name = 'DirectoryInUseError';
  readonly code = 'DIRECTORY_IN_USE';
}

export interface LockedDirectories {
  /** Those that the disk does not let be used, with why. */
  readonly failed: ReadonlyMap<string, Error>;
  release(): Promise<void>;
}

/**
 * Makes the directories that are missing and locks them all, but for those whose disk fails. A file that a broker left
 * behind locks nothing.
 * @param directories absolute paths
 * @returns rejects with a `DirectoryInUseError` that names the directory and the process that has it; then nothing is locked
 */
export async function lockDirectories(
  directories: Iterable<string>,
  fs: FileSystem,
  logger: Logger,
): Promise<LockedDirectories> {
  const locks: FileLock[] = [];
  const failed = new Map<string, Error>();
  const release = async (): Promise<void> => {
    for (const lock of locks.splice(0)) await lock.release();
  };
  for (const directory of new Set(directories)) {
    try {
      locks.push(await lockDirectory(directory, fs));
      fs.startup.list(directory);
    } catch (error) {
      if (!isOfFileSystem(error)) {
        await release();
        throw error;
      }
      failed.set(directory, error);
    }
  }
  const weakness = locks.find((lock) => lock.weakness !== undefined)?.weakness;
  if (weakness !== undefined) {
    logger.warn({ weakness }, 'the log dirs are not locked against other processes; start no second broker on them');
  }
  return { failed, release };
}

async function lockDirectory(directory: string, fs: FileSystem): Promise<FileLock> {
  const path = `${directory}/${LOCK_FILE}`;
  try {
    await fs.makeDirectory(directory);
    return await fs.lock(path);
  } catch (error) {
    if (!(error instanceof LockHeldError)) throw error;
    const { holderPid } = error;
    const holder = holderPid === undefined ? 'another broker' : `another broker (process ${holderPid})`;
    throw new DirectoryInUseError(
      `${directory} is in use by ${holder}, which has locked ${path}; stop it, or set other log.dirs`,
    );
  }
}
