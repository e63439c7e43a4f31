/** A metadata log in memory, for tests of what stands on it: appends at once, counts flushes, fails on demand. */
import { BatchView, batches } from '../../protocol/records/batch.ts';
import type { RaftLog } from '../../src/raft/raft-log.ts';

/** What survives a close, or a crash: the bytes that were flushed. */
export interface FakeDisk {
  bytes: Buffer;
}

export class FakeRaftLog implements RaftLog {
  readonly logStartOffset = 0;
  readonly #disk: FakeDisk;
  #written: Buffer;
  highWatermark = 0;
  flushes = 0;
  /** The next flush or append rejects with it. */
  failure: Error | undefined;

  constructor(disk: FakeDisk) {
    this.#disk = disk;
    this.#written = disk.bytes;
  }

  get logEndOffset(): number {
    return [...batches(this.#written)].at(-1)?.nextOffset ?? 0;
  }

  get sizeInBytes(): number {
    return this.#written.length;
  }

  appendAsFollower(): Promise<never> {
    throw new Error('a node alone follows nobody');
  }

  endOffsetForEpoch(): null {
    return null;
  }

  truncateTo(): Promise<never> {
    throw new Error('a node alone is right');
  }

  truncateFullyAndStartAt(): Promise<never> {
    throw new Error('a node alone is right');
  }

  incrementLogStartOffset(): void {}

  async deleteOldSegments(): Promise<number> {
    return 0;
  }

  latestEpoch(): number | undefined {
    return [...batches(this.#written)].at(-1)?.partitionLeaderEpoch;
  }

  async appendAsLeader(
    records: Buffer,
    options: { readonly leaderEpoch: number },
  ): Promise<{ readonly baseOffset: number; readonly lastOffset: number }> {
    if (this.failure !== undefined) throw this.failure;
    const baseOffset = this.logEndOffset;
    const view = new BatchView(records);
    view.setBaseOffset(baseOffset);
    view.setPartitionLeaderEpoch(options.leaderEpoch);
    this.#written = Buffer.concat([this.#written, records]);
    return { baseOffset, lastOffset: view.lastOffset };
  }

  async read(startOffset: number): Promise<{ readonly records: readonly Buffer[] }> {
    const first = [...batches(this.#written)].find((batch) => batch.lastOffset >= startOffset);
    return { records: first === undefined ? [] : [first.bytes()] };
  }

  updateHighWatermark(offset: number): void {
    this.highWatermark = offset;
  }

  async flush(): Promise<void> {
    if (this.failure !== undefined) throw this.failure;
    this.flushes++;
    this.#disk.bytes = this.#written;
  }

  async close(): Promise<void> {
    if (this.failure === undefined) await this.flush();
  }
}
