/**
 * One segment: a `.log` of batches, which is opened when it is needed, and what finds its way in it (`segment-index.ts`).
 */
import { KafkaError } from '../../protocol/errors.ts';
import { BatchView, batches } from '../../protocol/records/batch.ts';
import type { BufferPool } from '../collections/buffer-pool.ts';
import type { File } from '../platform/file-system.ts';
import { cutBatches, isHeaderThere, type LocatedBatch, SMALLEST_BATCH_BYTES } from './batch-walk.ts';
import type { SegmentSuffix, TransientSuffix } from './file-names.ts';
import type { SegmentIndexes } from './index-cache.ts';
import { type LogConfig, rollAfterMs } from './log-config.ts';
import { SharedFile } from './open-files.ts';
import { type Place, SegmentFiles } from './segment-files.ts';
import { type ActiveIndexes, SegmentIndex } from './segment-index.ts';
import type { TimestampOffset } from './time-index.ts';
import type { AbortedTransaction, TransactionIndex } from './transaction-index.ts';

/** How much is read at once when a segment is scanned. */
const SCAN_CHUNK_BYTES = 1024 ** 2;
/** A read begins at an index entry; this much more than was asked for usually still holds it all. */
const READ_SLACK_BYTES = 8192;
const MAX_RELATIVE_OFFSET = 2 ** 31 - 1;
/** In a batch's header, or a legacy message's. */
const MAX_TIMESTAMP_END = 43;

export interface SegmentOptions {
  readonly place: Place;
  readonly baseOffset: number;
  readonly createdMs: number;
  readonly rollJitterMs?: number;
  /** Of a segment that is there already. */
  readonly sizeInBytes?: number;
  /** Whether there are index files, which can be trusted. */
  readonly hasIndexes?: boolean;
  /** Whether a `.txnindex` is there. */
  readonly hasTransactions?: boolean;
  readonly modifiedMs?: number;
  readonly suffix?: TransientSuffix;
}

export interface SegmentRead {
  readonly records: Buffer;
  readonly nextOffset: number;
}

export class Segment {
  readonly baseOffset: number;
  readonly #files: SegmentFiles;
  readonly #index: SegmentIndex;
  readonly #file: SharedFile;
  readonly #rollJitterMs: number;
  readonly #createdMs: number;
  readonly #modifiedMs: number;
  /** Whether the `.log` is there. */
  #isMade: boolean;
  #isPreallocated = false;
  #sizeInBytes: number;
  #stagedBytes: number;
  #largest: TimestampOffset | undefined;
  #firstTimestamp: number | undefined;
  #lastIndexedPosition = 0;

  constructor(options: SegmentOptions) {
    const { place, baseOffset, createdMs, sizeInBytes = 0 } = options;
    this.baseOffset = baseOffset;
    this.#rollJitterMs = options.rollJitterMs ?? 0;
    this.#createdMs = createdMs;
    this.#modifiedMs = options.modifiedMs ?? createdMs;
    this.#sizeInBytes = sizeInBytes;
    this.#stagedBytes = sizeInBytes;
    this.#isMade = sizeInBytes > 0;
    this.#files = new SegmentFiles(place, baseOffset, options.suffix ?? '');
    this.#index = new SegmentIndex(this.#files, this, options);
    this.#file = new SharedFile(place.files, () => this.#open());
    if (sizeInBytes === 0) this.#largest = { timestamp: -1, offset: baseOffset };
  }

  /** Of what is written, and may be read. */
  get sizeInBytes(): number {
    return this.#sizeInBytes;
  }

  /** With what is on its way to the file: where the next batch goes. */
  get stagedBytes(): number {
    return this.#stagedBytes;
  }

  get isActive(): boolean {
    return this.#index.isActive;
  }

  /** Whether its index files, flushed, hold all that they should. */
  get areIndexesWritten(): boolean {
    return this.#index.isWritten;
  }

  /** Whether there may be aborted transactions in it. */
  get hasTransactions(): boolean {
    return this.#index.hasTransactions;
  }

  path(suffix: SegmentSuffix): string {
    return this.#files.path(suffix);
  }

  // Appending

  /**
   * Readies the file for appending (making it if need be) and takes its indexes into memory.
   * @param preallocateBytes the size that an empty file gets at once, in zeros, until `trim`
   */
  async activate(preallocateBytes = 0): Promise<void> {
    if (this.isActive) return;
    await this.use(async (file) => {
      if (preallocateBytes === 0 || this.#stagedBytes > 0) return;
      await file.truncate(preallocateBytes);
      this.#isPreallocated = true;
    });
    if (this.#stagedBytes > 0) {
      await this.largestTimestamp();
      await this.firstBatchTimestamp();
    }
    const { offsets } = await this.#index.activate();
    this.#lastIndexedPosition = offsets.lastPosition;
  }

  /** Whether a batch of this size, last offset and timestamp must go to a new segment. */
  shouldRoll(batchBytes: number, lastOffset: number, maxTimestamp: number, nowMs: number, config: LogConfig): boolean {
    const size = this.#stagedBytes;
    if (lastOffset - this.baseOffset > MAX_RELATIVE_OFFSET) return true;
    if (size === 0) return false;
    if (size > config.segmentBytes - batchBytes) return true;
    const first = this.#firstTimestamp ?? -1;
    const waitedMs = first >= 0 ? maxTimestamp - first : nowMs - this.#createdMs;
    if (waitedMs > rollAfterMs(config) - this.#rollJitterMs) return true;
    const { offsets, times } = this.#index.active;
    return offsets.isFull(config.segmentIndexBytes) || times.isFull(config.segmentIndexBytes);
  }

  /** Books a batch that will be written next, at the returned position. */
  stage(sizeInBytes: number, lastOffset: number, maxTimestamp: number, indexIntervalBytes: number): void {
    const { offsets, times } = this.#index.changing;
    const position = this.#stagedBytes;
    if (position === 0) this.#firstTimestamp = maxTimestamp;
    const largest = this.#largest!;
    if (maxTimestamp > largest.timestamp) this.#largest = { timestamp: maxTimestamp, offset: lastOffset };
    if (position - this.#lastIndexedPosition > indexIntervalBytes) {
      offsets.append(lastOffset, position);
      times.maybeAppend(this.#largest!.timestamp, this.#largest!.offset);
      this.#lastIndexedPosition = position;
    }
    this.#stagedBytes += sizeInBytes;
  }

  /** Adds to the transaction index of the active segment. */
  stageAborted(aborted: AbortedTransaction): void {
    this.#index.changing.transactions.append(aborted);
  }

  /** Writes without leaving the event loop; false when the file is not open, and nothing was written. */
  writeSync(buffers: readonly Buffer[], position: number): boolean {
    const file = this.#file.current;
    file?.writeSync(buffers, position);
    return file !== undefined;
  }

  write(buffers: readonly Buffer[], position: number): Promise<void> {
    return this.use((file) => file.write(buffers, position));
  }

  /** What was staged is written. */
  publish(): void {
    this.#sizeInBytes = this.#stagedBytes;
  }

  /** Ends appending; the indexes serve on while `writeIndexes`, which has to follow, writes their files. */
  seal(): void {
    this.#index.active.times.maybeAppend(this.#largest!.timestamp, this.#largest!.offset);
    this.#index.seal();
  }

  /** `sync` flushes them. */
  writeIndexes(sync: boolean): Promise<void> {
    return this.#index.write(sync);
  }

  // Reading

  /**
   * Whole batches from the one that holds `from` (or the first above it), none that reaches `bound`. `undefined` when
   * the segment has none above `from`; empty records when it has, but not within the limits. Rejects with CORRUPT_MESSAGE
   * where sizes do not fit.
   * @param buffers where the records' memory is from; the caller owns it
   */
  async read(
    from: number,
    bound: number,
    maxBytes: number,
    minOneMessage: boolean,
    buffers: BufferPool,
  ): Promise<SegmentRead | undefined> {
    let position = await this.withIndexes(({ offsets }) => offsets.lookup(from));
    let wantBytes = maxBytes + READ_SLACK_BYTES;
    for (;;) {
      const size = this.#sizeInBytes;
      const length = Math.min(size - position, wantBytes);
      if (length < SMALLEST_BATCH_BYTES) return undefined;
      const taken = buffers.take(length);
      const inMemory = this.#file.current?.readNow(taken, position) ?? 0;
      const buffer = inMemory === length ? taken : await this.#readAt(position, taken, inMemory);
      const cut = cutBatches(buffer, from, bound, maxBytes, minOneMessage);
      if (cut.end > cut.start) return { records: buffer.subarray(cut.start, cut.end), nextOffset: cut.nextOffset };
      buffers.release(buffer);
      // Not where the segment was cut meanwhile.
      const isShort = buffer.length < length && size === this.#sizeInBytes;
      if (isShort || position + cut.resume + cut.firstBatchBytes > size) throw this.#beyondEnd(size);
      position += cut.resume;
      if (cut.firstBatchBytes > 0) {
        const isWhole = cut.start + cut.firstBatchBytes <= buffer.length;
        if (isWhole || (cut.firstBatchBytes > maxBytes && !minOneMessage))
          return { records: NOTHING, nextOffset: from };
        wantBytes = Math.max(maxBytes, cut.firstBatchBytes);
      } else if (isHeaderThere(buffer, cut.resume)) {
        return { records: NOTHING, nextOffset: from };
      } else if (cut.resume === 0) {
        return undefined;
      }
    }
  }

  #beyondEnd(size: number): KafkaError {
    const path = this.path('.log');
    return new KafkaError(
      'CORRUPT_MESSAGE',
      `a batch reaches beyond the end of ${path}, of ${size} bytes; look at it with a dump`,
    );
  }

  /** Reads into the whole of `buffer`, from `position` on; returns how many bytes were there. */
  readInto(buffer: Buffer, position: number): Promise<number> {
    return this.use((file) => file.read(buffer, 0, buffer.length, position));
  }

  /** The batches from `position` on, checked for nothing but their frames; throws CORRUPT_MESSAGE, stops at a cut one. */
  async *scan(
    position = 0,
    { end = this.#sizeInBytes, readBytes = SCAN_CHUNK_BYTES } = {},
  ): AsyncGenerator<LocatedBatch[]> {
    let at = position;
    let chunkBytes = readBytes;
    while (at < end) {
      const buffer = await this.#readAt(at, Buffer.allocUnsafeSlow(Math.min(chunkBytes, end - at)));
      const found: LocatedBatch[] = [];
      let failure: unknown;
      let next = 0;
      try {
        for (const batch of batches(buffer)) {
          found.push({ batch, position: at + batch.start });
          next = batch.start + batch.sizeInBytes;
        }
      } catch (error) {
        failure = error;
      }
      if (found.length > 0) yield found;
      if (failure !== undefined) throw failure;
      if (next === 0) {
        if (buffer.length < chunkBytes) return;
        chunkBytes *= 4;
      } else {
        at += next;
        chunkBytes = readBytes;
      }
    }
  }

  /** The position of the first batch that ends at or above `offset`; the segment's size when there is none. */
  async positionOf(offset: number): Promise<number> {
    for await (const located of this.scan(await this.withIndexes(({ offsets }) => offsets.lookup(offset)))) {
      const found = located.find(({ batch }) => batch.lastOffset >= offset);
      if (found !== undefined) return found.position;
    }
    return this.#sizeInBytes;
  }

  /** The highest timestamp and its batch's last offset; −1 when no record has one. */
  async largestTimestamp(): Promise<TimestampOffset> {
    this.#largest ??= await this.withIndexes(({ times }) => times.last());
    return this.#largest;
  }

  /** What retention goes by: the highest timestamp, or when the file was last written to. */
  async retentionTimestamp(): Promise<number> {
    const { timestamp } = await this.largestTimestamp();
    return timestamp >= 0 ? timestamp : this.lastModifiedMs();
  }

  /** When the `.log` was last written to. */
  async lastModifiedMs(): Promise<number> {
    return (await this.#files.modifiedMs()) ?? this.#modifiedMs;
  }

  /** The first batch's highest timestamp; `undefined` in an empty segment. */
  async firstBatchTimestamp(): Promise<number | undefined> {
    if (this.#firstTimestamp === undefined && this.#sizeInBytes > 0) {
      this.#firstTimestamp = new BatchView(await this.#readAt(0, Buffer.allocUnsafe(MAX_TIMESTAMP_END))).maxTimestamp;
    }
    return this.#firstTimestamp;
  }

  /** The offset after the last batch; the base offset of an empty segment. */
  async nextOffset(): Promise<number> {
    let nextOffset = this.baseOffset;
    const position = await this.withIndexes(({ offsets }) => offsets.lastPosition);
    for await (const located of this.scan(position)) ({ nextOffset } = located.at(-1)!.batch);
    return nextOffset;
  }

  /** As `SegmentIndex.use`. */
  withIndexes<T>(use: (indexes: SegmentIndexes) => T): Promise<T> {
    return this.#index.use(use);
  }

  transactions(): Promise<TransactionIndex> {
    return this.#index.transactions();
  }

  /** Is the active segment from now on, with what recovery found in it. */
  resume(indexes: ActiveIndexes, largest: TimestampOffset, firstTimestamp: number | undefined): void {
    this.#index.resume(indexes);
    this.#largest = largest;
    this.#firstTimestamp = firstTimestamp;
    this.#lastIndexedPosition = indexes.offsets.lastPosition;
  }

  /** Puts indexes in place of the files', after recovery, and writes them. */
  async replaceIndexes(indexes: ActiveIndexes, largest: TimestampOffset): Promise<void> {
    this.#largest = largest;
    await this.#index.replace(indexes);
  }

  // Changing

  /** Drops everything from the batch that ends at or above `offset` on. The segment must be active. */
  async truncateTo(offset: number): Promise<void> {
    const position = await this.positionOf(offset);
    await this.truncateAt(position);
    const { offsets, times, transactions } = this.#index.changing;
    offsets.truncateTo(offset);
    times.truncateTo(offset);
    transactions.truncateTo(offset);
    this.#lastIndexedPosition = offsets.lastPosition;
    this.#largest = times.last();
    if (position === 0) this.#firstTimestamp = undefined;
    for await (const located of this.scan(offsets.lookup(this.#largest.offset))) {
      for (const { batch } of located) {
        if (batch.maxTimestamp > this.#largest.timestamp) {
          this.#largest = { timestamp: batch.maxTimestamp, offset: batch.lastOffset };
        }
      }
    }
  }

  /** Cuts the file. */
  async truncateAt(position: number): Promise<void> {
    await this.use((file) => {
      this.#sizeInBytes = Math.min(this.#sizeInBytes, position);
      this.#stagedBytes = this.#sizeInBytes;
      this.#isPreallocated = false;
      return file.truncate(position);
    });
  }

  /** Cuts what was preallocated and not used. */
  async trim(): Promise<void> {
    if (!this.#isPreallocated) return;
    await this.use((file) => file.truncate(this.#sizeInBytes));
    this.#isPreallocated = false;
  }

  async sync(): Promise<void> {
    if (this.#isMade) await this.use((file) => file.sync());
  }

  /** Renames the files; the open one serves on. */
  changeSuffix(suffix: TransientSuffix | ''): Promise<void> {
    return this.#files.changeSuffix(suffix);
  }

  /** Dates the files as those that this segment stands for, for what goes by their age. */
  setModifiedMs(modifiedMs: number): Promise<void> {
    return this.#files.setModifiedMs(modifiedMs);
  }

  async remove(): Promise<void> {
    await this.close();
    await this.#files.remove();
  }

  async close(): Promise<void> {
    this.#index.forget();
    await this.#file.close();
  }

  /** Has the file open while `run` works on it. */
  use<T>(run: (file: File) => Promise<T>): Promise<T> {
    return this.#file.use(run);
  }

  async #open(): Promise<File> {
    const create = !this.#isMade;
    const { fs } = this.#files.place;
    const file = await this.#files.at(() => fs.open(this.path('.log'), { create }));
    this.#isMade = true;
    return file;
  }

  /** What there is from `position` on, as far as it fits; the first `done` bytes of it are in `buffer` already. */
  async #readAt(position: number, buffer: Buffer, done = 0): Promise<Buffer> {
    const count = done + (await this.readInto(buffer.subarray(done), position + done));
    return count === buffer.length ? buffer : buffer.subarray(0, count);
  }
}

const NOTHING = Buffer.alloc(0);
