/**
 * The steps of one log's compaction as a job: it is sent the segments' bytes, first those whose keys count, then those to
 * be written anew, and sends back what stays of them. Files, throttling and the log itself stay with who sends.
 */
import { BatchView, batches } from '../../../protocol/records/batch.ts';
import { ChannelClosed, ChannelReader, ChannelWriter } from '../../collections/shared-channel.ts';
import type { Job, Wait } from '../../platform/executor.ts';
import type { AbortedTransaction } from '../transaction-index.ts';
import { type FilterOptions, filterBatch, type IndexOptions, indexBatch, type LastRecord } from './batch-steps.ts';
import { OffsetMap } from './offset-map.ts';
import { TransactionTracker } from './transaction-tracker.ts';

export interface CompactionInput {
  /** Memory of the rings: `CompactionCommand`s and the segments' bytes come in by the one, answers go out by the other. */
  readonly inbound: SharedArrayBuffer;
  readonly outbound: SharedArrayBuffer;
  /** For the offset map. */
  readonly mapBytes: number;
  readonly mapLoadFactor: number;
  /** Where the part of the log begins that was not compacted before. */
  readonly startOffset: number;
  /** The aborted transactions in it. */
  readonly aborted: readonly AbortedTransaction[];
  readonly nowMs: number;
}

/** Bytes between two commands are of one segment, in order, cut anywhere. */
export type CompactionCommand =
  /** A segment's keys are all noted: what follows it begins after this offset. */
  | { readonly type: 'indexed-to'; readonly latestOffset: number }
  | { readonly type: 'end-of-index' }
  | { readonly type: 'group'; readonly lastRecords: ReadonlyMap<number, LastRecord> }
  | ({ readonly type: 'segment'; readonly aborted: readonly AbortedTransaction[] } & SegmentOptions)
  | { readonly type: 'end-of-group' };

export type SegmentOptions = Pick<FilterOptions, 'endOffset' | 'deleteRetentionMs' | 'keepsLegacyTombstones'>;

export type CompactionAnswer =
  /** The offset map is: more keys need not be sent. */
  | { readonly type: 'full' }
  | { readonly type: 'index'; readonly latestOffset: number }
  | { readonly type: 'aborted'; readonly transaction: AbortedTransaction }
  /** Behind the bytes of batches that stay: size, last offset and largest timestamp of each. */
  | { readonly type: 'kept'; readonly batches: Float64Array }
  | { readonly type: 'end-of-group' };

export const compactionJob: Job<CompactionInput, void> = {
  name: 'compaction',
  *run(input) {
    const steps = new CompactionSteps(input);
    try {
      yield* steps.run();
    } catch (error) {
      // Who sends has left off, and knows why.
      if (!(error instanceof ChannelClosed)) throw error;
    } finally {
      steps.close();
    }
  },
};

type Steps<T> = Generator<Wait | undefined, T>;

class CompactionSteps {
  readonly #input: ChannelReader<CompactionCommand>;
  readonly #output: ChannelWriter<CompactionAnswer>;
  readonly #map: OffsetMap;
  readonly #nowMs: number;
  readonly #indexing: IndexOptions;
  readonly #transactions = new TransactionTracker();
  readonly #aborted: AbortedTransaction[] = [];
  readonly #cut = new CutBatches();
  #lastRecords: ReadonlyMap<number, LastRecord> = new Map();
  /** Of the segment that is written anew; while keys are noted there is none. */
  #filtering: FilterOptions | undefined;
  #isFull = false;

  constructor({ inbound, outbound, mapBytes, mapLoadFactor, startOffset, aborted, nowMs }: CompactionInput) {
    this.#input = new ChannelReader(inbound);
    this.#output = new ChannelWriter(outbound);
    this.#map = new OffsetMap(mapBytes);
    this.#nowMs = nowMs;
    const transactions = new TransactionTracker();
    transactions.expect(aborted);
    const maxKeys = Math.floor(this.#map.slots * mapLoadFactor);
    this.#indexing = { map: this.#map, transactions, startOffset, maxKeys };
    this.#transactions.onAborted = (transaction) => this.#aborted.push(transaction);
  }

  *run(): Steps<void> {
    for (;;) {
      const message = yield* this.#input.take();
      if ('value' in message) {
        yield* this.#obey(message.value);
        continue;
      }
      this.#cut.add(message.bytes);
      this.#input.release();
      yield* this.#filtering === undefined ? this.#index() : this.#filter(this.#filtering);
    }
  }

  close(): void {
    this.#input.close();
    this.#output.close();
  }

  *#obey(command: CompactionCommand): Steps<void> {
    this.#cut.clear();
    switch (command.type) {
      case 'indexed-to':
        if (!this.#isFull) this.#map.latestOffset = command.latestOffset;
        return;
      case 'end-of-index':
        return yield* this.#answer({ type: 'index', latestOffset: this.#map.latestOffset });
      case 'group':
        this.#lastRecords = command.lastRecords;
        return;
      case 'segment': {
        const { aborted, endOffset, deleteRetentionMs, keepsLegacyTombstones } = command;
        this.#transactions.expect(aborted);
        this.#filtering = {
          map: this.#map,
          transactions: this.#transactions,
          lastRecords: this.#lastRecords,
          nowMs: this.#nowMs,
          endOffset,
          deleteRetentionMs,
          keepsLegacyTombstones,
        };
        return;
      }
      case 'end-of-group':
        return yield* this.#answer({ type: 'end-of-group' });
    }
  }

  *#index(): Steps<void> {
    for (const batch of this.#cut.take()) {
      if (this.#isFull) continue;
      this.#isFull = yield* indexBatch(batch, this.#indexing);
      if (this.#isFull) yield* this.#answer({ type: 'full' });
    }
  }

  *#filter(options: FilterOptions): Steps<void> {
    const kept: Buffer[] = [];
    const measures: number[] = [];
    for (const batch of this.#cut.take()) {
      const bytes = yield* filterBatch(batch, options);
      for (const transaction of this.#aborted.splice(0)) yield* this.#answer({ type: 'aborted', transaction });
      if (bytes === undefined) continue;
      const { lastOffset, maxTimestamp } = new BatchView(bytes);
      measures.push(bytes.length, lastOffset, maxTimestamp);
      kept.push(bytes);
    }
    if (kept.length === 0) return;
    yield* this.#output.bytes(kept);
    yield* this.#answer({ type: 'kept', batches: Float64Array.from(measures) });
  }

  #answer(answer: CompactionAnswer): Steps<void> {
    return this.#output.value(answer);
  }
}

/** Whole batches out of bytes that are cut anywhere. */
class CutBatches {
  #bytes = Buffer.alloc(0);
  #start = 0;
  #end = 0;

  add(bytes: Buffer): void {
    const rest = this.#end - this.#start;
    const wanted = rest + bytes.length;
    // Twice as much where one batch takes several messages, so that it is not copied for each.
    const to = wanted > this.#bytes.length ? Buffer.allocUnsafeSlow(Math.max(wanted, rest * 2)) : this.#bytes;
    this.#bytes.copy(to, 0, this.#start, this.#end);
    bytes.copy(to, rest);
    this.#bytes = to;
    this.#start = 0;
    this.#end = wanted;
  }

  /** The batches that are there whole; their bytes stay until more are added. */
  *take(): Generator<BatchView> {
    for (const batch of batches(this.#bytes, this.#start, this.#end)) {
      yield batch;
      this.#start = batch.start + batch.sizeInBytes;
    }
  }

  clear(): void {
    this.#start = 0;
    this.#end = 0;
  }
}
