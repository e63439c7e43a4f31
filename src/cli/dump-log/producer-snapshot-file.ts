/** A producer `.snapshot`. */
import { codec } from '../../../protocol/codec.ts';
import { producerSnapshot } from '../../../protocol/schema/records/producer-snapshot.ts';
import { DecodeError } from '../../../protocol/wire/decode-error.ts';
import { Reader } from '../../../protocol/wire/reader.ts';
import { decodeProducerSnapshot } from '../../log/producer-snapshot.ts';
import { optionalLong } from './java-text.ts';
import { counted, type Verdict } from './verdict.ts';

const VERSION = 1;
const VERSION_BYTES = 2;
const REMEDY = 'A start that needs it removes it and takes the producers from an older one and the log.';

/** Yields Kafka's lines. */
export function* dumpProducerSnapshot(bytes: Buffer): Generator<string, Verdict> {
  const what = faultOf(bytes);
  if (what !== undefined) return { faults: [{ what }], content: '', remedy: REMEDY };
  // Exact: a timestamp may be anything.
  const { producerEntries } = codec(producerSnapshot, VERSION, { exact: true }).decode(
    new Reader(bytes, VERSION_BYTES),
  );
  for (const entry of producerEntries) {
    const { producerId, epoch, coordinatorEpoch, currentTxnFirstOffset, timestamp, lastSequence, lastOffset } = entry;
    const { offsetDelta } = entry;
    const inTransaction = Number(currentTxnFirstOffset) >= 0;
    const last =
      Number(lastOffset) < 0
        ? ''
        : ` firstSequence: ${decrementSequence(lastSequence, offsetDelta)} lastSequence: ${lastSequence}` +
          ` lastOffset: ${lastOffset} offsetDelta: ${offsetDelta} timestamp: ${timestamp}`;
    yield `producerId: ${producerId} producerEpoch: ${epoch} coordinatorEpoch: ${coordinatorEpoch}` +
      ` currentTxnFirstOffset: ${optionalLong(inTransaction ? String(currentTxnFirstOffset) : undefined)}` +
      ` lastTimestamp: ${timestamp}${last}`;
  }
  return { faults: [], content: counted(producerEntries.length, 'producer') };
}

/** What keeps the broker from using it. */
function faultOf(bytes: Buffer): string | undefined {
  if (bytes.length < VERSION_BYTES) return `it has ${bytes.length} bytes, too few for a snapshot`;
  const version = bytes.readInt16BE(0);
  if (version !== VERSION) return `it has version ${version}, ${VERSION} is known`;
  try {
    if (decodeProducerSnapshot(bytes) === undefined) return 'its checksum is wrong';
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    return `it cannot be read: ${error.message}`;
  }
  return undefined;
}

/** Sequences go from 0 back to 2^31 − 1. */
function decrementSequence(sequence: number, decrement: number): number {
  return sequence >= decrement ? (sequence - decrement) | 0 : (0x7fffffff - (decrement - sequence) + 1) | 0;
}
