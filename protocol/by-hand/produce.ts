/**
 * Produce by hand, in the shape that nearly every one of a busy client's requests has: one partition, no transaction, no
 * error, flexible versions. Each function says so when its shape is another one, and the generated codec takes it; what
 * both make of the same bytes and values is the same (`test/protocol/by-hand.test.ts`).
 */
import type { produceRequest, produceResponse } from '../schema/00-produce.ts';
import type { Decoded, Encodable } from '../schema/table.ts';
import { readInt16, readInt32, writeInt16, writeInt32, writeInt64 } from '../wire/integers.ts';
import type { Reader } from '../wire/reader.ts';
import { UUID_BYTES } from '../wire/uuid-text.ts';
import type { Writer } from '../wire/writer.ts';
import { EMPTY, isInt16, isInt32, isSafe, NO_TAGS, NULL, ONE, ZERO_UUID } from './shapes.ts';

const FIRST_WITH_TOPIC_IDS = 13;
/** The three tagged sections after the records: the partition's, the topic's, the request's. */
const CLOSING_BYTES = 3;
/** From the partitions' number to the response's end: one partition, the topic's tags, throttle time, the response's tags. */
const REST_BYTES = 1 + (4 + 2 + 8 + 8 + 8 + 1 + 1 + 1) + 1 + 4 + 1;

type PartitionAnswer = NonNullable<
  NonNullable<Encodable<typeof produceResponse>['responses']>[number]['partitionResponses']
>[number];

/** Reads the request; `undefined` where it is of another shape, or damaged, and the reader has not moved. */
export function readOnePartitionProduce(r: Reader, version: number): Decoded<typeof produceRequest> | undefined {
  const { buffer, position: start, end } = r;
  // What lies beyond the end is nothing or somebody else's: it is looked at, and refused by the last check.
  if (buffer[start] !== NULL || buffer[start + 7] !== ONE) return undefined;
  let at = start + 8;
  if (version >= FIRST_WITH_TOPIC_IDS) {
    at += UUID_BYTES;
  } else {
    const nameLength = buffer[at]!;
    if (nameLength < 2 || nameLength > 0x7f) return undefined;
    at += nameLength;
  }
  if (buffer[at] !== ONE) return undefined;
  const index = readInt32(buffer, at + 1);
  at += 5;
  let length = 0;
  let shift = 0;
  let byte: number;
  do {
    byte = buffer[at++]!;
    length |= (byte & 0x7f) << shift;
    shift += 7;
  } while (byte >= 0x80 && shift < 28);
  const recordsBytes = length - 1;
  if (byte >= 0x80 || recordsBytes < 0 || recordsBytes > end - at - CLOSING_BYTES) return undefined;
  const closing = at + recordsBytes;
  if (buffer[closing] !== NO_TAGS || buffer[closing + 1] !== NO_TAGS || buffer[closing + 2] !== NO_TAGS)
    return undefined;
  r.position = start + 8;
  const name = version >= FIRST_WITH_TOPIC_IDS ? '' : r.utf8(r.uvarint() - 1);
  const topicId = version >= FIRST_WITH_TOPIC_IDS ? r.uuid() : ZERO_UUID;
  r.position = closing + CLOSING_BYTES;
  return {
    transactionalId: null,
    acks: readInt16(buffer, start + 1),
    timeoutMs: readInt32(buffer, start + 3),
    topicData: [{ name, topicId, partitionData: [{ index, records: buffer.subarray(at, closing) }] }],
  };
}

/** Writes the response; false where it is of another shape, and nothing was written. */
export function writeOnePartitionProduce(
  response: Encodable<typeof produceResponse>,
  w: Writer,
  version: number,
): boolean {
  const { responses, throttleTimeMs = 0, nodeEndpoints } = response;
  const topic = responses?.length === 1 ? responses[0] : undefined;
  const partition = topic?.partitionResponses?.length === 1 ? topic.partitionResponses[0] : undefined;
  if (topic === undefined || partition === undefined || (nodeEndpoints?.length ?? 0) > 0) return false;
  const { index = 0, errorCode = 0, baseOffset = 0, logAppendTimeMs = -1, logStartOffset = -1 } = partition;
  if (!isPlain(partition) || topic.unknownTaggedFields !== undefined || response.unknownTaggedFields !== undefined) {
    return false;
  }
  if (!(isInt32(index) && isInt16(errorCode) && isInt32(throttleTimeMs))) return false;
  if (!(isSafe(baseOffset) && isSafe(logAppendTimeMs) && isSafe(logStartOffset))) return false;
  w.arrayLength(1, true);
  if (version >= FIRST_WITH_TOPIC_IDS) w.uuid(topic.topicId ?? ZERO_UUID);
  else w.string(topic.name ?? '', true);
  let at = w.claim(REST_BYTES);
  const bytes = w.claimed;
  bytes[at] = ONE;
  writeInt32(bytes, index, at + 1);
  writeInt16(bytes, errorCode, at + 5);
  writeInt64(bytes, baseOffset, at + 7);
  writeInt64(bytes, logAppendTimeMs, at + 15);
  writeInt64(bytes, logStartOffset, at + 23);
  at += 31;
  bytes[at++] = EMPTY; // record errors
  bytes[at++] = NULL; // message
  bytes[at++] = NO_TAGS;
  bytes[at++] = NO_TAGS;
  writeInt32(bytes, throttleTimeMs, at);
  bytes[at + 4] = NO_TAGS;
  return true;
}

function isPlain({ recordErrors, errorMessage, currentLeader, unknownTaggedFields }: PartitionAnswer): boolean {
  return (
    (recordErrors === undefined || recordErrors.length === 0) &&
    (errorMessage === undefined || errorMessage === null) &&
    currentLeader === undefined &&
    unknownTaggedFields === undefined
  );
}
