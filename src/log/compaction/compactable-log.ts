/** A log as compaction sees it: its segments, how far they may be compacted, and the way to replace them. */
import type { LogConfig } from '../log-config.ts';
import type { LogState } from '../log-state.ts';
import { Segment } from '../segment.ts';
import { type AbortedTransaction, abortedBetween } from '../transaction-index.ts';
import type { LastRecord } from './batch-steps.ts';

/** The compaction of a log was overtaken by a truncation, a deletion, a change of its policy, or the broker's stop. */
export class CompactionAborted extends Error {
  readonly code = 'COMPACTION_ABORTED';
  override readonly name = 'CompactionAborted';
}

/** What of the log only `Log` can do. */
export interface LogAccess {
  readonly lastStableOffset: () => number;
  /** Runs alone in the log's queue. */
  readonly alone: (run: () => Promise<void>) => Promise<void>;
}

export class CompactableLog {
  readonly #state: LogState;
  readonly #access: LogAccess;

  constructor(state: LogState, access: LogAccess) {
    this.#state = state;
    this.#access = access;
  }

  get name(): string {
    return this.#state.name;
  }

  get config(): LogConfig {
    return this.#state.config;
  }

  get logStartOffset(): number {
    return this.#state.logStartOffset;
  }

  get logEndOffset(): number {
    return this.#state.logEndOffset;
  }

  get lastStableOffset(): number {
    return this.#access.lastStableOffset();
  }

  /** Where the segment begins that is appended to. */
  get activeOffset(): number {
    return this.#state.active.baseOffset;
  }

  /** The segments from the one that holds `from` (or the first above it), up to those that begin at `to`. */
  segments(from: number, to: number): Segment[] {
    if (from >= to) return [];
    return [...this.#state.segments.values(this.#state.segments.floor(from)?.[0], to)];
  }

  /** As `segments`, without the one that is appended to. */
  sealedSegments(from: number): Segment[] {
    return this.segments(from, this.activeOffset);
  }

  /** Where a segment's offsets end: the next one's first. */
  endOf(segment: Segment): number {
    return this.#state.segments.higher(segment.baseOffset)?.[0] ?? this.#state.logEndOffset;
  }

  lastRecords(): Map<number, LastRecord> {
    const found = new Map<number, LastRecord>();
    for (const { producerId, producerEpoch, batches } of this.#state.producers.entries()) {
      found.set(producerId, { producerEpoch, lastDataOffset: batches.at(-1)?.lastOffset ?? -1 });
    }
    return found;
  }

  /** The aborted transactions with a part in `[from, to)`. */
  aborted(from: number, to: number): Promise<AbortedTransaction[]> {
    return abortedBetween(this.#state.segments.values(this.#state.segments.floor(from)?.[0]), from, to);
  }

  /**
   * Begins a compaction: sealed segments' files are complete from here on. Returns what throws `CompactionAborted` when
   * the log is no longer the one that it was.
   */
  async begin(): Promise<() => void> {
    const { truncations } = this.#state;
    const check = (): void => {
      const { life, config } = this.#state;
      if (life === 'open' && truncations === this.#state.truncations && config.cleanupPolicy.has('compact')) return;
      throw new CompactionAborted(`the compaction of ${this.name} was overtaken by a change of the log`);
    };
    await this.#state.backgroundDone();
    check();
    return check;
  }

  /** A segment that will take the place of those that begin with `first`, ready to be written. */
  async newCleaned(first: Segment): Promise<Segment> {
    const cleaned = new Segment({
      place: this.#state.place,
      baseOffset: first.baseOffset,
      createdMs: await first.lastModifiedMs(),
      suffix: '.cleaned',
    });
    // Left by one that was aborted.
    await cleaned.remove();
    await cleaned.activate();
    return cleaned;
  }

  /** The disk failed under a compaction: the log stops, and its directory with it. */
  fail(error: unknown): void {
    this.#state.fail(error, 'compact');
  }

  /** Puts `cleaned` in the place of `old`. Throws `CompactionAborted` when they are not in the log any more. */
  replace(cleaned: Segment, old: readonly Segment[], check: () => void): Promise<void> {
    return this.#access.alone(async () => {
      check();
      if (old.some((segment) => this.#state.segments.get(segment.baseOffset) !== segment)) {
        throw new CompactionAborted(`segments of ${this.name} were deleted while they were compacted`);
      }
      await this.#state.replaceSegments(cleaned, old);
    });
  }
}
