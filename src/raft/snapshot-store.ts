/** The snapshots of the metadata log: Kafka's `.checkpoint` files beside the log's segments. */
import { join } from 'node:path';
import type { File, FileSystem } from '../platform/file-system.ts';
import type { Random } from '../platform/random.ts';
import { checkpointName } from './checkpoint.ts';
import type { OffsetAndEpoch } from './messages.ts';

/** A snapshot that is being written; it counts when it is frozen, and leaves nothing behind when it is not. */
export interface PartialSnapshot {
  readonly id: OffsetAndEpoch;
  readonly size: number;
  append(bytes: Buffer): Promise<void>;
  /** Makes it durable under its name. */
  freeze(): Promise<void>;
  abandon(): Promise<void>;
}

/** A port: the files of a directory in production, memory in simulation. */
export interface SnapshotStore {
  /** Those that are whole, the oldest first. */
  readonly ids: readonly OffsetAndEpoch[];
  create(id: OffsetAndEpoch): Promise<PartialSnapshot>;
  size(id: OffsetAndEpoch): Promise<number>;
  read(id: OffsetAndEpoch, position: number, length: number): Promise<Buffer>;
  remove(id: OffsetAndEpoch): Promise<void>;
}

const NAME = /^(\d{20})-(\d{10})\.checkpoint$/;
const PARTIAL = /\.checkpoint\.part$/;
/** A name that Kafka gives a snapshot before it removes it. */
const DELETED = /\.checkpoint\.deleted$/;

export function sameSnapshot(a: OffsetAndEpoch, b: OffsetAndEpoch): boolean {
  return a.endOffset === b.endOffset && a.epoch === b.epoch;
}

export class SnapshotFiles implements SnapshotStore {
  readonly #fs: FileSystem;
  readonly #directory: string;
  readonly #random: Random;
  #ids: OffsetAndEpoch[];

  private constructor(fs: FileSystem, directory: string, random: Random, ids: OffsetAndEpoch[]) {
    this.#fs = fs;
    this.#directory = directory;
    this.#random = random;
    this.#ids = ids;
  }

  /** What a crash left half written, or half removed, goes. */
  static async open(fs: FileSystem, directory: string, random: Random): Promise<SnapshotFiles> {
    const names = fs.startup.list(directory).map(({ name }) => name);
    for (const name of names) {
      if (PARTIAL.test(name) || DELETED.test(name)) await fs.remove(join(directory, name));
    }
    const ids = names.flatMap((name) => {
      const match = NAME.exec(name);
      return match === null ? [] : [{ endOffset: Number(match[1]), epoch: Number(match[2]) }];
    });
    return new SnapshotFiles(fs, directory, random, ids.sort(byOffset));
  }

  get ids(): readonly OffsetAndEpoch[] {
    return this.#ids;
  }

  async create(id: OffsetAndEpoch): Promise<PartialSnapshot> {
    const name = checkpointName(id.endOffset, id.epoch);
    const unique = this.#random.bytes(6).readUIntBE(0, 6);
    const path = join(this.#directory, `${name.replace('.checkpoint', '')}-${unique}.checkpoint.part`);
    const file = await this.#fs.open(path, { create: true });
    return new PartialFile(id, file, this.#fs, {
      directory: this.#directory,
      name,
      frozen: () => {
        this.#ids = [...this.#ids.filter((known) => !sameSnapshot(known, id)), id].sort(byOffset);
      },
    });
  }

  async size(id: OffsetAndEpoch): Promise<number> {
    return (await this.#fs.stat(this.#path(id))).size;
  }

  async read(id: OffsetAndEpoch, position: number, length: number): Promise<Buffer> {
    const file = await this.#fs.open(this.#path(id));
    try {
      const buffer = Buffer.allocUnsafe(length);
      return buffer.subarray(0, await file.read(buffer, 0, length, position));
    } finally {
      await file.close();
    }
  }

  async remove(id: OffsetAndEpoch): Promise<void> {
    this.#ids = this.#ids.filter((known) => !sameSnapshot(known, id));
    await this.#fs.remove(this.#path(id));
  }

  #path({ endOffset, epoch }: OffsetAndEpoch): string {
    return join(this.#directory, checkpointName(endOffset, epoch));
  }
}

interface Target {
  readonly directory: string;
  readonly name: string;
  readonly frozen: () => void;
}

class PartialFile implements PartialSnapshot {
  readonly id: OffsetAndEpoch;
  readonly #file: File;
  readonly #fs: FileSystem;
  readonly #target: Target;
  #size = 0;

  constructor(id: OffsetAndEpoch, file: File, fs: FileSystem, target: Target) {
    this.id = id;
    this.#file = file;
    this.#fs = fs;
    this.#target = target;
  }

  get size(): number {
    return this.#size;
  }

  async append(bytes: Buffer): Promise<void> {
    await this.#file.write([bytes], this.#size);
    this.#size += bytes.length;
  }

  async freeze(): Promise<void> {
    await this.#file.sync();
    await this.#file.close();
    await this.#fs.rename(this.#file.path, join(this.#target.directory, this.#target.name));
    await this.#fs.syncDirectory(this.#target.directory);
    this.#target.frozen();
  }

  async abandon(): Promise<void> {
    await this.#file.close();
    await this.#fs.remove(this.#file.path);
  }
}

function byOffset(a: OffsetAndEpoch, b: OffsetAndEpoch): number {
  return a.endOffset - b.endOffset || a.epoch - b.epoch;
}
