/** Records that will be appended as one batch, and the operations that wait for it. */
import { buildBatch } from '../../../protocol/records/builder.ts';
import type { CompressionType } from '../../../protocol/records/compression.ts';
import { BATCH_HEADER_BYTES } from '../../../protocol/records/record.ts';
import type { Completion } from './deferred-queue.ts';
import type { Offset } from './timeline.ts';

/** Length, attributes, timestamp and offset deltas, key and value lengths, header count: all varints at their longest. */
const RECORD_OVERHEAD_BYTES = 5 + 1 + 10 + 5 + 5 + 5 + 1;

export interface SerializedRecord {
  readonly key: Buffer;
  readonly value: Buffer | null;
}

/** What a record takes in a batch at most. */
export function recordSizeBound({ key, value }: SerializedRecord): number {
  return RECORD_OVERHEAD_BYTES + key.length + (value?.length ?? 0);
}

export class CoordinatorBatch {
  readonly baseOffset: Offset;
  /** Its linger is over. */
  isDue = false;
  readonly #timestampMs: number;
  readonly #records: SerializedRecord[] = [];
  readonly #completions: Completion[] = [];
  /** An upper bound. */
  #sizeInBytes = BATCH_HEADER_BYTES;

  constructor(baseOffset: Offset, timestampMs: number) {
    this.baseOffset = baseOffset;
    this.#timestampMs = timestampMs;
  }

  /** The offset after its last record. */
  get nextOffset(): Offset {
    return this.baseOffset + this.#records.length;
  }

  get completions(): readonly Completion[] {
    return this.#completions;
  }

  append(record: SerializedRecord): void {
    this.#records.push(record);
    this.#sizeInBytes += recordSizeBound(record);
  }

  hasRoomFor(sizeInBytes: number, maxBatchBytes: number): boolean {
    return this.#sizeInBytes + sizeInBytes <= maxBatchBytes;
  }

  addCompletion(completion: Completion): void {
    this.#completions.push(completion);
  }

  build(compression: CompressionType): Buffer {
    const records = this.#records.map(({ key, value }) => ({ timestamp: this.#timestampMs, key, value }));
    // Kafka's coordinators write sequence 0 without a producer.
    return buildBatch(records, { baseSequence: 0, compression });
  }
}
