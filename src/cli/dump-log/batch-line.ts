/** A batch's line, as Kafka's tool prints it. */
import type { BatchView } from '../../../protocol/records/batch.ts';
import { BASE_TIMESTAMP, COMPRESSION_MASK, LAST_OFFSET_DELTA, PRODUCER_ID } from '../../../protocol/records/layout.ts';
import { int64Text, optionalLong } from './java-text.ts';

export function batchLine(batch: BatchView, position: number, isValid: boolean): string {
  const kind = batch.magic >= 2 ? fieldsOfBatch(batch) : `offset: ${int64Text(batch.buffer, batch.start)}`;
  return (
    `${kind} position: ${position} ${batch.timestampType}: ${batch.exactMaxTimestamp} size: ${batch.sizeInBytes}` +
    ` magic: ${batch.magic} compresscodec: ${codecName(batch)} crc: ${batch.checksum} isvalid: ${isValid}`
  );
}

function fieldsOfBatch(batch: BatchView): string {
  const { buffer, start, deleteHorizonMs } = batch;
  const horizon = deleteHorizonMs === null ? undefined : int64Text(buffer, start + BASE_TIMESTAMP);
  return (
    `baseOffset: ${int64Text(buffer, start)} lastOffset: ${lastOffsetText(batch)} count: ${batch.count}` +
    ` baseSequence: ${batch.baseSequence} lastSequence: ${batch.lastSequence}` +
    ` producerId: ${int64Text(buffer, start + PRODUCER_ID)} producerEpoch: ${batch.producerEpoch}` +
    ` partitionLeaderEpoch: ${batch.partitionLeaderEpoch} isTransactional: ${batch.isTransactional}` +
    ` isControl: ${batch.isControl} deleteHorizonMs: ${optionalLong(horizon)}`
  );
}

/** To all 64 bits, as Java adds. */
export function lastOffsetText(batch: BatchView): string {
  const { buffer, start, lastOffset } = batch;
  if (Number.isSafeInteger(lastOffset)) return String(lastOffset);
  const delta = batch.magic >= 2 ? buffer.readInt32BE(start + LAST_OFFSET_DELTA) : 0;
  return String(BigInt.asIntN(64, buffer.readBigInt64BE(start) + BigInt(delta)));
}

/** Kafka's tool ends at a number that is none of its codecs'. */
function codecName(batch: BatchView): string {
  const code = batch.attributes & COMPRESSION_MASK;
  return code <= 4 ? batch.compression : `unknown(${code})`;
}
