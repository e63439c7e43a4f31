/** Reads of a log: by offset, from the tail in memory or from a segment, and by timestamp. */
import { type BatchView, records } from '../../protocol/records/batch.ts';
import { isOfFileSystem } from '../platform/file-system.ts';
import type { LogState } from './log-state.ts';
import type { Segment } from './segment.ts';
import { abortedBetween } from './transaction-index.ts';

/** How far a read may see: everything, what is replicated, or what is replicated and of no open transaction. */
export type Isolation = 'logEnd' | 'highWatermark' | 'lastStable';

export interface FetchData {
  /**
   * Stored bytes, whole batches. Where the log has a `BufferPool` of the reader's they were taken from it or retained for
   * them, who may release them when nobody reads them any more.
   */
  readonly records: Buffer[];
  readonly sizeInBytes: number;
  /** Behind the last batch that was read; where the read began, when none was. */
  readonly nextOffset: number;
  /** Transactions whose records a `lastStable` reader must skip; `null` for other readers. */
  readonly abortedTransactions: { producerId: number; firstOffset: number }[] | null;
}

export interface OffsetAtTimestamp {
  readonly offset: number;
  readonly timestamp: number;
  /** −1 when unknown. */
  readonly leaderEpoch: number;
}

export interface ReadLimits {
  readonly maxBytes: number;
  readonly minOneMessage: boolean;
  readonly isolation: Isolation;
}

export class LogReader {
  readonly #log: LogState;

  constructor(log: LogState) {
    this.#log = log;
  }

  /** Nothing that reaches `bound`. */
  async read(from: number, bound: number, limits: ReadLimits): Promise<FetchData> {
    const inMemory = this.readNow(from, bound, limits);
    if (inMemory !== undefined) return inMemory;
    const tail = this.#log.tail.read(from, bound, limits.maxBytes, limits.minOneMessage);
    if (tail === undefined) return this.#readSegments(from, bound, limits);
    return this.#withAborted(tail.records, tail.sizeInBytes, from, tail.nextOffset);
  }

  /** The same, `undefined` where a file has to be looked into. */
  readNow(from: number, bound: number, { maxBytes, minOneMessage, isolation }: ReadLimits): FetchData | undefined {
    const abortedTransactions = isolation === 'lastStable' ? [] : null;
    if (from >= bound) return { records: [], sizeInBytes: 0, nextOffset: from, abortedTransactions };
    if (abortedTransactions !== null && this.#mayHaveAborted(from)) return undefined;
    const tail = this.#log.tail.read(from, bound, maxBytes, minOneMessage);
    if (tail === undefined) return undefined;
    const { records, sizeInBytes, nextOffset } = tail;
    return { records, sizeInBytes, nextOffset, abortedTransactions };
  }

  /** Whether transactions that a reader of records from `from` on must know may have been aborted. */
  #mayHaveAborted(from: number): boolean {
    for (const segment of this.#log.segments.values(this.#log.segments.floor(from)?.[0])) {
      if (segment.hasTransactions) return true;
    }
    return false;
  }

  async #readSegments(from: number, bound: number, limits: ReadLimits): Promise<FetchData> {
    const { maxBytes, minOneMessage, isolation } = limits;
    let segment = (this.#log.segments.floor(from) ?? this.#log.segments.first())?.[1];
    while (segment !== undefined) {
      this.#checkReadable();
      const read = await this.#orFail(segment.read(from, bound, maxBytes, minOneMessage, this.#log.tail.buffers));
      if (read !== undefined) {
        const { records, nextOffset } = read;
        const buffers = records.length === 0 ? [] : [records];
        if (isolation === 'lastStable') return this.#withAborted(buffers, records.length, from, nextOffset);
        return { records: buffers, sizeInBytes: records.length, nextOffset, abortedTransactions: null };
      }
      segment = this.#log.segments.higher(segment.baseOffset)?.[1];
    }
    const abortedTransactions = isolation === 'lastStable' ? [] : null;
    return { records: [], sizeInBytes: 0, nextOffset: from, abortedTransactions };
  }

  async #withAborted(buffers: Buffer[], sizeInBytes: number, from: number, to: number): Promise<FetchData> {
    const base = this.#log.segments.floor(from)?.[0];
    const aborted = await this.#orFail(abortedBetween(this.#log.segments.values(base), from, to));
    const abortedTransactions = aborted.map(({ producerId, firstOffset }) => ({ producerId, firstOffset }));
    return { records: buffers, sizeInBytes, nextOffset: to, abortedTransactions };
  }

  offsetForTimestamp(timestamp: number): Promise<OffsetAtTimestamp | null> {
    return this.#orFail(this.#searchTimestamp(timestamp));
  }

  async #searchTimestamp(timestamp: number): Promise<OffsetAtTimestamp | null> {
    const { logStartOffset } = this.#log;
    for (const segment of this.#eachSegment()) {
      if ((await segment.largestTimestamp()).timestamp < timestamp) continue;
      const position = await segment.withIndexes(({ offsets, times }) =>
        offsets.lookup(Math.max(times.lookup(timestamp).offset, logStartOffset)),
      );
      for await (const located of segment.scan(position)) {
        for (const { batch } of located) {
          if (batch.maxTimestamp < timestamp || batch.lastOffset < logStartOffset) continue;
          const found = firstRecord(batch, (at, offset) => at >= timestamp && offset >= logStartOffset);
          if (found !== undefined) return this.#answer(batch, found);
        }
      }
    }
    return null;
  }

  offsetOfMaxTimestamp(): Promise<OffsetAtTimestamp | null> {
    return this.#orFail(this.#searchMaxTimestamp());
  }

  async #searchMaxTimestamp(): Promise<OffsetAtTimestamp | null> {
    const { logStartOffset } = this.#log;
    let holder: Segment | undefined;
    let max = -1;
    for (const segment of this.#eachSegment()) {
      const { timestamp } = await segment.largestTimestamp();
      if (timestamp > max) {
        max = timestamp;
        holder = segment;
      }
    }
    if (holder === undefined) return null;
    const { offset } = await holder.largestTimestamp();
    this.#checkReadable();
    const position = await holder.withIndexes(({ offsets }) => offsets.lookup(offset));
    for await (const located of holder.scan(position)) {
      for (const { batch } of located) {
        if (batch.maxTimestamp < max || batch.lastOffset < logStartOffset) continue;
        const found = firstRecord(batch, (at) => at >= batch.maxTimestamp);
        if (found !== undefined) return this.#answer(batch, found);
      }
    }
    return null;
  }

  *#eachSegment(): Generator<Segment> {
    for (const segment of [...this.#log.segments.values()]) {
      this.#checkReadable();
      yield segment;
    }
  }

  /** Before each segment: a log that was closed meanwhile would have its files opened again. */
  #checkReadable(): void {
    if (!this.#log.isReadable) throw this.#log.refusal();
  }

  async #orFail<T>(reading: Promise<T>): Promise<T> {
    try {
      return await reading;
    } catch (error) {
      throw isDiskTrouble(error) ? this.#log.fail(error, 'read from') : error;
    }
  }

  #answer(batch: BatchView, { offset, timestamp }: { offset: number; timestamp: number }): OffsetAtTimestamp {
    const { partitionLeaderEpoch } = batch;
    const leaderEpoch = partitionLeaderEpoch >= 0 ? partitionLeaderEpoch : (this.#log.epochs.epochFor(offset) ?? -1);
    return { offset, timestamp, leaderEpoch };
  }
}

function firstRecord(
  batch: BatchView,
  holds: (timestamp: number, offset: number) => boolean,
): { offset: number; timestamp: number } | undefined {
  for (const { offset, timestamp } of records(batch)) {
    if (holds(timestamp, offset)) return { offset, timestamp };
  }
  return undefined;
}

/** Not of a file that went under a late reader, and not of a process that has too many files open. */
function isDiskTrouble(error: unknown): boolean {
  return isOfFileSystem(error) && !['ENOENT', 'EMFILE', 'ENFILE'].includes(error.code);
}
