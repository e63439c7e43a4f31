/**
 * One segment: a `.log` file of batches and its indexes. Files are opened when they are needed. The active segment's
 * indexes live in memory and are written when it is sealed or closed; a sealed one's files are mapped, or read, when asked
 * for. Index files are written by `writeIndexes` alone, and never while they are mapped.
 */
import { BatchView, batches } from '../../protocol/records/batch.ts';
import type { BufferPool } from '../collections/buffer-pool.ts';
import type { File, FileSystem } from '../platform/file-system.ts';
import { cutBatches, type LocatedBatch, WALK_HEADER_BYTES } from './batch-walk.ts';
import { type SegmentSuffix, segmentFileName, type TransientSuffix } from './file-names.ts';
import type { IndexCache, SegmentIndexes } from './index-cache.ts';
import { type LogConfig, rollAfterMs } from './log-config.ts';
import { type OpenFiles, SharedFile } from './open-files.ts';
import { indexesOf, openIndexFiles, rebuildIndexes } from './sealed-indexes.ts';
import type { TimestampOffset } from './time-index.ts';
import { TransactionIndex } from './transaction-index.ts';

/** How much is read at once when a segment is scanned. */
const SCAN_CHUNK_BYTES = 1024 ** 2;
/** A read begins at an index entry; this much more than was asked for usually still holds it all. */
const READ_SLACK_BYTES = 8192;
const MAX_RELATIVE_OFFSET = 2 ** 31 - 1;
/** In a batch's header, or a legacy message's. */
const MAX_TIMESTAMP_END = 43;

/** Where a log's files are; the directory is renamed when the log is deleted. */
export interface Place {
  readonly fs: FileSystem;
  readonly indexes: IndexCache;
  readonly files: OpenFiles;
  directory: string;
  /** A renaming of the directory that is going on: only after it `directory` is right. */
  moving?: Promise<void>;
}

export interface SegmentOptions {
  readonly place: Place;
  readonly baseOffset: number;
  readonly createdMs: number;
  readonly rollJitterMs?: number;
  /** Of a segment that is there already. */
  readonly sizeInBytes?: number;
  /** Whether a `.txnindex` is there. */
  readonly hasTransactions?: boolean;
  readonly modifiedMs?: number;
  readonly suffix?: TransientSuffix;
}

export interface SegmentRead {
  readonly records: Buffer;
  readonly nextOffset: number;
}

interface ActiveIndexes extends SegmentIndexes {
  readonly transactions: TransactionIndex;
}

export class Segment {
  readonly baseOffset: number;
  readonly #place: Place;
  readonly #rollJitterMs: number;
  readonly #modifiedMs: number;
  #createdMs: number;
  /** Behind the names of its files, while compaction makes it or after it was taken out of the log. */
  #suffix: TransientSuffix | '';
  #renamed: Promise<void> = Promise.resolve();
  readonly #file: SharedFile;
  /** Whether the `.log` is there. */
  #isMade: boolean;
  #isPreallocated = false;
  #sizeInBytes: number;
  #stagedBytes: number;
  #active: ActiveIndexes | undefined;
  /** What is being written to the index files. */
  #unwritten: SegmentIndexes | undefined;
  #indexWrites = 0;
  #transactions: TransactionIndex | undefined;
  #hasTransactionFile: boolean;
  #largest: TimestampOffset | undefined;
  #firstTimestamp: number | undefined;
  #lastIndexedPosition = 0;

  constructor(options: SegmentOptions) {
    this.baseOffset = options.baseOffset;
    this.#place = options.place;
    this.#rollJitterMs = options.rollJitterMs ?? 0;
    this.#suffix = options.suffix ?? '';
    this.#createdMs = options.createdMs;
    this.#modifiedMs = options.modifiedMs ?? options.createdMs;
    this.#sizeInBytes = options.sizeInBytes ?? 0;
    this.#stagedBytes = this.#sizeInBytes;
    this.#isMade = this.#sizeInBytes > 0;
    this.#file = new SharedFile(this.#place.files, () => this.#open());
    this.#hasTransactionFile = options.hasTransactions ?? false;
    if (this.#sizeInBytes === 0) this.#largest = { timestamp: -1, offset: this.baseOffset };
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
    return this.#active !== undefined;
  }

  /** Whether there may be aborted transactions in it. */
  get hasTransactions(): boolean {
    return this.#hasTransactionFile || (this.#active?.transactions.count ?? this.#transactions?.count ?? 0) > 0;
  }

  path(suffix: SegmentSuffix): string {
    return `${this.#place.directory}/${segmentFileName(this.baseOffset, suffix)}${this.#suffix}`;
  }

  // Appending

  /**
   * Readies the file for appending (making it if need be) and takes its indexes into memory.
   * @param preallocateBytes the size that an empty file gets at once, in zeros, until `trim`
   */
  async activate(preallocateBytes = 0): Promise<void> {
    if (this.#active !== undefined) return;
    await this.use(async (file) => {
      if (preallocateBytes === 0 || this.#stagedBytes > 0) return;
      await file.truncate(preallocateBytes);
      this.#isPreallocated = true;
    });
    const transactions = await this.transactions();
    const { offsets, times } = await this.withIndexes(({ offsets, times }) => ({
      offsets: offsets.copy(),
      times: times.copy(),
    }));
    if (this.#stagedBytes > 0) {
      await this.largestTimestamp();
      await this.firstBatchTimestamp();
    }
    this.#lastIndexedPosition = offsets.lastPosition;
    this.#active = { offsets, times, transactions };
    this.#place.indexes.delete(this);
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
    const { offsets, times } = this.#activeIndexes();
    return offsets.isFull(config.segmentIndexBytes) || times.isFull(config.segmentIndexBytes);
  }

  /** Books a batch that will be written next, at the returned position. */
  stage(sizeInBytes: number, lastOffset: number, maxTimestamp: number, indexIntervalBytes: number): void {
    const { offsets, times } = this.#activeIndexes();
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
  stageAborted(aborted: Parameters<TransactionIndex['append']>[0]): void {
    this.#activeIndexes().transactions.append(aborted);
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

  /** Ends appending: returns the index files' bytes, to be written by `writeIndexes`; the indexes serve on meanwhile. */
  seal(): ActiveIndexes {
    const active = this.#activeIndexes();
    active.times.maybeAppend(this.#largest!.timestamp, this.#largest!.offset);
    this.#active = undefined;
    this.#transactions = active.transactions;
    this.#unwritten = active;
    return active;
  }

  /** Writes the index files, as exact as the indexes are; `sync` flushes them. */
  async writeIndexes(indexes: ActiveIndexes, sync: boolean): Promise<void> {
    const { fs } = this.#place;
    this.#place.indexes.delete(this);
    this.#unwritten = indexes;
    this.#indexWrites++;
    await Promise.all([
      fs.writeFile(this.path('.index'), indexes.offsets.bytes, { sync }),
      fs.writeFile(this.path('.timeindex'), indexes.times.bytes, { sync }),
      this.#writeTransactions(indexes.transactions, sync),
    ]);
    this.#unwritten = undefined;
  }

  async #writeTransactions(transactions: TransactionIndex, sync: boolean): Promise<void> {
    if (transactions.count === 0 && !this.#hasTransactionFile) return;
    await this.#place.fs.writeFile(this.path('.txnindex'), transactions.bytes, { sync });
    this.#hasTransactionFile = true;
  }

  // Reading

  /**
   * Whole batches from the one that holds `from` (or the first above it), none that reaches `bound`. `undefined` when
   * the segment has none above `from`; empty records when it has, but not within the limits.
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
      const length = Math.min(this.#sizeInBytes - position, wantBytes);
      if (length < WALK_HEADER_BYTES) return undefined;
      const buffer = await this.#readAt(position, buffers.take(length));
      const cut = cutBatches(buffer, from, bound, maxBytes, minOneMessage);
      if (cut.end > cut.start) return { records: buffer.subarray(cut.start, cut.end), nextOffset: cut.nextOffset };
      buffers.release(buffer);
      position += cut.resume;
      if (cut.firstBatchBytes > 0) {
        const isWhole = cut.start + cut.firstBatchBytes <= buffer.length;
        if (isWhole || (cut.firstBatchBytes > maxBytes && !minOneMessage))
          return { records: NOTHING, nextOffset: from };
        wantBytes = Math.max(maxBytes, cut.firstBatchBytes);
      } else if (cut.resume + WALK_HEADER_BYTES <= buffer.length) {
        return { records: NOTHING, nextOffset: from };
      } else if (cut.resume === 0) {
        return undefined;
      }
    }
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
    await this.#renamed;
    const path = this.path('.log');
    const { fs } = this.#place;
    return (await fs.exists(path)) ? (await fs.stat(path)).modifiedMs : this.#modifiedMs;
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

  /**
   * Gives `use` the indexes, mapping or reading them if need be. They are good until it returns, and it must keep nothing
   * of them: their files may be closed after.
   */
  async withIndexes<T>(use: (indexes: SegmentIndexes) => T): Promise<T> {
    for (;;) {
      const known = this.#active ?? this.#unwritten ?? this.#place.indexes.get(this);
      if (known !== undefined) return use(known);
      await this.#loadIndexes();
    }
  }

  async #loadIndexes(): Promise<void> {
    const { indexes: cache, fs } = this.#place;
    const writes = this.#indexWrites;
    // Another call may be here first; and a file that is written meanwhile is a part of what it will be.
    const isOvertaken = (): boolean =>
      this.#active !== undefined || writes !== this.#indexWrites || cache.get(this) !== undefined;
    let indexes: SegmentIndexes | undefined;
    if (this.#sizeInBytes > 0) {
      const files = await openIndexFiles((suffix) => this.#ifThere(() => fs.openSealed(this.path(suffix))));
      if (files !== undefined) {
        if (!isOvertaken()) indexes = indexesOf(this.baseOffset, this.#sizeInBytes, files);
        if (indexes !== undefined) cache.set(this, indexes, files);
        else for (const file of files) file.close();
      }
    }
    if (indexes !== undefined || isOvertaken()) return;
    indexes = await rebuildIndexes(this.baseOffset, this.scan());
    if (!isOvertaken()) cache.set(this, indexes);
  }

  async transactions(): Promise<TransactionIndex> {
    if (this.#active !== undefined) return this.#active.transactions;
    if (this.#transactions === undefined) {
      const isThere = this.#hasTransactionFile && this.#sizeInBytes > 0;
      const read = (): Promise<Buffer> => this.#place.fs.readFile(this.path('.txnindex'));
      const bytes = isThere ? await this.#ifThere(read) : undefined;
      this.#transactions ??= new TransactionIndex(bytes);
    }
    return this.#transactions;
  }

  /** Is the active segment from now on, with what recovery found in it. */
  resume(indexes: ActiveIndexes, largest: TimestampOffset, firstTimestamp: number | undefined): void {
    this.#active = indexes;
    this.#largest = largest;
    this.#firstTimestamp = firstTimestamp;
    this.#lastIndexedPosition = indexes.offsets.lastPosition;
    this.#transactions = undefined;
    this.#place.indexes.delete(this);
  }

  /** Puts indexes in place of the files', after recovery, and writes them. */
  async replaceIndexes(indexes: ActiveIndexes, largest: TimestampOffset): Promise<void> {
    this.#largest = largest;
    this.#transactions = indexes.transactions;
    await this.writeIndexes(indexes, true);
  }

  // Changing

  /** Drops everything from the batch that ends at or above `offset` on. The segment must be active. */
  async truncateTo(offset: number): Promise<void> {
    const position = await this.positionOf(offset);
    await this.truncateAt(position);
    const { offsets, times, transactions } = this.#activeIndexes();
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

  /**
   * Renames the files, the `.log` first: what a restart makes of a swap that was cut short relies on it. The open file
   * serves on.
   */
  changeSuffix(suffix: TransientSuffix | ''): Promise<void> {
    const { fs } = this.#place;
    const before = SUFFIXES.map((file): [SegmentSuffix, string] => [file, this.path(file)]);
    const rename = async (): Promise<void> => {
      for (const [file, path] of before) if (await fs.exists(path)) await fs.rename(path, this.path(file));
    };
    this.#suffix = suffix;
    this.#renamed = this.#renamed.then(rename);
    return this.#renamed;
  }

  /** Dates the files as those that this segment stands for, for what goes by their age. */
  async setModifiedMs(modifiedMs: number): Promise<void> {
    for (const file of ['.log', '.index', '.timeindex'] as const) {
      await this.#place.fs.setModifiedMs(this.path(file), modifiedMs);
    }
  }

  async remove(): Promise<void> {
    await this.close();
    await Promise.all(SUFFIXES.map((file) => this.#place.fs.remove(this.path(file))));
  }

  async close(): Promise<void> {
    this.#place.indexes.delete(this);
    await this.#file.close();
  }

  /** Has the file open while `run` works on it. */
  use<T>(run: (file: File) => Promise<T>): Promise<T> {
    return this.#file.use(run);
  }

  async #open(): Promise<File> {
    const create = !this.#isMade;
    const file = await this.#atPath(() => this.#place.fs.open(this.path('.log'), { create }));
    this.#isMade = true;
    return file;
  }

  /** Goes to one of the files by its name; again, when the name changed on the way. */
  async #atPath<T>(go: () => Promise<T>): Promise<T> {
    for (;;) {
      const renamed = this.#renamed;
      await renamed;
      await this.#place.moving;
      const { directory } = this.#place;
      try {
        return await go();
      } catch (error) {
        if (!isMissing(error)) throw error;
        await this.#place.moving;
        if (renamed === this.#renamed && directory === this.#place.directory) throw error;
      }
    }
  }

  async #ifThere<T>(go: () => Promise<T>): Promise<T | undefined> {
    try {
      return await this.#atPath(go);
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  }

  /** What there is from `position` on, as far as it fits. */
  async #readAt(position: number, buffer: Buffer): Promise<Buffer> {
    const count = await this.readInto(buffer, position);
    return count === buffer.length ? buffer : buffer.subarray(0, count);
  }

  #activeIndexes(): ActiveIndexes {
    if (this.#active === undefined) throw new Error(`${this.path('.log')} is not the active segment`);
    return this.#active;
  }
}

const NOTHING = Buffer.alloc(0);
const SUFFIXES = ['.log', '.index', '.timeindex', '.txnindex'] as const;

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
