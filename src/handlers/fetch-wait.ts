/** What a parked fetch waits for: enough bytes over its partitions, or a change in how one of them stands. */
import type { Isolation } from '../log/log.ts';
import type { Partition } from '../replication/partition.ts';

/** How a partition stood before it was read: what comes after that is news to the reader. */
export interface Standing {
  readonly partition: Partition;
  readonly leaderEpoch: number;
  readonly endOffset: number;
  readonly appendedBytes: number;
}

/** A partition that was read, and what was there. */
export interface Watched extends Standing {
  readonly logStartOffset: number;
  /** What counts of it already. */
  readonly availableBytes: number;
}

export class FetchWait {
  readonly #watched: ReadonlyMap<string, Watched>;
  readonly #minBytes: number;
  readonly #isolation: Isolation;
  /** There by the last look, by partition and in all: an append to one of a thousand partitions is one look. */
  readonly #bytesOf = new Map<string, number>();
  #bytes = 0;

  constructor(watched: readonly Watched[], minBytes: number, isolation: Isolation) {
    this.#watched = new Map(watched.map((each) => [each.partition.name, each]));
    this.#minBytes = minBytes;
    this.#isolation = isolation;
  }

  /** The names of the partitions, under which it is stirred. */
  get keys(): string[] {
    return [...this.#watched.keys()];
  }

  /** Whether it is over, now that something happened to the partition `key`, or by a look at all of them. */
  isOver(key?: string): boolean {
    if (key !== undefined) {
      if (this.#hasChanged(key)) return true;
    } else {
      for (const each of this.#watched.keys()) if (this.#hasChanged(each)) return true;
    }
    return this.#bytes >= this.#minBytes;
  }

  /** Counts what is there in a partition, unless it does not stand as it did. */
  #hasChanged(key: string): boolean {
    const watched = this.#watched.get(key);
    if (watched === undefined) return false;
    const { partition, leaderEpoch, logStartOffset, endOffset, appendedBytes, availableBytes } = watched;
    if (!partition.isLeader || partition.leaderEpoch !== leaderEpoch) return true;
    if (partition.log.logStartOffset !== logStartOffset) return true;
    const isMoreThere = partition.endOffset(this.#isolation) > endOffset;
    const bytes = availableBytes + (isMoreThere ? partition.appendedBytes - appendedBytes : 0);
    this.#bytes += bytes - (this.#bytesOf.get(key) ?? 0);
    this.#bytesOf.set(key, bytes);
    return false;
  }
}
