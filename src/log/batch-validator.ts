/**
 * What a leader checks of batches before it takes them, by their headers and checksum; records are parsed only where a
 * topic's config asks for it (keys of compacted topics, a lower bound for timestamps). Kafka's `LogValidator`, for
 * batches of magic 2. What Kafka finds by parsing every record (inner counts, offsets, each timestamp) is left to readers.
 */
import { KafkaError } from '../../protocol/errors.ts';
import { allBatches, BATCH_HEADER_BYTES, type BatchView, batches, records } from '../../protocol/records/batch.ts';
import { InvalidRecordError, type RecordError } from './invalid-record-error.ts';
import type { LogConfig } from './log-config.ts';
import type { BatchOrigin } from './producer-state.ts';

/**
 * The batches in `buffer`, checked.
 * @param name of the partition, for messages
 * @throws INVALID_RECORD, CORRUPT_MESSAGE, MESSAGE_TOO_LARGE, RECORD_LIST_TOO_LARGE, INVALID_TIMESTAMP,
 * UNSUPPORTED_COMPRESSION_TYPE
 */
export function validateForLeader(
  buffer: Buffer,
  origin: Exclude<BatchOrigin, 'replication'>,
  config: LogConfig,
  nowMs: number,
  name: string,
): BatchView[] {
  const found = allBatches(buffer);
  const last = found.at(-1);
  if (last === undefined) {
    throw new KafkaError('INVALID_RECORD', `Produce requests must have at least one record batch for ${name}`);
  }
  if (last.start + last.sizeInBytes !== buffer.length) {
    throw new KafkaError(
      'INVALID_RECORD',
      `${buffer.length - last.start - last.sizeInBytes} bytes follow the last whole batch for ${name}`,
    );
  }
  for (const batch of found) {
    if (batch.magic !== 2) {
      throw new KafkaError('INVALID_RECORD', `batches of magic 2 are taken, not of magic ${batch.magic}, for ${name}`);
    }
  }
  if (origin === 'client' && found.length > 1) {
    throw new KafkaError('INVALID_RECORD', `one batch a partition is taken, not ${found.length}, for ${name}`);
  }
  if (buffer.length > config.segmentBytes) {
    throw new KafkaError(
      'RECORD_LIST_TOO_LARGE',
      `${buffer.length} bytes in one append to ${name} exceed segment.bytes, ${config.segmentBytes}`,
    );
  }
  for (const batch of found) {
    checkFrame(batch, config, name);
    if (origin === 'client') checkClientBatch(batch, config, nowMs, name);
  }
  return found;
}

/** The batches a follower got from its leader: whole ones, checksums right, offsets rising; a cut one at the end is left out. */
export function validateForFollower(buffer: Buffer, name: string): BatchView[] {
  const found: BatchView[] = [];
  let lastOffset = -1;
  for (const batch of batches(buffer)) {
    if (!batch.isValid()) throw corrupt(batch, name);
    if (batch.lastOffset <= lastOffset) {
      throw new KafkaError(
        'CORRUPT_MESSAGE',
        `batches for ${name} are out of order: offset ${batch.lastOffset} comes after ${lastOffset}`,
      );
    }
    ({ lastOffset } = batch);
    found.push(batch);
  }
  return found;
}

function checkFrame(batch: BatchView, config: LogConfig, name: string): void {
  const { sizeInBytes } = batch;
  if (sizeInBytes > config.maxMessageBytes) {
    throw new KafkaError(
      'MESSAGE_TOO_LARGE',
      `The record batch size in the append to ${name} is ${sizeInBytes} bytes which exceeds the maximum configured value of ${config.maxMessageBytes}.`,
    );
  }
  if (sizeInBytes < BATCH_HEADER_BYTES || !batch.isValid()) throw corrupt(batch, name);
}

function corrupt(batch: BatchView, name: string): KafkaError {
  return new KafkaError(
    'CORRUPT_MESSAGE',
    `Record is corrupt (stored crc = ${batch.checksum}) in topic partition ${name}.`,
  );
}

function checkClientBatch(batch: BatchView, config: LogConfig, nowMs: number, name: string): void {
  if (batch.baseOffset !== 0) throw invalid(`a client's batch has base offset 0, not ${batch.baseOffset}, for ${name}`);
  const { count, lastOffsetDelta } = batch;
  if (count <= 0) throw invalid(`Invalid reported count for record batch: ${count} in topic partition ${name}`);
  if (count !== lastOffsetDelta + 1) {
    throw invalid(
      `Inconsistent batch offset range [0, ${lastOffsetDelta}] and count of records ${count} in topic partition ${name}`,
    );
  }
  if (batch.isControl) throw invalid(`Clients are not allowed to write control records in topic partition ${name}`);
  if (batch.producerId >= 0 && batch.baseSequence < 0) {
    throw invalid(
      `Invalid sequence number ${batch.baseSequence} in record batch with producerId ${batch.producerId} in topic partition ${name}`,
    );
  }
  // The getter refuses numbers that no codec has.
  void batch.compression;
  checkTimestamps(batch, config, nowMs, name);
  if (config.cleanupPolicy.has('compact')) checkKeys(batch, name);
}

function checkTimestamps(batch: BatchView, config: LogConfig, nowMs: number, name: string): void {
  if (batch.timestampType === 'LogAppendTime') {
    throw new InvalidRecordError('INVALID_TIMESTAMP', [
      {
        batchIndex: 0,
        message: `Producer should not set timestamp type to LogAppendTime in topic partition ${name}`,
      },
    ]);
  }
  if (config.messageTimestampType === 'LogAppendTime') return;
  const { messageTimestampBeforeMaxMs: beforeMs, messageTimestampAfterMaxMs: afterMs } = config;
  const isTooLate = batch.maxTimestamp - nowMs > afterMs;
  // The header has no lowest timestamp.
  const hasLowerBound = beforeMs < Number.MAX_SAFE_INTEGER && beforeMs < nowMs;
  if (!isTooLate && !hasLowerBound) return;
  const errors: RecordError[] = [];
  let batchIndex = 0;
  for (const { timestamp } of records(batch)) {
    if (timestamp !== -1 && (nowMs - timestamp > beforeMs || timestamp - nowMs > afterMs)) {
      errors.push({
        batchIndex,
        message: `Timestamp ${timestamp} of message with offset ${batchIndex} is out of range. The timestamp should be within [${nowMs - beforeMs}, ${nowMs + afterMs}]`,
      });
    }
    batchIndex++;
  }
  if (errors.length > 0) throw new InvalidRecordError('INVALID_TIMESTAMP', errors);
  if (isTooLate) throw invalid(`the batch's max timestamp ${batch.maxTimestamp} is no record's, for ${name}`);
}

function checkKeys(batch: BatchView, name: string): void {
  const errors: RecordError[] = [];
  let batchIndex = 0;
  for (const { key } of records(batch)) {
    if (key === null) {
      errors.push({
        batchIndex,
        message: `Compacted topic cannot accept message without key in topic partition ${name}.`,
      });
    }
    batchIndex++;
  }
  if (errors.length > 0) throw new InvalidRecordError('INVALID_RECORD', errors);
}

function invalid(message: string): KafkaError {
  return new KafkaError('INVALID_RECORD', message);
}
