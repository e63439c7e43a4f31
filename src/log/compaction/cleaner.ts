/**
 * Compacts one log: notes the last offset of each key in its dirty part, then writes its segments anew without what that
 * makes obsolete, and puts the new ones in their place. Here is what touches files and the log; what is done to their
 * bytes is a job (`compaction-job.ts`), to which they go, and from which they come, over rings in memory that a worker
 * thread shares. Files are read into the one and written from the other. Kafka's `Cleaner`.
 */
import { ChannelClosed, ChannelReader, ChannelWriter, settled } from '../../collections/shared-channel.ts';
import { newRing } from '../../collections/shared-ring.ts';
import type { Clock } from '../../platform/clock.ts';
import type { Executor } from '../../platform/executor.ts';
import type { Segment } from '../segment.ts';
import { type CompactableLog, CompactionAborted } from './compactable-log.ts';
import {
  type CompactionAnswer,
  type CompactionCommand,
  type CompactionInput,
  compactionJob,
  type SegmentOptions,
} from './compaction-job.ts';
import { groupSegments, type SegmentSizes } from './segment-groups.ts';

/** A ring below this would pass a batch in too many pieces. */
const MIN_RING_BYTES = 64 * 1024;

export interface CleanerOptions {
  readonly clock: Clock;
  readonly executor: Executor;
  /** For the offset map. */
  readonly mapBytes: number;
  /** `log.cleaner.io.buffer.load.factor`: how full the offset map may be. */
  readonly mapLoadFactor: number;
  /** How much is on its way from the segments to the job, and from the job to the files. */
  readonly ioBytes: number;
  /** Waits until so many bytes more may be read or written. */
  readonly throttle: (bytes: number) => Promise<void>;
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

/**
 * Rejects with `CompactionAborted`; a `KafkaError` for bytes that no batch can have; an `ExecutorError`; the file system's
 * errors. However it ends, the log is as it was or has whole segments replaced.
 */
export async function cleanLog(log: CompactableLog, dirty: DirtyPart, options: CleanerOptions): Promise<CleanResult> {
  const check = await log.begin();
  const { firstDirtyOffset: startOffset, firstUncleanableOffset } = dirty;
  const { executor, mapBytes, mapLoadFactor, ioBytes, clock } = options;
  const ringBytes = Math.max(ioBytes, MIN_RING_BYTES);
  const input: CompactionInput = {
    inbound: newRing(ringBytes),
    outbound: newRing(ringBytes),
    mapBytes,
    mapLoadFactor,
    startOffset,
    aborted: await log.aborted(startOffset, firstUncleanableOffset),
    nowMs: clock.now(),
  };
  const cleaning = new Cleaning(log, dirty, options, check, input);
  let failure: unknown;
  const job = executor
    .run(compactionJob, input, { isLong: true })
    .catch((error) => {
      failure = error;
    })
    .finally(() => cleaning.close());
  try {
    return await cleaning.run();
  } catch (error) {
    // The job left off first, and says why.
    if (error instanceof ChannelClosed) await job;
    throw error instanceof ChannelClosed ? (failure ?? error) : error;
  } finally {
    cleaning.close();
    await job;
  }
}

class Cleaning {
  readonly #log: CompactableLog;
  readonly #dirty: DirtyPart;
  readonly #options: CleanerOptions;
  readonly #checkLog: () => void;
  readonly #toJob: ChannelWriter<CompactionCommand>;
  readonly #fromJob: ChannelReader<CompactionAnswer>;
  readonly #chunkBytes: number;
  #readBytes = 0;
  #writtenBytes = 0;

  constructor(
    log: CompactableLog,
    dirty: DirtyPart,
    options: CleanerOptions,
    checkLog: () => void,
    { inbound, outbound }: CompactionInput,
  ) {
    this.#log = log;
    this.#dirty = dirty;
    this.#options = options;
    this.#checkLog = checkLog;
    this.#toJob = new ChannelWriter(inbound);
    this.#fromJob = new ChannelReader(outbound);
    // So that a few are on their way while one is worked on.
    this.#chunkBytes = Math.floor(this.#toJob.maxBytes / 2);
  }

  async run(): Promise<CleanResult> {
    const legacyHorizonMs = await this.#legacyHorizon();
    const endOffset = (await this.#index()) + 1;
    const sized: (SegmentSizes & { readonly segment: Segment })[] = [];
    for (const segment of this.#log.segments(0, endOffset)) {
      const indexSizes = await segment.withIndexes(({ offsets, times }) => ({
        offsetIndexBytes: offsets.bytes.length,
        timeIndexBytes: times.bytes.length,
      }));
      const { baseOffset, sizeInBytes } = segment;
      sized.push({ segment, baseOffset, sizeInBytes, ...indexSizes });
    }
    const { segmentBytes, segmentIndexBytes } = this.#log.config;
    const limits = { segmentBytes, segmentIndexBytes, endOffset: this.#dirty.firstUncleanableOffset };
    for (const group of groupSegments(sized, limits)) {
      await this.#clean(
        group.map(({ segment }) => segment),
        legacyHorizonMs,
      );
    }
    return { endOffset, readBytes: this.#readBytes, writtenBytes: this.#writtenBytes };
  }

  /** Ends the talk with the job, from this side: whoever waits for the other leaves off. */
  close(): void {
    this.#toJob.close();
    this.#fromJob.close();
  }

  /** Tombstones of magic 0 and 1 go with segments that were last written before this. */
  async #legacyHorizon(): Promise<number> {
    const last = this.#log.segments(0, this.#dirty.firstDirtyOffset).at(-1);
    return last === undefined ? 0 : (await last.lastModifiedMs()) - this.#log.config.deleteRetentionMs;
  }

  /** Has the keys of the dirty part noted. Returns the offset up to which they all were. */
  async #index(): Promise<number> {
    const { firstDirtyOffset, firstUncleanableOffset } = this.#dirty;
    let isFull = false;
    const send = async (): Promise<void> => {
      for (const segment of this.#log.segments(firstDirtyOffset, firstUncleanableOffset)) {
        const position = await segment.withIndexes(({ offsets }) => offsets.lookup(firstDirtyOffset));
        await this.#send(segment, position, () => isFull);
        if (isFull) break;
        const latestOffset = Math.min(this.#log.endOf(segment), firstUncleanableOffset) - 1;
        await this.#command({ type: 'indexed-to', latestOffset });
      }
      await this.#command({ type: 'end-of-index' });
    };
    let latestOffset = -1;
    const receive = async (): Promise<void> => {
      for (;;) {
        const answer = await this.#answer();
        if (answer.type === 'full') isFull = true;
        else if (answer.type === 'index') {
          ({ latestOffset } = answer);
          return;
        }
      }
    };
    await this.#together(send(), receive());
    return latestOffset;
  }

  /** Makes one segment of a group, and puts it in the group's place. */
  async #clean(segments: readonly Segment[], legacyHorizonMs: number): Promise<void> {
    const cleaned = await this.#log.newCleaned(segments[0]!);
    let isWhole = false;
    try {
      let modifiedMs = 0;
      const send = async (): Promise<void> => {
        await this.#command({ type: 'group', lastRecords: this.#log.lastRecords() });
        for (const segment of segments) {
          const aborted = await this.#log.aborted(segment.baseOffset, this.#log.endOf(segment));
          modifiedMs = await segment.lastModifiedMs();
          const options: SegmentOptions = {
            endOffset: this.#dirty.firstUncleanableOffset,
            deleteRetentionMs: this.#log.config.deleteRetentionMs,
            keepsLegacyTombstones: modifiedMs > legacyHorizonMs,
          };
          await this.#command({ type: 'segment', aborted, ...options });
          await this.#send(segment, 0);
        }
        await this.#command({ type: 'end-of-group' });
      };
      await this.#together(send(), this.#receive(cleaned));
      cleaned.seal();
      await cleaned.writeIndexes(true);
      await cleaned.sync();
      await cleaned.setModifiedMs(modifiedMs);
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

  /** Writes what stays of a group. */
  async #receive(cleaned: Segment): Promise<void> {
    let position = cleaned.stagedBytes;
    for (;;) {
      const message = await settled(this.#fromJob.take());
      this.#check();
      if ('bytes' in message) {
        const { bytes } = message;
        await cleaned.write([bytes], position);
        position += bytes.length;
        this.#writtenBytes += bytes.length;
        await this.#options.throttle(bytes.length);
        this.#fromJob.release();
        continue;
      }
      const answer = message.value;
      if (answer.type === 'end-of-group') return;
      if (answer.type === 'aborted') cleaned.stageAborted(answer.transaction);
      else if (answer.type === 'kept') this.#stage(cleaned, answer.batches);
    }
  }

  /** Books batches that are in the file. */
  #stage(cleaned: Segment, batches: Float64Array): void {
    const { indexIntervalBytes } = this.#log.config;
    for (let at = 0; at < batches.length; at += 3) {
      cleaned.stage(batches[at]!, batches[at + 1]!, batches[at + 2]!, indexIntervalBytes);
    }
    cleaned.publish();
  }

  /** Sends a segment's bytes, no faster than is allowed. */
  async #send(segment: Segment, position: number, isEnough = (): boolean => false): Promise<void> {
    const end = segment.sizeInBytes;
    for (let at = position; at < end && !isEnough(); ) {
      this.#check();
      const room = await settled(this.#toJob.room(Math.min(this.#chunkBytes, end - at)));
      const bytes = await segment.readInto(room, at);
      if (bytes === 0) return;
      this.#toJob.commit(bytes);
      at += bytes;
      this.#readBytes += bytes;
      await this.#options.throttle(bytes);
    }
  }

  #command(command: CompactionCommand): Promise<void> {
    return settled(this.#toJob.value(command));
  }

  async #answer(): Promise<CompactionAnswer> {
    const message = await settled(this.#fromJob.take());
    this.#check();
    if ('bytes' in message) throw new TypeError('bytes came from a job that notes keys');
    return message.value;
  }

  /** Both sides of the talk; when one fails, the other leaves off, and the failure is the first one's. */
  async #together(sending: Promise<void>, receiving: Promise<void>): Promise<void> {
    let failure: { readonly error: unknown } | undefined;
    const failed = (error: unknown): void => {
      failure ??= { error };
      this.close();
    };
    await Promise.all([sending.catch(failed), receiving.catch(failed)]);
    if (failure !== undefined) throw failure.error;
  }

  #check(): void {
    this.#options.checkStopped();
    this.#checkLog();
  }
}
