/** Where each leader epoch began in a log: Kafka's `LeaderEpochFileCache`, without the file. */
import type { EpochEntry } from './checkpoint-file.ts';

export class LeaderEpochs {
  #entries: EpochEntry[] = [];
  #version = 0;

  constructor(entries: Iterable<EpochEntry> = []) {
    for (const { epoch, startOffset } of entries) this.assign(epoch, startOffset);
    this.#version = 0;
  }

  /** Grows with every change; the file is stale when it was written at another version. */
  get version(): number {
    return this.#version;
  }

  get entries(): readonly EpochEntry[] {
    return this.#entries;
  }

  get latest(): EpochEntry | undefined {
    return this.#entries.at(-1);
  }

  get earliest(): EpochEntry | undefined {
    return this.#entries[0];
  }

  /** Records that `epoch` begins at `startOffset`; entries that contradict it go. */
  assign(epoch: number, startOffset: number): void {
    const { latest } = this;
    if (latest !== undefined && latest.epoch === epoch && startOffset >= latest.startOffset) return;
    if (epoch < 0 || startOffset < 0) throw new RangeError(`epoch ${epoch} at offset ${startOffset} cannot be`);
    while (this.#entries.length > 0) {
      const last = this.#entries.at(-1)!;
      if (last.epoch < epoch && last.startOffset < startOffset) break;
      this.#entries.pop();
    }
    this.#entries.push({ epoch, startOffset });
    this.#version++;
  }

  /**
   * Where `epoch` ended: the start of the next one, or `logEndOffset` for the latest. For an epoch that is not there
   * the largest one below it answers. `undefined` for an epoch above the latest.
   */
  endOffsetFor(epoch: number, logEndOffset: number): { leaderEpoch: number; endOffset: number } | undefined {
    if (epoch < 0) return undefined;
    if (this.latest?.epoch === epoch) return { leaderEpoch: epoch, endOffset: logEndOffset };
    const higher = this.#entries.findIndex((entry) => entry.epoch > epoch);
    if (higher < 0) return undefined;
    return { leaderEpoch: this.#entries[higher - 1]?.epoch ?? epoch, endOffset: this.#entries[higher]!.startOffset };
  }

  /** The epoch that the record at `offset` was written in. */
  epochFor(offset: number): number | undefined {
    for (let at = this.#entries.length - 1; at >= 0; at--) {
      if (this.#entries[at]!.startOffset <= offset) return this.#entries[at]!.epoch;
    }
    return undefined;
  }

  /** Drops the epochs that begin at or above `endOffset`. */
  truncateFromEnd(endOffset: number): void {
    while (this.#entries.length > 0 && this.#entries.at(-1)!.startOffset >= endOffset) {
      this.#entries.pop();
      this.#version++;
    }
  }

  /** Lets the epoch of `startOffset` begin there, and drops those before it. */
  truncateFromStart(startOffset: number): void {
    let kept = this.#entries.findIndex((entry) => entry.startOffset > startOffset);
    if (kept < 0) kept = this.#entries.length;
    if (kept === 0) return;
    const { epoch, startOffset: before } = this.#entries[kept - 1]!;
    if (kept === 1 && before === startOffset) return;
    this.#entries.splice(0, kept, { epoch, startOffset });
    this.#version++;
  }

  clear(): void {
    this.#entries = [];
    this.#version++;
  }
}
