/**
 * Fetch by hand, in the shape that a consumer's have: at most one partition that is news, no error, flexible versions. As
 * in `produce.ts`: whatever is of another shape is left to the generated codec.
 */
import type { fetchRequest, fetchResponse } from '../schema/01-fetch.ts';
import type { Decoded, Encodable } from '../schema/table.ts';
import { readInt8, readInt32, readInt64, writeInt16, writeInt32, writeInt64 } from '../wire/integers.ts';
import type { Reader } from '../wire/reader.ts';
import { UUID_BYTES } from '../wire/uuid-text.ts';
import type { Writer } from '../wire/writer.ts';
import { EMPTY, isInt16, isInt32, isSafe, NO_TAGS, NULL, ONE, ZERO_UUID } from './shapes.ts';

const FIRST_WITH_TOPIC_IDS = 13;
/** Until then the request begins with the replica's id. */
const FIRST_WITH_REPLICA_STATE = 15;
/** Times, limits, isolation level and session. */
const LIMITS_BYTES = 4 + 4 + 4 + 1 + 4 + 4;
/** Index, epochs, offsets, limit, and the tags of the partition and of its topic. */
const PARTITION_BYTES = 4 + 4 + 8 + 4 + 8 + 4 + 1 + 1;
/** No forgotten topics, no rack, no tags. */
const CLOSING_BYTES = 3;
const NO_HIGH_WATERMARK = 9223372036854775807n;
/** Throttle time, error code, session, and the topics' number. */
const BEFORE_TOPICS_BYTES = 4 + 2 + 4 + 1;
/** The partitions' number, index, error code, three offsets, no aborted transactions, the replica to prefer. */
const BEFORE_RECORDS_BYTES = 1 + 4 + 2 + 8 + 8 + 8 + 1 + 4;

type Request = Decoded<typeof fetchRequest>;
type Response = Encodable<typeof fetchResponse>;
type Topics = NonNullable<Response['responses']>;
type PartitionAnswer = NonNullable<Topics[number]['partitions']>[number];

/** Reads the request; `undefined` where it is of another shape, or damaged, and the reader has not moved. */
export function readOnePartitionFetch(r: Reader, version: number): Request | undefined {
  const { buffer, position: start, end } = r;
  const limitsAt = version < FIRST_WITH_REPLICA_STATE ? start + 4 : start;
  const topicsAt = limitsAt + LIMITS_BYTES;
  let closing = topicsAt + 1;
  let partitionAt = 0;
  // What lies beyond the end is nothing or somebody else's: it is looked at, and refused by the last check.
  if (buffer[topicsAt] === ONE) {
    const nameBytes = version >= FIRST_WITH_TOPIC_IDS ? UUID_BYTES : buffer[closing]!;
    if (nameBytes === NULL || nameBytes > 0x7f || buffer[closing + nameBytes] !== ONE) return undefined;
    partitionAt = closing + nameBytes + 1;
    closing = partitionAt + PARTITION_BYTES;
    if (buffer[closing - 2] !== NO_TAGS || buffer[closing - 1] !== NO_TAGS) return undefined;
  } else if (buffer[topicsAt] !== EMPTY) {
    return undefined;
  }
  if (closing + CLOSING_BYTES > end) return undefined;
  if (buffer[closing] !== EMPTY || buffer[closing + 1] !== EMPTY || buffer[closing + 2] !== NO_TAGS) return undefined;
  const topics: Request['topics'] = [];
  if (partitionAt > 0) {
    const fetchOffset = readInt64(buffer, partitionAt + 8);
    const logStartOffset = readInt64(buffer, partitionAt + 20);
    if (!(isSafe(fetchOffset) && isSafe(logStartOffset))) return undefined;
    r.position = topicsAt + 1;
    const topic = version >= FIRST_WITH_TOPIC_IDS ? '' : r.utf8(r.uvarint() - 1);
    const topicId = version >= FIRST_WITH_TOPIC_IDS ? r.uuid() : ZERO_UUID;
    const partition = {
      partition: readInt32(buffer, partitionAt),
      currentLeaderEpoch: readInt32(buffer, partitionAt + 4),
      fetchOffset,
      lastFetchedEpoch: readInt32(buffer, partitionAt + 16),
      logStartOffset,
      partitionMaxBytes: readInt32(buffer, partitionAt + 28),
      replicaDirectoryId: ZERO_UUID,
      highWatermark: NO_HIGH_WATERMARK,
    };
    topics.push({ topic, topicId, partitions: [partition] });
  }
  r.position = closing + CLOSING_BYTES;
  return {
    clusterId: null,
    replicaId: version < FIRST_WITH_REPLICA_STATE ? readInt32(buffer, start) : -1,
    replicaState: { replicaId: -1, replicaEpoch: -1 },
    maxWaitMs: readInt32(buffer, limitsAt),
    minBytes: readInt32(buffer, limitsAt + 4),
    maxBytes: readInt32(buffer, limitsAt + 8),
    isolationLevel: readInt8(buffer, limitsAt + 12),
    sessionId: readInt32(buffer, limitsAt + 13),
    sessionEpoch: readInt32(buffer, limitsAt + 17),
    topics,
    forgottenTopicsData: [],
    rackId: '',
  };
}

/** Writes the response; false where it is of another shape, and nothing was written. */
export function writeOnePartitionFetch(response: Response, w: Writer, version: number): boolean {
  const { throttleTimeMs = 0, errorCode = 0, sessionId = 0, responses, nodeEndpoints } = response;
  if (response.unknownTaggedFields !== undefined || (nodeEndpoints?.length ?? 0) > 0) return false;
  if (!(isInt32(throttleTimeMs) && isInt16(errorCode) && isInt32(sessionId))) return false;
  const topic = responses?.[0];
  if (topic !== undefined && !(responses?.length === 1 && isPlainTopic(topic))) return false;
  const at = w.claim(BEFORE_TOPICS_BYTES);
  const bytes = w.claimed;
  writeInt32(bytes, throttleTimeMs, at);
  writeInt16(bytes, errorCode, at + 4);
  writeInt32(bytes, sessionId, at + 6);
  bytes[at + 10] = topic === undefined ? EMPTY : ONE;
  if (topic !== undefined) writeTopic(topic, w, version);
  w.uvarint(NO_TAGS);
  return true;
}

function writeTopic(topic: Topics[number], w: Writer, version: number): void {
  if (version >= FIRST_WITH_TOPIC_IDS) w.uuid(topic.topicId ?? ZERO_UUID);
  else w.string(topic.topic ?? '', true);
  const partition = topic.partitions![0]!;
  const at = w.claim(BEFORE_RECORDS_BYTES);
  const bytes = w.claimed;
  bytes[at] = ONE;
  writeInt32(bytes, partition.partitionIndex ?? 0, at + 1);
  writeInt16(bytes, partition.errorCode ?? 0, at + 5);
  writeInt64(bytes, partition.highWatermark ?? 0, at + 7);
  writeInt64(bytes, partition.lastStableOffset ?? -1, at + 15);
  writeInt64(bytes, partition.logStartOffset ?? -1, at + 23);
  bytes[at + 31] = partition.abortedTransactions === null ? NULL : EMPTY;
  writeInt32(bytes, partition.preferredReadReplica ?? -1, at + 32);
  w.records(partition.records!, true);
  w.uvarint(NO_TAGS);
  w.uvarint(NO_TAGS);
}

function isPlainTopic({ partitions, unknownTaggedFields }: Topics[number]): boolean {
  return unknownTaggedFields === undefined && partitions?.length === 1 && isPlain(partitions[0]!);
}

function isPlain(partition: PartitionAnswer): boolean {
  const {
    partitionIndex = 0,
    errorCode = 0,
    highWatermark = 0,
    lastStableOffset = -1,
    logStartOffset = -1,
  } = partition;
  const { abortedTransactions, preferredReadReplica = -1, records } = partition;
  return (
    partition.divergingEpoch === undefined &&
    partition.currentLeader === undefined &&
    partition.snapshotId === undefined &&
    partition.unknownTaggedFields === undefined &&
    (abortedTransactions === undefined || abortedTransactions === null || abortedTransactions.length === 0) &&
    records !== undefined &&
    records !== null &&
    isInt32(partitionIndex) &&
    isInt16(errorCode) &&
    isInt32(preferredReadReplica) &&
    isSafe(highWatermark) &&
    isSafe(lastStableOffset) &&
    isSafe(logStartOffset)
  );
}
