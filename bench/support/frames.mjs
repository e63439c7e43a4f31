/** Produce requests built once and sent again and again: the loader's cost is then that of its system calls. */
import { buildBatch, codec, messageNamed, Writer } from '../../dist/protocol/index.js';

/** What the Java client of Kafka 4.3 sends: topics by id. */
const PRODUCE_VERSION = 13;
const FLEXIBLE_HEADER = 2;
const TIMEOUT_MS = 30_000;
/** Around a record's value: length, attributes, timestamp and offset delta, key and value length, header count. */
const RECORD_OVERHEAD_BYTES = 7;
const BATCH_HEADER_BYTES = 61;

/**
 * A batch of records without keys whose values have `recordBytes` bytes: `records` of them, or as many as keep the
 * uncompressed batch within `batchBytes`. `values` is `random` (incompressible), `text` (lz4 makes a half of it) or `similar`
 * (lz4 makes a little more than a quarter of it).
 */
export function batchOf({ recordBytes, records, batchBytes, compression = 'none', values: kind = 'random' }) {
  const timestamp = Date.now();
  const value = { random: randomValue, text: textValue, similar: similarValue }[kind];
  const made = [];
  const build = (count, type) => {
    while (made.length < count) made.push({ key: null, value: value(recordBytes, made.length), timestamp });
    return buildBatch(made.slice(0, count), { compression: type });
  };
  let count =
    records ?? Math.max(1, Math.floor((batchBytes - BATCH_HEADER_BYTES) / (recordBytes + RECORD_OVERHEAD_BYTES)));
  while (records === undefined && count > 1 && build(count, 'none').length > batchBytes) count--;
  return { batch: build(count, compression), records: count };
}

/** Incompressible, the same in every run (xorshift32 from the record's number). */
function randomValue(size, number) {
  const bytes = Buffer.allocUnsafe(size);
  let state = (number + 1) * 2654435761;
  for (let i = 0; i < size; i++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    bytes[i] = state;
  }
  return bytes;
}

const WORDS =
  'status order customer created shipped amount currency address city street number postcode country email phone'.split(
    ' ',
  );

/** Words and numbers, as log lines and JSON have them. */
function textValue(size, number) {
  const random = randomValue(size, number);
  let text = '';
  for (let i = 0; text.length < size; i++) text += `${WORDS[random[i] % WORDS.length]}=${random[i] * number} `;
  return Buffer.from(text.slice(0, size));
}

/** Bytes of a similar value that no other has. */
const OWN_BYTES = 19;

function similarValue(size, number) {
  return Buffer.concat([randomValue(OWN_BYTES, number), Buffer.alloc(size - OWN_BYTES, '-')]);
}

/** One whole frame, its size in front, for each of `partitions`; the frame's place is its correlation id. */
export function produceFrames({ topicId, partitions, batch, acks }) {
  return partitions.map((index, place) => {
    const writer = new Writer(1024);
    codec(messageNamed('RequestHeader'), FLEXIBLE_HEADER).encode(
      { requestApiKey: 0, requestApiVersion: PRODUCE_VERSION, correlationId: place, clientId: 'bench' },
      writer,
    );
    codec(messageNamed('ProduceRequest'), PRODUCE_VERSION).encode(
      {
        transactionalId: null,
        acks,
        timeoutMs: TIMEOUT_MS,
        topicData: [{ topicId, partitionData: [{ index, records: batch }] }],
      },
      writer,
    );
    const size = Buffer.alloc(4);
    size.writeInt32BE(writer.size);
    return Buffer.concat([size, ...writer.buffers()]);
  });
}
