/**
 * The files of one segment by their names, which change while it is in use: with a suffix of its own when compaction
 * makes it or when it leaves the log, and with the log's directory.
 */
import type { FileSystem } from '../platform/file-system.ts';
import { type SegmentSuffix, segmentFileName, type TransientSuffix } from './file-names.ts';
import type { IndexCache } from './index-cache.ts';
import type { OpenFiles } from './open-files.ts';

/** Where a log's files are; the directory is renamed when the log is deleted. */
export interface Place {
  readonly fs: FileSystem;
  readonly indexes: IndexCache;
  readonly files: OpenFiles;
  directory: string;
  /** A renaming of the directory that is going on: only after it `directory` is right. */
  moving?: Promise<void>;
}

const SUFFIXES = ['.log', '.index', '.timeindex', '.txnindex'] as const;

export class SegmentFiles {
  readonly place: Place;
  readonly baseOffset: number;
  /** Behind the names, while compaction makes the segment or after it was taken out of the log. */
  #suffix: TransientSuffix | '';
  #renamed: Promise<void> = Promise.resolve();
  #lastTurn: Promise<unknown> = Promise.resolve();

  constructor(place: Place, baseOffset: number, suffix: TransientSuffix | '') {
    this.place = place;
    this.baseOffset = baseOffset;
    this.#suffix = suffix;
  }

  path(suffix: SegmentSuffix): string {
    return `${this.place.directory}/${segmentFileName(this.baseOffset, suffix)}${this.#suffix}`;
  }

  /**
   * What makes, renames or removes files runs in the order of the calls, so that none is left under a name that the
   * others have lost. The names that `path` tells in the turn of the call are those that hold when `change` runs.
   */
  inTurn(change: () => Promise<void>): Promise<void> {
    const changed = this.#lastTurn.then(change);
    // The failure is the caller's.
    this.#lastTurn = changed.catch(() => {});
    return changed;
  }

  /**
   * Renames the files, the `.log` first: what a restart makes of a swap that was cut short relies on it. An open file
   * serves on.
   */
  changeSuffix(suffix: TransientSuffix | ''): Promise<void> {
    const { fs } = this.place;
    const before = SUFFIXES.map((file) => this.path(file));
    this.#suffix = suffix;
    const after = SUFFIXES.map((file) => this.path(file));
    this.#renamed = this.inTurn(async () => {
      for (const [at, path] of before.entries()) if (await fs.exists(path)) await fs.rename(path, after[at]!);
    });
    return this.#renamed;
  }

  remove(): Promise<void> {
    const paths = SUFFIXES.map((file) => this.path(file));
    return this.inTurn(async () => {
      await Promise.all(paths.map((path) => this.place.fs.remove(path)));
    });
  }

  /** Goes to one of the files by its name; again, when the name changed on the way. */
  async at<T>(go: () => Promise<T>): Promise<T> {
    for (;;) {
      const renamed = this.#renamed;
      await renamed;
      await this.place.moving;
      const { directory } = this.place;
      try {
        return await go();
      } catch (error) {
        if (!isMissing(error)) throw error;
        await this.place.moving;
        if (renamed === this.#renamed && directory === this.place.directory) throw error;
      }
    }
  }

  /** The same; `undefined` for a file that is not there. */
  async ifThere<T>(go: () => Promise<T>): Promise<T | undefined> {
    try {
      return await this.at(go);
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  }

  /** When the `.log` was last written to; `undefined` when it is not there. */
  async modifiedMs(): Promise<number | undefined> {
    return (await this.ifThere(() => this.place.fs.stat(this.path('.log'))))?.modifiedMs;
  }

  /** Dates the files. */
  async setModifiedMs(modifiedMs: number): Promise<void> {
    for (const file of ['.log', '.index', '.timeindex'] as const) {
      await this.place.fs.setModifiedMs(this.path(file), modifiedMs);
    }
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
