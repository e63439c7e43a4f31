/** What takes from a log at either end: truncation, retention, a log start that moves. Runs alone in the log's queue. */
import { KafkaError } from '../../protocol/errors.ts';
import { rebuildProducers } from './log-loader.ts';
import { DEFAULT_PRODUCER_ID_EXPIRATION_MS, type LogOptions } from './log-options.ts';
import type { LogState } from './log-state.ts';
import { segmentsToDelete } from './retention.ts';
import { Segment } from './segment.ts';

export class LogShortener {
  readonly #log: LogState;
  readonly #options: LogOptions;

  constructor(log: LogState, options: LogOptions) {
    this.#log = log;
    this.#options = options;
  }

  // The end

  async truncateTo(offset: number): Promise<void> {
    const log = this.#log;
    if (offset >= log.logEndOffset) {
      log.epochs.truncateFromEnd(log.logEndOffset);
      return;
    }
    if (offset < log.segments.first()![0]) {
      await this.startAnew(offset);
      return;
    }
    await this.#truncate(offset, log.segments.floor(offset)![0], async () => {
      await log.removeSegments([...log.segments.values()].filter(({ baseOffset }) => baseOffset > offset));
      log.active = log.segments.last()![1];
      await log.activate();
      await log.active.truncateTo(offset);
      log.tail.clear();
      log.logStartOffset = Math.min(log.logStartOffset, offset);
    });
  }

  async startAnew(offset: number): Promise<void> {
    const log = this.#log;
    await this.#truncate(offset, offset, async () => {
      await log.removeSegments([...log.segments.values()]);
      log.tail.clear();
      log.active = new Segment({ place: log.place, baseOffset: offset, createdMs: this.#options.clock.now() });
      log.segments.set(offset, log.active);
      log.epochs.clear();
      log.logStartOffset = offset;
    });
  }

  /**
   * Nothing on the disk speaks for what goes before it goes: a crash in between leaves a log that is checked. What still
   * goes on with sealed segments, one of which may be appended to again, is over then.
   */
  async #truncate(offset: number, lastSegmentOffset: number, cut: () => Promise<void>): Promise<void> {
    const log = this.#log;
    log.truncations++;
    await log.backgroundDone();
    await log.betweenFlushes(async () => {
      // Below the end of what will be the last segment: its index files hold more than will be left of it.
      log.recoveryPoint = Math.min(log.recoveryPoint, Math.max(lastSegmentOffset, offset - 1));
      await this.#options.onTruncation?.(lastSegmentOffset, log.recoveryPoint);
      await cut();
      await this.#endAt(offset);
    });
  }

  async #endAt(offset: number): Promise<void> {
    const log = this.#log;
    log.logEndOffset = offset;
    log.nextOffset = offset;
    log.highWatermark = Math.min(Math.max(log.highWatermark, log.logStartOffset), offset);
    log.epochs.truncateFromEnd(offset);
    await log.removeSnapshots((at) => at > offset);
    const { clock, logger, producerIdExpirationMs = DEFAULT_PRODUCER_ID_EXPIRATION_MS } = this.#options;
    const { producers, place, segments, snapshots, logStartOffset } = log;
    await rebuildProducers({
      ...{ producers, place, segments, snapshots, logStartOffset, offset, producerIdExpirationMs, logger },
      mayHaveNone: false,
      nowMs: clock.now(),
    });
    log.producers.onHighWatermark(log.highWatermark);
    await log.syncTruncation();
  }

  // The start

  /** At most to the high watermark. */
  incrementLogStartOffset(offset: number): void {
    const log = this.#log;
    if (offset > log.highWatermark) {
      throw new KafkaError(
        'OFFSET_OUT_OF_RANGE',
        `the log start of ${log.name} cannot be ${offset}, above the high watermark ${log.highWatermark}`,
      );
    }
    if (offset <= log.logStartOffset) return;
    log.logStartOffset = offset;
    log.epochs.truncateFromStart(offset);
    log.producers.onHighWatermark(offset);
    log.producers.advanceTo(offset);
  }

  async deleteOldSegments(): Promise<number> {
    const log = this.#log;
    const { config, logStartOffset, logEndOffset, highWatermark } = log;
    const nowMs = this.#options.clock.now();
    const limits = { config, nowMs, logStartOffset, logEndOffset, highWatermark };
    const goes = await segmentsToDelete([...log.segments.values()], limits);
    if (goes.length === 0) return 0;
    if (goes.length === log.segments.size) await log.roll(log.logEndOffset);
    const lastOffset = goes.at(-1)!.baseOffset;
    const kept = log.segments.higher(lastOffset)![0];
    this.incrementLogStartOffset(Math.min(kept, log.highWatermark));
    await log.removeSegments(goes);
    await log.removeSnapshots((at) => at <= lastOffset);
    this.#options.logger.info(
      { log: log.name, segments: goes.length, logStartOffset: log.logStartOffset },
      'deleted old segments',
    );
    return goes.length;
  }
}
