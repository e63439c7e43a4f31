/** Reads partitions as a consumer does and holds every batch and record against what was written. */
import assert from 'node:assert/strict';
import { crc32c } from '@node-rs/crc32';
import { batches, records } from '../../dist/protocol/index.js';
import { recordAt, retentionBytes, retentionMs } from './partitions.mjs';

const OFFSET_OUT_OF_RANGE = 1;
const [CRC_AT, CRC_FROM] = [17, 21];

/** Everything of a partition, all of which was acknowledged. Answers the numbers that are there. */
export async function checkPartition(raw, partition) {
  const start = await offsetOf(raw, partition, -2);
  const end = await offsetOf(raw, partition, -1);
  assert.equal(end, partition.next, `${partition.name}: its end`);
  const found = [];
  for (let at = start; at < end; ) {
    const read = await readFrom(raw, partition, at);
    // Retention and compaction go on.
    if (read === undefined) {
      at = await offsetOf(raw, partition, -2);
      found.length = 0;
      continue;
    }
    assert.ok(read.nextOffset > at, `${partition.name}: nothing is read at ${at} of ${end}`);
    found.push(...read.numbers);
    at = read.nextOffset;
  }
  if (partition.topic === 'compacted') checkCompacted(partition, found);
  else checkWhole(partition, found, Date.now());
  return found;
}

/** One read from anywhere while everything goes on. */
export async function checkSomewhere(raw, partition, random) {
  const at = Math.floor(random() * partition.acknowledged);
  await readFrom(raw, partition, at);
}

async function offsetOf(raw, { topic, index, name }, timestamp) {
  const answer = await raw.request('ListOffsets', 6, {
    replicaId: -1,
    isolationLevel: 0,
    topics: [{ name: topic, partitions: [{ partitionIndex: index, currentLeaderEpoch: -1, timestamp }] }],
  });
  const { errorCode, offset } = answer.topics[0].partitions[0];
  assert.equal(errorCode, 0, `${name}: ListOffsets`);
  return offset;
}

/** Checked records from an offset on; `undefined` when it is out of range, or the broker is gone. */
async function readFrom(raw, partition, fetchOffset) {
  const { topic, index, name } = partition;
  const answer = await raw.request('Fetch', 12, {
    replicaId: -1,
    maxWaitMs: 0,
    minBytes: 1,
    maxBytes: 1 << 21,
    sessionEpoch: -1,
    topics: [{ topic, partitions: [{ partition: index, fetchOffset, partitionMaxBytes: 1 << 20 }] }],
  });
  if (answer === 'closed') return undefined;
  const { errorCode, records: bytes } = answer.responses[0].partitions[0];
  if (errorCode === OFFSET_OUT_OF_RANGE) return undefined;
  assert.equal(errorCode, 0, `${name}: Fetch at ${fetchOffset}`);
  const numbers = [];
  let nextOffset = fetchOffset;
  for (const batch of batches(bytes)) {
    const whole = bytes.subarray(batch.start, batch.start + batch.sizeInBytes);
    assert.equal(
      whole.readUInt32BE(CRC_AT),
      crc32c(whole.subarray(CRC_FROM)),
      `${name}: checksum at ${batch.baseOffset}`,
    );
    for (const record of records(batch)) {
      if (record.offset < fetchOffset) continue;
      assert.ok(record.offset >= nextOffset, `${name}: ${record.offset} after ${nextOffset - 1}`);
      checkRecord(partition, record);
      numbers.push(record.offset);
      nextOffset = record.offset + 1;
    }
    nextOffset = batch.nextOffset;
  }
  return { numbers, nextOffset };
}

function checkRecord({ topic, index, name }, { offset, key, value, headers }) {
  const wanted = recordAt(topic, index, offset);
  const number = headers.find((header) => header.key === 'n')?.value;
  assert.equal(String(number), `${offset}`, `${name}: the record at ${offset}`);
  for (const [what, found, is] of [
    ['key', key, wanted.key],
    ['value', value, wanted.value],
  ]) {
    const isSame = is === null || found === null ? is === found : is.equals(found);
    assert.ok(isSame, `${name}: ${what} at ${offset} is ${String(found).slice(0, 80)}`);
  }
}

/** Every number once and in order; only what retention may take is missing in front. */
function checkWhole(partition, found, readToMs) {
  const first = found[0] ?? partition.next;
  for (const [at, number] of found.entries())
    assert.equal(number, first + at, `${partition.name}: after ${first + at - 1}`);
  assert.equal(first + found.length, partition.next, `${partition.name}: its last record`);
  const gone = partition.batches.filter((batch) => batch.first + batch.count <= first);
  if (partition.topic === 'kept') assert.equal(first, 0, `${partition.name}: its first record`);
  if (partition.topic === 'aged-by-size' && gone.length > 0) {
    const left = partition.batches
      .filter((batch) => batch.first >= first)
      .reduce((sum, batch) => sum + batch.sizeInBytes, 0);
    assert.ok(left >= retentionBytes, `${partition.name}: ${left} bytes are left of ${retentionBytes}`);
  }
  if (partition.topic === 'aged-by-time' && gone.length > 0) {
    const age = readToMs - gone.at(-1).timestamp;
    assert.ok(age >= retentionMs, `${partition.name}: a record went at an age of ${age} ms`);
  }
}

/** Of each key the last record is there, unless it is a tombstone; where that is gone, nothing older is left. */
function checkCompacted(partition, found) {
  const last = new Map();
  for (let number = 0; number < partition.next; number++) {
    last.set(String(recordAt(partition.topic, partition.index, number).key), number);
  }
  const read = new Map();
  for (const number of found) read.set(String(recordAt(partition.topic, partition.index, number).key), number);
  for (const [key, number] of last) {
    const isTombstone = recordAt(partition.topic, partition.index, number).value === null;
    if (isTombstone && !read.has(key)) continue;
    assert.equal(read.get(key), number, `${partition.name}: the last record of ${key}`);
  }
}
