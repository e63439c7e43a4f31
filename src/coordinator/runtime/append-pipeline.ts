/**
 * The way of decided records into the log: replayed, gathered into batches, written, committed, answered; or taken
 * back.
 *
 * Only one batch is being written at a time. Later ones are decided upon its records, so if it fails all of them are
 * reverted, and nothing that was decided on lost state can reach the log.
 */

import { KafkaError, toKafkaError } from '../../../protocol/errors.ts';
import type { CompressionType } from '../../../protocol/records/compression.ts';
import type { Clock, Timer } from '../../platform/clock.ts';
import type { Logger } from '../../platform/logger.ts';
import { CoordinatorBatch, recordSizeBound, type SerializedRecord } from './coordinator-batch.ts';
import type { Decision } from './decision.ts';
import { type Completion, DeferredQueue } from './deferred-queue.ts';
import type { RecordSerde, Shard } from './shard.ts';
import type { Offset, SnapshotRegistry } from './timeline.ts';
import { WriteTimeouts } from './write-timeouts.ts';

export interface PipelineOptions<R> {
  readonly shard: Shard<R>;
  readonly registry: SnapshotRegistry;
  readonly serde: RecordSerde<R>;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Below zero, a batch is written after the work that is queued already; see `group.coordinator.append.linger.ms`. */
  readonly appendLingerMs: number;
  readonly writeTimeoutMs: number;
  /** Of the batches; they are filled up to `maxBatchBytes` before compression, as Kafka's are. */
  readonly compression: CompressionType;
  readonly maxBatchBytes: number;
  /** The log's end; the state has been replayed up to here. */
  readonly writtenOffset: Offset;
  write(batch: Buffer): Promise<{ readonly lastOffset: Offset }>;
  /** As it is now; later ones come through `onHighWatermark`. */
  readonly highWatermark: Offset;
  /** Puts work into the partition's queue. */
  enqueue(work: () => void): void;
  afterQueuedWork(callback: () => void): void;
  /** The log's offsets are not those that were replayed; the state is of no use. */
  onOutOfSync(): void;
}

export class AppendPipeline<R> {
  readonly #options: PipelineOptions<R>;
  readonly #deferred = new DeferredQueue();
  readonly #timeouts: WriteTimeouts;
  /** The first is being written if `#isWriting`; the last takes records unless it is the one being written. */
  #batches: CoordinatorBatch[] = [];
  #isWriting = false;
  #isClosed = false;
  /** The offset after the last record that the log has taken. */
  #writtenOffset: Offset;
  #highWatermark: Offset;
  #linger: Timer | null = null;

  constructor(options: PipelineOptions<R>) {
    this.#options = options;
    this.#writtenOffset = options.writtenOffset;
    this.#highWatermark = options.highWatermark;
    this.#timeouts = new WriteTimeouts(options.clock, options.writeTimeoutMs, options.enqueue);
  }

  /** The newest snapshot that holds committed records only. */
  get committedOffset(): Offset {
    const { registry } = this.#options;
    return registry.floor(Math.min(this.#highWatermark, this.#writtenOffset)) ?? registry.oldest;
  }

  /** Replays a decision's records and has them written; `completion` is called when they are committed or lost. */
  append(decision: Decision<R, unknown>, completion: Completion): void {
    this.#replayAndGather(decision, completion);
    if (!completion.isDone) this.#timeouts.add(completion);
  }

  #replayAndGather(decision: Decision<R, unknown>, completion: Completion): void {
    const { records, isDivisible = false } = decision;
    if (records.length === 0) {
      this.#completeAfterPending(completion);
      return;
    }
    let serialized: SerializedRecord[];
    try {
      serialized = records.map((record) => this.#options.serde.encode(record));
      this.#checkSizes(serialized, isDivisible);
    } catch (failure) {
      completion.complete(toKafkaError(failure));
      this.#options.shard.onReverted();
      return;
    }
    let sizeInBytes = serialized.reduce((sum, record) => sum + recordSizeBound(record), 0);
    for (const [i, record] of records.entries()) {
      // An operation that is not divisible finds room for all of its records at the first.
      const batch = this.#batchFor(isDivisible ? recordSizeBound(serialized[i]!) : sizeInBytes);
      if (!isDivisible) sizeInBytes = 0;
      if (i === records.length - 1) batch.addCompletion(completion);
      try {
        this.#options.shard.replay(batch.nextOffset, -1, record);
      } catch (failure) {
        this.#options.logger.error({ err: failure, operation: completion.name }, 'a record could not be replayed');
        if (i < records.length - 1) batch.addCompletion(completion);
        this.#revertFrom(batch, toKafkaError(failure));
        return;
      }
      batch.append(serialized[i]!);
    }
    if (this.#options.appendLingerMs === 0) this.#batches.at(-1)!.isDue = true;
    this.#flush();
  }

  onHighWatermark(highWatermark: Offset): void {
    if (this.#isClosed) return;
    this.#highWatermark = highWatermark;
    this.#commit();
  }

  /** Answers everything that is pending with `error`; nothing may be asked of the pipeline afterwards. */
  close(error: KafkaError): void {
    this.#isClosed = true;
    this.#linger?.cancel();
    this.#timeouts.close();
    this.#deferred.failAll(error);
    const batches = this.#batches;
    this.#batches = [];
    for (const batch of batches) failAll(batch, error);
  }

  #commit(): void {
    this.#options.registry.forgetBefore(this.committedOffset);
    this.#deferred.completeUpTo(Math.min(this.#highWatermark, this.#writtenOffset));
  }

  /** Nothing to write: the answer may still rest on records that are not committed. */
  #completeAfterPending(completion: Completion): void {
    const last = this.#batches.at(-1);
    if (last !== undefined) last.addCompletion(completion);
    else if (this.#highWatermark < this.#writtenOffset) this.#deferred.add(this.#writtenOffset, completion);
    else completion.complete(null);
  }

  #checkSizes(records: readonly SerializedRecord[], isDivisible: boolean): void {
    const sizes = records.map(recordSizeBound);
    const sizeInBytes = isDivisible ? Math.max(...sizes) : sizes.reduce((sum, size) => sum + size, 0);
    const { maxBatchBytes } = this.#options;
    if (!new CoordinatorBatch(0, 0).hasRoomFor(sizeInBytes, maxBatchBytes)) {
      throw new KafkaError('MESSAGE_TOO_LARGE', `${sizeInBytes} bytes of records, a batch holds ${maxBatchBytes}`);
    }
  }

  #batchFor(sizeInBytes: number): CoordinatorBatch {
    const last = this.#batches.at(-1);
    const isTaken = last === undefined || (this.#isWriting && this.#batches.length === 1);
    if (!isTaken && last.hasRoomFor(sizeInBytes, this.#options.maxBatchBytes)) return last;
    const baseOffset = last?.nextOffset ?? this.#writtenOffset;
    const batch = new CoordinatorBatch(baseOffset, this.#options.clock.now());
    this.#options.registry.snapshot(baseOffset);
    if (last !== undefined) last.isDue = true;
    this.#batches.push(batch);
    this.#startLinger(batch);
    return batch;
  }

  #startLinger(batch: CoordinatorBatch): void {
    const { appendLingerMs, afterQueuedWork, clock, enqueue } = this.#options;
    const end = (): void => {
      batch.isDue = true;
      enqueue(() => this.#flush());
    };
    if (appendLingerMs < 0) afterQueuedWork(end);
    else if (appendLingerMs > 0) {
      this.#linger?.cancel();
      this.#linger = clock.after(appendLingerMs, end);
    }
  }

  #flush(): void {
    const batch = this.#batches[0];
    if (this.#isWriting || this.#isClosed || batch === undefined || !batch.isDue) return;
    const { registry, write, enqueue, compression } = this.#options;
    this.#isWriting = true;
    // Later records go to another batch, so this is the state that it leads to.
    if (this.#batches.length === 1) registry.snapshot(batch.nextOffset);
    write(batch.build(compression)).then(
      ({ lastOffset }) => enqueue(() => this.#onWritten(batch, lastOffset)),
      (failure) => enqueue(() => this.#onWriteFailed(batch, failure)),
    );
  }

  #onWritten(batch: CoordinatorBatch, lastOffset: Offset): void {
    if (this.#isClosed) return;
    if (lastOffset !== batch.nextOffset - 1) {
      const fields = { lastOffset, expected: batch.nextOffset - 1 };
      this.#options.logger.error(fields, 'the log is not where the coordinator takes it to be; it will be loaded anew');
      this.#options.onOutOfSync();
      return;
    }
    this.#isWriting = false;
    this.#batches.shift();
    this.#writtenOffset = batch.nextOffset;
    for (const completion of batch.completions) this.#deferred.add(batch.nextOffset, completion);
    this.#commit();
    this.#flush();
  }

  #onWriteFailed(batch: CoordinatorBatch, failure: unknown): void {
    if (this.#isClosed) return;
    this.#isWriting = false;
    this.#options.logger.warn({ err: failure }, 'the coordinator could not write; its last records are taken back');
    this.#revertFrom(batch, toKafkaError(failure));
  }

  /** Takes back the records of `batch` and of all later ones. */
  #revertFrom(batch: CoordinatorBatch, error: KafkaError): void {
    const lost = this.#batches.splice(this.#batches.indexOf(batch));
    this.#options.registry.revertTo(batch.baseOffset);
    for (const each of lost) failAll(each, error);
    this.#options.shard.onReverted();
  }
}

function failAll(batch: CoordinatorBatch, error: KafkaError): void {
  for (const completion of batch.completions) completion.complete(error);
}
