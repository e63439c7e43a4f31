/** Brings a shard's state up from its partition's log. */
import { type BatchView, batches, records } from '../../../protocol/records/batch.ts';
import { controlType } from '../../../protocol/records/control.ts';
import type { PartitionWriter, TopicPartition } from './partition-writer.ts';
import type { RecordSerde, Shard } from './shard.ts';
import type { Offset, SnapshotRegistry } from './timeline.ts';

/** Replaying more than this at once would hold up the broker's other work. */
const READ_BYTES_AT_ONCE = 1024 * 1024;

export interface LoadOptions<R> {
  readonly partition: TopicPartition;
  readonly writer: PartitionWriter;
  readonly shard: Shard<R>;
  readonly serde: RecordSerde<R>;
  readonly registry: SnapshotRegistry;
  /** `offsets.load.buffer.size` and its like. */
  readonly bufferBytes: number;
  /** Asked after each read; loading ends early when it says so. */
  isCancelled(): boolean;
  /** Says which offset holds a record that was stepped over. */
  onUnknownRecord(offset: Offset): void;
}

export interface LoadSummary {
  readonly numRecords: number;
  readonly nextOffset: Offset;
}

/**
 * Replays the log from its start to its end. From the high watermark on each batch's end is a snapshot, as if this
 * broker had written it. Resolves with null when it was cancelled; rejects when a record cannot be read or replayed.
 */
export async function loadPartition<R>(options: LoadOptions<R>): Promise<LoadSummary | null> {
  const { partition, writer, registry } = options;
  const maxBytes = Math.min(options.bufferBytes, READ_BYTES_AT_ONCE);
  let nextOffset = writer.logStartOffset(partition);
  let numRecords = 0;
  while (nextOffset < writer.logEndOffset(partition)) {
    const chunk = await writer.read(partition, nextOffset, maxBytes);
    if (options.isCancelled()) return null;
    const startOffset = nextOffset;
    for (const batch of wholeBatches(chunk.records)) {
      if (batch.nextOffset <= nextOffset) continue;
      numRecords += replayBatch(options, batch);
      nextOffset = batch.nextOffset;
      if (nextOffset >= writer.highWatermark(partition)) registry.snapshot(nextOffset);
    }
    // Compaction may have left nothing between here and the log's end.
    if (nextOffset === startOffset) break;
  }
  nextOffset = Math.max(nextOffset, writer.logEndOffset(partition));
  registry.snapshot(nextOffset);
  return { numRecords, nextOffset };
}

/** Batches of a read, whose buffers may divide the bytes anywhere. */
function wholeBatches(buffers: readonly Buffer[]): Iterable<BatchView> {
  return batches(buffers.length === 1 ? buffers[0]! : Buffer.concat(buffers));
}

function replayBatch<R>(options: LoadOptions<R>, batch: BatchView): number {
  const { shard, serde } = options;
  let numRecords = 0;
  for (const record of records(batch)) {
    if (batch.isControl) {
      const type = controlType(record);
      if (type === 'commit' || type === 'abort') shard.replayEndTransaction(batch.producerId, type === 'commit');
      continue;
    }
    const decoded = serde.decode(record.key, record.value);
    if (decoded === null) options.onUnknownRecord(record.offset);
    else shard.replay(record.offset, batch.producerId, decoded);
    numRecords += 1;
  }
  return numRecords;
}
