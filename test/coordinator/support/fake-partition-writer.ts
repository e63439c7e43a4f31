import { BatchView, batches } from '../../../protocol/records/batch.ts';
import type { PartitionWriter, TopicPartition } from '../../../src/coordinator/runtime/partition-writer.ts';

interface HeldAppend {
  readonly finish: () => void;
  readonly fail: (error: Error) => void;
}

interface FakeLog {
  batches: Buffer[];
  logEndOffset: number;
  highWatermark: number;
  readonly listeners: Set<(highWatermark: number) => void>;
}

/** Logs in memory that commit at once, unless told to lag, to hold appends back, or to fail. */
export class FakePartitionWriter implements PartitionWriter {
  /** Whether the high watermark follows every append. */
  commitsAtOnce = true;
  /** Whether appends wait for `releaseNext` or `failNext`. */
  holdsAppends = false;
  /** The next append fails with it. */
  nextFailure: Error | null = null;
  readonly appends: { readonly partition: number; readonly leaderEpoch: number; readonly batch: Buffer }[] = [];
  readonly #held: HeldAppend[] = [];
  readonly #logs = new Map<number, FakeLog>();

  log(partition: number): FakeLog {
    let log = this.#logs.get(partition);
    if (log === undefined) {
      log = { batches: [], logEndOffset: 0, highWatermark: 0, listeners: new Set() };
      this.#logs.set(partition, log);
    }
    return log;
  }

  get numHeld(): number {
    return this.#held.length;
  }

  releaseNext(): void {
    this.#held.shift()!.finish();
  }

  failNext(error: Error): void {
    this.#held.shift()!.fail(error);
  }

  /** Moves a partition's high watermark, by default to the log's end. */
  commit(partition: number, highWatermark = this.log(partition).logEndOffset): void {
    const log = this.log(partition);
    log.highWatermark = highWatermark;
    for (const listener of [...log.listeners]) listener(highWatermark);
  }

  /** Puts batches in a log as they are, committed. */
  fill(partition: number, bytes: Buffer): void {
    const log = this.log(partition);
    for (const batch of batches(bytes)) {
      log.batches.push(batch.bytes());
      log.logEndOffset = batch.nextOffset;
    }
    log.highWatermark = log.logEndOffset;
  }

  /** Cuts a log's end off, as another leader's would. */
  truncate(partition: number, offset: number): void {
    const log = this.log(partition);
    log.batches = log.batches.filter((bytes) => new BatchView(bytes).nextOffset <= offset);
    log.logEndOffset = offset;
  }

  append({ partition }: TopicPartition, batch: Buffer, leaderEpoch: number): Promise<{ lastOffset: number }> {
    this.appends.push({ partition, leaderEpoch, batch });
    const failure = this.nextFailure;
    this.nextFailure = null;
    if (failure !== null) return Promise.reject(failure);
    if (!this.holdsAppends) return Promise.resolve(this.#write(partition, batch));
    return new Promise((resolve, reject) => {
      this.#held.push({ finish: () => resolve(this.#write(partition, batch)), fail: reject });
    });
  }

  #write(partition: number, bytes: Buffer): { lastOffset: number } {
    const log = this.log(partition);
    const batch = new BatchView(bytes);
    batch.setBaseOffset(log.logEndOffset);
    log.batches.push(bytes);
    log.logEndOffset = batch.nextOffset;
    if (this.commitsAtOnce) this.commit(partition);
    return { lastOffset: batch.lastOffset };
  }

  highWatermark({ partition }: TopicPartition): number {
    return this.log(partition).highWatermark;
  }

  onHighWatermark({ partition }: TopicPartition, listener: (highWatermark: number) => void): () => void {
    const { listeners } = this.log(partition);
    listeners.add(listener);
    return () => listeners.delete(listener);
  }

  async read({ partition }: TopicPartition, startOffset: number, maxBytes: number): Promise<{ records: Buffer[] }> {
    const records: Buffer[] = [];
    let sizeInBytes = 0;
    for (const bytes of this.log(partition).batches) {
      if (new BatchView(bytes).nextOffset <= startOffset) continue;
      if (records.length > 0 && sizeInBytes + bytes.length > maxBytes) break;
      records.push(bytes);
      sizeInBytes += bytes.length;
    }
    return { records };
  }

  logStartOffset(): number {
    return 0;
  }

  logEndOffset({ partition }: TopicPartition): number {
    return this.log(partition).logEndOffset;
  }
}
