/** Kafka's `.snapshot` files: the producer state of the log up to the offset in the file's name. */
import { codec, encodeWhole } from '../../protocol/codec.ts';
import { crc32c } from '../../protocol/records/crc32c.ts';
import { producerSnapshot } from '../../protocol/schema/records/producer-snapshot.ts';
import { Reader } from '../../protocol/wire/reader.ts';
import type { ProducerEntry } from './producer-state.ts';

const VERSION = 1;
const VERSION_BYTES = 2;
const CRC_AT = VERSION_BYTES;
const ENTRIES_AT = CRC_AT + 4;

/** A snapshot keeps each producer's last batch only. */
export function encodeProducerSnapshot(entries: Iterable<ProducerEntry>): Buffer {
  const producerEntries = Array.from(entries, (entry) => {
    const last = entry.batches.at(-1);
    return {
      producerId: entry.producerId,
      epoch: entry.producerEpoch,
      lastSequence: last?.lastSequence ?? -1,
      lastOffset: last?.lastOffset ?? -1,
      offsetDelta: last?.offsetDelta ?? 0,
      timestamp: clampTimestamp(entry.lastTimestamp),
      coordinatorEpoch: entry.coordinatorEpoch,
      currentTxnFirstOffset: entry.currentTransactionFirstOffset,
    };
  });
  const body = encodeWhole(producerSnapshot, VERSION, { crc: 0, producerEntries });
  const bytes = Buffer.concat([Buffer.alloc(VERSION_BYTES), body]);
  bytes.writeInt16BE(VERSION, 0);
  bytes.writeUInt32BE(crc32c(bytes, ENTRIES_AT), CRC_AT);
  return bytes;
}

/** The entries of a snapshot; `undefined` for bytes that are none: torn, empty or of another version. */
export function decodeProducerSnapshot(bytes: Buffer): ProducerEntry[] | undefined {
  if (bytes.length < ENTRIES_AT || bytes.readInt16BE(0) !== VERSION) return undefined;
  if (bytes.readUInt32BE(CRC_AT) !== crc32c(bytes, ENTRIES_AT)) return undefined;
  const { producerEntries } = codec(producerSnapshot, VERSION).decode(new Reader(bytes, VERSION_BYTES));
  return producerEntries.map((entry) => ({
    producerId: entry.producerId,
    producerEpoch: entry.epoch,
    coordinatorEpoch: entry.coordinatorEpoch,
    lastTimestamp: entry.timestamp,
    currentTransactionFirstOffset: entry.currentTxnFirstOffset,
    batches:
      entry.lastOffset < 0
        ? []
        : [
            {
              lastSequence: entry.lastSequence,
              lastOffset: entry.lastOffset,
              offsetDelta: entry.offsetDelta,
              timestamp: entry.timestamp,
            },
          ],
  }));
}

/** Timestamps are the client's; one beyond what a number holds exactly expires the producer no sooner. */
function clampTimestamp(timestamp: number): number {
  return Math.max(Math.min(timestamp, Number.MAX_SAFE_INTEGER), Number.MIN_SAFE_INTEGER);
}
