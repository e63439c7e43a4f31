/**
 * The append path of a log: checks, stamps and books what waits, and writes it with one call. Synchronous as long as
 * neither the disk nor a new segment has to be waited for.
 */
import { KafkaError } from '../../protocol/errors.ts';
import { allBatches, type BatchView } from '../../protocol/records/batch.ts';
import type { Clock } from '../platform/clock.ts';
import { validateForFollower, validateForLeader } from './batch-validator.ts';
import type { LogState } from './log-state.ts';
import { recompress } from './recompress.ts';
import type { Recompression } from './recompression.ts';
import type { Segment } from './segment.ts';
import type { WritePacer } from './write-pacer.ts';

export type AppendOrigin = 'client' | 'coordinator' | 'raft';

export interface AppendInfo {
  readonly baseOffset: number;
  readonly lastOffset: number;
  /** −1 for CreateTime. */
  readonly logAppendTimeMs: number;
  readonly logStartOffset: number;
  /** Answered from what was appended before; nothing was written. */
  readonly isDuplicate: boolean;
}

/** Who asked for an append. Called once, when it is written or refused; must not throw, the appends behind it would suffer. */
export interface AppendListener {
  appended(info: AppendInfo): void;
  refused(error: unknown): void;
}

/** What a leader's batches get, and who made them. */
export interface LeaderAppend {
  readonly leaderEpoch: number;
  readonly origin: AppendOrigin;
}

export interface PendingAppend {
  readonly records: Buffer;
  /** `null` for a follower's. */
  readonly leader: LeaderAppend | null;
  /** Over by the time the append is staged; `undefined` when there was none. */
  readonly recompression: Recompression | undefined;
  readonly listener: AppendListener;
}

/** An append that was checked and stamped, and waits for its write. */
interface StagedAppend {
  readonly pending: PendingAppend;
  readonly info: AppendInfo;
  /** `null` for a duplicate. */
  readonly bytes: Buffer | null;
  /** Of the last batch; −1 when unknown. */
  readonly epochs: readonly { readonly epoch: number; readonly startOffset: number }[];
}

const NO_EPOCHS: readonly never[] = [];
const LARGEST_WRITE_BYTES = 1024 ** 2;

export class Appender {
  readonly #log: LogState;
  readonly #clock: Clock;
  readonly #pacer: WritePacer;
  #rollOffset = 0;

  constructor(log: LogState, clock: Clock, pacer: WritePacer) {
    this.#log = log;
    this.#clock = clock;
    this.#pacer = pacer;
  }

  /** Stages and writes what waits. Synchronous as long as neither the disk nor a roll has to be waited for. */
  appendAll(appends: PendingAppend[]): Promise<void> | undefined {
    let from = 0;
    let staged: StagedAppend[] = [];
    let stagedBytes = 0;
    const nowMs = this.#clock.now();
    while (from < appends.length) {
      const pending = appends[from]!;
      if (this.#log.life !== 'open') {
        pending.listener.refused(this.#log.refusal());
        from++;
        continue;
      }
      if (!this.#log.active.isActive) {
        return this.#after(this.#log.activate(), appends.slice(from));
      }
      const result = this.#stage(pending, nowMs);
      if (result === 'roll') {
        const rest = appends.slice(from);
        return this.#write(staged, stagedBytes)?.then(() => this.#rollFor(rest)) ?? this.#rollFor(rest);
      }
      from++;
      if (result === undefined) continue;
      staged.push(result);
      stagedBytes += result.bytes?.length ?? 0;
      if (stagedBytes >= LARGEST_WRITE_BYTES) {
        const writing = this.#write(staged, stagedBytes);
        staged = [];
        stagedBytes = 0;
        if (writing !== undefined) return writing.then(() => this.appendAll(appends.slice(from)));
      }
    }
    return this.#write(staged, stagedBytes);
  }

  /** Checks and stamps one append and books it; `roll` when it needs a new segment first; `undefined` when it was refused. */
  #stage(pending: PendingAppend, nowMs: number): StagedAppend | 'roll' | undefined {
    try {
      const { leader } = pending;
      return leader === null ? this.#stageFollower(pending, nowMs) : this.#stageLeader(pending, leader, nowMs);
    } catch (error) {
      pending.listener.refused(error);
      return undefined;
    }
  }

  #stageLeader(pending: PendingAppend, leader: LeaderAppend, nowMs: number): StagedAppend | 'roll' {
    const config = this.#log.config;
    const sent = validateForLeader(pending.records, leader.origin, config, nowMs, this.#log.name);
    const baseOffset = this.#log.nextOffset;
    for (const batch of sent) {
      const repeated = this.#log.producers.check(batch, leader.origin, baseOffset);
      if (repeated === undefined) continue;
      const { lastOffset, offsetDelta, timestamp } = repeated;
      const info = {
        baseOffset: lastOffset - offsetDelta,
        lastOffset,
        logAppendTimeMs: timestamp,
        logStartOffset: this.#log.logStartOffset,
        isDuplicate: true,
      };
      return { pending, info, bytes: null, epochs: NO_EPOCHS };
    }
    const records = pending.recompression?.outcome(config) ?? recompress(pending.records, sent, config, this.#log.name);
    const found = records === pending.records ? sent : allBatches(records);
    const isStamped = config.messageTimestampType === 'LogAppendTime';
    if (this.#needsRoll(found, records.length, baseOffset, isStamped, nowMs)) return 'roll';
    let nextOffset = baseOffset;
    for (const batch of found) {
      batch.setBaseOffset(nextOffset);
      batch.setPartitionLeaderEpoch(leader.leaderEpoch);
      if (isStamped) batch.setMaxTimestamp('LogAppendTime', nowMs);
      ({ nextOffset } = batch);
      this.#book(batch);
    }
    this.#log.nextOffset = nextOffset;
    return {
      pending,
      info: {
        baseOffset,
        lastOffset: nextOffset - 1,
        logAppendTimeMs: isStamped ? nowMs : -1,
        logStartOffset: this.#log.logStartOffset,
        isDuplicate: false,
      },
      bytes: records,
      epochs:
        leader.leaderEpoch === this.#log.epochs.latest?.epoch
          ? NO_EPOCHS
          : [{ epoch: leader.leaderEpoch, startOffset: baseOffset }],
    };
  }

  #stageFollower(pending: PendingAppend, nowMs: number): StagedAppend | 'roll' {
    const found = validateForFollower(pending.records, this.#log.name);
    const first = found[0];
    const last = found.at(-1);
    if (first === undefined || last === undefined) {
      const lastOffset = this.#log.nextOffset - 1;
      const info = { baseOffset: lastOffset, lastOffset, logAppendTimeMs: -1, isDuplicate: false };
      return { pending, info: { ...info, logStartOffset: this.#log.logStartOffset }, bytes: null, epochs: NO_EPOCHS };
    }
    // A log that begins in the middle of a leader's batch (its start was moved there) takes the batch whole.
    const isEmpty = this.#log.nextOffset === this.#log.logStartOffset && this.#log.active.stagedBytes === 0;
    if (first.baseOffset < this.#log.nextOffset && !(isEmpty && first.lastOffset >= this.#log.nextOffset)) {
      throw new KafkaError(
        'OFFSET_OUT_OF_RANGE',
        `offset ${first.baseOffset} was appended to ${this.#log.name} as a follower, whose next offset is ${this.#log.nextOffset}`,
      );
    }
    const end = last.start + last.sizeInBytes;
    if (this.#needsRoll(found, end, undefined, false, nowMs)) return 'roll';
    const epochs = [];
    let latest = this.#log.epochs.latest?.epoch ?? -1;
    for (const batch of found) {
      this.#book(batch);
      const epoch = batch.partitionLeaderEpoch;
      if (epoch > latest) {
        epochs.push({ epoch, startOffset: batch.baseOffset });
        latest = epoch;
      }
    }
    this.#log.nextOffset = last.nextOffset;
    return {
      pending,
      info: {
        baseOffset: first.baseOffset,
        lastOffset: last.lastOffset,
        logAppendTimeMs: -1,
        logStartOffset: this.#log.logStartOffset,
        isDuplicate: false,
      },
      bytes: pending.records.subarray(0, end),
      epochs,
    };
  }

  #book(batch: BatchView): void {
    const { sizeInBytes, lastOffset, maxTimestamp } = batch;
    this.#log.active.stage(sizeInBytes, lastOffset, maxTimestamp, this.#log.config.indexIntervalBytes);
    const aborted = this.#log.producers.apply(batch);
    if (aborted !== undefined) this.#log.active.stageAborted(aborted);
  }

  /** Where a new segment would begin, when one is needed for these batches. */
  #needsRoll(
    found: readonly BatchView[],
    bytes: number,
    assignedBase: number | undefined,
    isStamped: boolean,
    nowMs: number,
  ): boolean {
    let lastOffset: number;
    if (assignedBase === undefined) {
      ({ lastOffset } = found.at(-1)!);
    } else {
      lastOffset = assignedBase - 1;
      for (const batch of found) lastOffset += batch.lastOffsetDelta + 1;
    }
    let maxTimestamp = isStamped ? nowMs : -1;
    if (!isStamped) {
      for (const batch of found) maxTimestamp = Math.max(maxTimestamp, batch.maxTimestamp);
    }
    const isNeeded = this.#log.active.shouldRoll(bytes, lastOffset, maxTimestamp, nowMs, this.#log.config);
    this.#rollOffset = assignedBase ?? Math.max(found[0]!.baseOffset, this.#log.nextOffset);
    return isNeeded && this.#rollOffset > this.#log.active.baseOffset;
  }

  #write(staged: StagedAppend[], stagedBytes: number): Promise<void> | undefined {
    if (staged.length === 0) return undefined;
    const segment = this.#log.active;
    if (stagedBytes === 0) {
      acknowledge(staged);
      return undefined;
    }
    const buffers: Buffer[] = [];
    for (const { bytes } of staged) if (bytes !== null) buffers.push(bytes);
    const position = segment.sizeInBytes;
    if (this.#pacer.mayBlock(stagedBytes)) {
      try {
        if (this.#pacer.timed(() => segment.writeSync(buffers, position)))
          return this.#written(staged, stagedBytes, segment);
      } catch (error) {
        this.#rejectStaged(staged, error);
        return undefined;
      }
    }
    return segment.write(buffers, position).then(
      () => this.#written(staged, stagedBytes, segment),
      (error) => this.#rejectStaged(staged, error),
    );
  }

  /** What was staged is in the file: readers may see it. Flushed first, if `flush.messages` says so, it is acknowledged. */
  #written(staged: StagedAppend[], bytes: number, segment: Segment): Promise<void> | undefined {
    segment.publish();
    for (const { bytes: appended, info, epochs } of staged) {
      if (appended !== null) this.#log.tail.append(info.baseOffset, info.lastOffset + 1, appended);
      for (const { epoch, startOffset } of epochs) this.#log.epochs.assign(epoch, startOffset);
    }
    this.#log.logEndOffset = this.#log.nextOffset;
    if (this.#log.logEndOffset - this.#log.recoveryPoint < this.#log.config.flushMessages) {
      this.#committed(staged, bytes);
      return undefined;
    }
    return this.#log.flushTo(this.#log.logEndOffset).then(
      () => this.#committed(staged, bytes),
      (error) => this.#rejectStaged(staged, error),
    );
  }

  /** The high watermark moves once for the write, before the first of it is acknowledged. */
  #committed(staged: readonly StagedAppend[], bytes: number): void {
    this.#log.onAppended(bytes);
    acknowledge(staged);
  }

  #rejectStaged(staged: readonly StagedAppend[], error: unknown): void {
    const failure = this.#log.fail(error, 'append to');
    for (const { pending } of staged) pending.listener.refused(failure);
  }

  #rollFor(rest: PendingAppend[]): Promise<void> | undefined {
    return this.#log.life === 'open' ? this.#after(this.#log.roll(this.#rollOffset), rest) : this.appendAll(rest);
  }

  /** Goes on with the appends after a step that they need; when it fails they do, and the log where its disk did. */
  async #after(step: Promise<void>, appends: PendingAppend[]): Promise<void> {
    try {
      await step;
    } catch (error) {
      const failure = this.#log.fail(error, 'open a segment of');
      for (const { listener } of appends) listener.refused(failure);
      return;
    }
    await this.appendAll(appends);
  }
}

function acknowledge(staged: readonly StagedAppend[]): void {
  for (const { pending, info } of staged) pending.listener.appended(info);
}
