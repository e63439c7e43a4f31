/** Batches in the codec that their topic asks for: Kafka's `LogValidator` where `compression.type` is not `producer`. */
import { KafkaError } from '../../protocol/errors.ts';
import { type BatchView, type NewRecord, records } from '../../protocol/records/batch.ts';
import { buildBatch } from '../../protocol/records/builder.ts';
import type { CompressionType } from '../../protocol/records/compression.ts';
import { InvalidRecordError } from './invalid-record-error.ts';
import type { LogConfig } from './log-config.ts';

/** What of a topic's settings it goes by. */
export type RecompressionConfig = Pick<LogConfig, 'compressionType' | 'compressionLevels' | 'maxMessageBytes'>;

/**
 * The batches' bytes in the topic's codec; the same buffer when all of them are in it already. A batch made anew has its
 * records, times, producer and flags; it is parsed for that, so what is wrong inside comes out.
 * @param name of the partition, for messages
 * @throws MESSAGE_TOO_LARGE when a batch made anew exceeds `max.message.bytes`, INVALID_RECORD
 */
export function recompress(
  buffer: Buffer,
  found: readonly BatchView[],
  config: RecompressionConfig,
  name: string,
): Buffer {
  if (!needsRecompression(found, config)) return buffer;
  const target = targetOf(config);
  return Buffer.concat(
    found.map((batch) => (isIn(batch, target) ? batch.bytes() : rebuilt(batch, target, config, name))),
  );
}

/** Whether a batch is in another codec than the topic's. */
export function needsRecompression(found: readonly BatchView[], config: RecompressionConfig): boolean {
  return config.compressionType !== 'producer' && !found.every((batch) => isIn(batch, targetOf(config)));
}

function targetOf({ compressionType }: RecompressionConfig): CompressionType {
  return compressionType === 'uncompressed' || compressionType === 'producer' ? 'none' : compressionType;
}

/** Markers stay as they come, and a batch in the right codec as its producer made it, whatever the level. */
function isIn(batch: BatchView, target: CompressionType): boolean {
  return batch.compression === target || (batch.isControl && batch.compression === 'none');
}

function rebuilt(batch: BatchView, compression: CompressionType, config: RecompressionConfig, name: string): Buffer {
  const { baseOffset, producerId, producerEpoch, baseSequence, isTransactional, isControl, timestampType } = batch;
  const newRecords: NewRecord[] = [];
  for (const record of records(batch)) {
    const offsetDelta = record.offset - baseOffset;
    if (offsetDelta !== newRecords.length) {
      const message = `Inner record with offset delta ${offsetDelta} inside the compressed record batch does not have incremental offsets, expected ${newRecords.length} in topic partition ${name}.`;
      throw new InvalidRecordError('INVALID_RECORD', [{ batchIndex: newRecords.length, message }]);
    }
    newRecords.push({ ...record, offsetDelta });
  }
  const level = config.compressionLevels[compression];
  const bytes = buildBatch(newRecords, {
    baseOffset,
    compression,
    producerId,
    producerEpoch,
    baseSequence,
    isTransactional,
    isControl,
    timestampType,
    ...(level === undefined ? {} : { level }),
  });
  if (bytes.length > config.maxMessageBytes) {
    throw new KafkaError(
      'MESSAGE_TOO_LARGE',
      `Message batch size is ${bytes.length} bytes in append to partition ${name} which exceeds the maximum configured size of ${config.maxMessageBytes}.`,
    );
  }
  return bytes;
}
