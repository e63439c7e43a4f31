/**
 * Compacts one log: notes the last offset of each key in its dirty part, then writes its segments anew without what that
 * makes obsolete, and puts the new ones in their place. Reads and writes are asynchronous, and the work on bytes gives
 * way to others every few ms, so that appends and fetches go on. Kafka's `Cleaner`.
 */
import { BatchView } from '../../../protocol/records/batch.ts';
import type { Clock } from '../../platform/clock.ts';
import type { Segment } from '../segment.ts';
import { filterBatch, indexBatch } from './batch-steps.ts';
import { type CompactableLog, CompactionAborted } from './compactable-log.ts';
import { OffsetMap } from './offset-map.ts';
import { groupSegments, type SegmentSizes } from './segment-groups.ts';
import { TransactionTracker } from './transaction-tracker.ts';

/** How long the event loop is held at a time, in ms; a batch is decompressed in one go. */
const SLICE_MS = 2;

export interface CleanerOptions {
  readonly clock: Clock;
  /** For the offset map. */
  readonly mapBytes: number;
  /** `log.cleaner.io.buffer.load.factor`: how full the offset map may be. */
  readonly mapLoadFactor: number;
  /** How much is read at a time. */
  readonly readBytes: number;
  /** Waits until so many bytes more may be read or written. */
  readonly throttle: (bytes: number) => Promise<void>;
  /** Lets other work go on. */
  readonly pause: () => Promise<void>;
  /** Throws when the broker stops. */
  readonly checkStopped: () => void;
}

/** The part of a log that is to be compacted. */
export interface DirtyPart {
  /** Before it is what was compacted already. */
  readonly firstDirtyOffset: number;
  readonly firstUncleanableOffset: number;
}

export interface CleanResult {
  /** The log is compacted up to here: less than was asked for where the offset map was full. */
  readonly endOffset: number;
  readonly readBytes: number;
  readonly writtenBytes: number;
}

/** Rejects with `CompactionAborted`; a `KafkaError` for bytes that no batch can have; the file system's errors. */
export async function cleanLog(log: CompactableLog, dirty: DirtyPart, options: CleanerOptions): Promise<CleanResult> {
  const check = await log.begin();
  return new Cleaning(log, dirty, options, check).run();
}

class Cleaning {
  readonly #log: CompactableLog;
  readonly #dirty: DirtyPart;
  readonly #options: CleanerOptions;
  readonly #checkLog: () => void;
  readonly #map: OffsetMap;
  readonly #nowMs: number;
  #sliceEndMs = 0;
  #readBytes = 0;
  #writtenBytes = 0;

  constructor(log: CompactableLog, dirty: DirtyPart, options: CleanerOptions, checkLog: () => void) {
    this.#log = log;
    this.#dirty = dirty;
    this.#options = options;
    this.#checkLog = checkLog;
    this.#map = new OffsetMap(options.mapBytes);
    this.#nowMs = options.clock.now();
  }

  async run(): Promise<CleanResult> {
    const legacyHorizonMs = await this.#legacyHorizon();
    await this.#index();
    const endOffset = this.#map.latestOffset + 1;
    const sized: (SegmentSizes & { readonly segment: Segment })[] = [];
    for (const segment of this.#log.segments(0, endOffset)) {
      const { offsets, times } = await segment.indexes();
      const { baseOffset, sizeInBytes } = segment;
      const [offsetIndexBytes, timeIndexBytes] = [offsets.bytes.length, times.bytes.length];
      sized.push({ segment, baseOffset, sizeInBytes, offsetIndexBytes, timeIndexBytes });
    }
    const { segmentBytes, segmentIndexBytes } = this.#log.config;
    const limits = { segmentBytes, segmentIndexBytes, endOffset: this.#dirty.firstUncleanableOffset };
    const transactions = new TransactionTracker();
    for (const group of groupSegments(sized, limits)) {
      await this.#clean(
        group.map(({ segment }) => segment),
        transactions,
        legacyHorizonMs,
      );
    }
    return { endOffset, readBytes: this.#readBytes, writtenBytes: this.#writtenBytes };
  }

  /** Tombstones of magic 0 and 1 go with segments that were last written before this. */
  async #legacyHorizon(): Promise<number> {
    const last = this.#log.segments(0, this.#dirty.firstDirtyOffset).at(-1);
    return last === undefined ? 0 : (await last.lastModifiedMs()) - this.#log.config.deleteRetentionMs;
  }

  async #index(): Promise<void> {
    const { firstDirtyOffset: startOffset, firstUncleanableOffset } = this.#dirty;
    const transactions = new TransactionTracker();
    transactions.expect(await this.#log.aborted(startOffset, firstUncleanableOffset));
    const maxKeys = Math.floor(this.#map.slots * this.#options.mapLoadFactor);
    const options = { map: this.#map, transactions, startOffset, maxKeys };
    for (const segment of this.#log.segments(startOffset, firstUncleanableOffset)) {
      const { offsets } = await segment.indexes();
      for await (const batches of this.#read(segment, offsets.lookup(startOffset))) {
        for (const batch of batches) if (await this.#inSlices(indexBatch(batch, options))) return;
      }
      this.#map.latestOffset = Math.min(this.#log.endOf(segment), firstUncleanableOffset) - 1;
    }
  }

  /** Makes one segment of a group, and puts it in the group's place. */
  async #clean(segments: readonly Segment[], transactions: TransactionTracker, legacyHorizonMs: number): Promise<void> {
    const cleaned = await this.#log.newCleaned(segments[0]!);
    let isWhole = false;
    try {
      transactions.onAborted = (transaction) => cleaned.stageAborted(transaction);
      const lastRecords = this.#log.lastRecords();
      let modifiedMs = 0;
      for (const segment of segments) {
        transactions.expect(await this.#log.aborted(segment.baseOffset, this.#log.endOf(segment)));
        modifiedMs = await segment.lastModifiedMs();
        await this.#cleanInto(cleaned, segment, {
          map: this.#map,
          transactions,
          lastRecords,
          endOffset: this.#dirty.firstUncleanableOffset,
          nowMs: this.#nowMs,
          deleteRetentionMs: this.#log.config.deleteRetentionMs,
          keepsLegacyTombstones: modifiedMs > legacyHorizonMs,
        });
      }
      await cleaned.writeIndexes(cleaned.seal(), true);
      await cleaned.sync();
      await cleaned.setModifiedMs(modifiedMs);
      // Opened again by who reads it: a descriptor for each compacted segment would be too many.
      await cleaned.close();
      isWhole = true;
      await this.#log.replace(cleaned, segments, this.#checkLog);
    } catch (error) {
      // Where the swap itself failed, the files are the log; the next start sorts it out. The first failure is the one to
      // tell.
      const isOutside = !isWhole || error instanceof CompactionAborted;
      if (isOutside) await cleaned.remove().catch(() => {});
      throw error;
    }
  }

  async #cleanInto(cleaned: Segment, from: Segment, options: Parameters<typeof filterBatch>[1]): Promise<void> {
    const { indexIntervalBytes } = this.#log.config;
    for await (const batches of this.#read(from, 0)) {
      const kept: Buffer[] = [];
      const position = cleaned.stagedBytes;
      for (const batch of batches) {
        const bytes = await this.#inSlices(filterBatch(batch, options));
        if (bytes === undefined) continue;
        const { lastOffset, maxTimestamp } = new BatchView(bytes);
        cleaned.stage(bytes.length, lastOffset, maxTimestamp, indexIntervalBytes);
        kept.push(bytes);
      }
      if (kept.length === 0) continue;
      await cleaned.activeFile.write(kept, position);
      cleaned.publish();
      const written = cleaned.stagedBytes - position;
      this.#writtenBytes += written;
      await this.#options.throttle(written);
    }
  }

  /** The segment's batches, a few at a time and no faster than is allowed. */
  async *#read(segment: Segment, position: number): AsyncGenerator<BatchView[]> {
    for await (const located of segment.scan(position, { readBytes: this.#options.readBytes })) {
      this.#check();
      const last = located.at(-1)!;
      const bytes = last.position + last.batch.sizeInBytes - located[0]!.position;
      this.#readBytes += bytes;
      await this.#options.throttle(bytes);
      yield located.map(({ batch }) => batch);
    }
  }

  /** Runs steps to their end, and lets other work go on when they take long. */
  async #inSlices<T>(steps: Generator<void, T>): Promise<T> {
    const { clock, pause } = this.#options;
    for (;;) {
      const step = steps.next();
      if (clock.monotonic() >= this.#sliceEndMs) {
        await pause();
        this.#check();
        this.#sliceEndMs = clock.monotonic() + SLICE_MS;
      }
      if (step.done === true) return step.value;
    }
  }

  #check(): void {
    this.#options.checkStopped();
    this.#checkLog();
  }
}
