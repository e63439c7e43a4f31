/** A `.timeindex`, held against the `.log` and the `.index` beside it. */
import { KafkaError } from '../../../protocol/errors.ts';
import { type BatchView, records } from '../../../protocol/records/batch.ts';
import { OffsetIndex } from '../../log/offset-index.ts';
import { TimeIndex } from '../../log/time-index.ts';
import { lastOffsetText } from './batch-line.ts';
import { walkBatches } from './batch-walk.ts';
import type { ByteSource } from './byte-source.ts';
import type { KafkaReport } from './kafka-report.ts';
import {
  entriesBeforeZeros,
  entriesText,
  type IndexFile,
  type IndexOptions,
  NO_LOG,
  remedyFor,
  ZERO_WITHIN,
} from './offset-index-file.ts';
import { Faults, type Verdict } from './verdict.ts';

const ENTRY_BYTES = 12;

export interface TimeIndexFile extends IndexFile {
  /** Of the `.index`; empty when there is none: the log is then searched from its start. */
  readonly offsetIndexBytes: Buffer;
}

/** Yields Kafka's lines. */
export function* dumpTimeIndex(
  file: TimeIndexFile,
  options: IndexOptions,
  report: KafkaReport,
): Generator<string, Verdict> {
  const { path, bytes, baseOffset, log } = file;
  const index = new TimeIndex(baseOffset, bytes);
  const offsets = new OffsetIndex(baseOffset, file.offsetIndexBytes);
  const faults = new Faults();
  const used = entriesBeforeZeros(bytes, ENTRY_BYTES);
  const isWhole = bytes.length % ENTRY_BYTES === 0;
  const isSane = isWhole && new TimeIndex(baseOffset, bytes.subarray(0, used * ENTRY_BYTES)).isSane();
  if (log === undefined) faults.add(NO_LOG);
  if (!isSane) faults.add('the entries do not ascend, or the last is cut');
  const verdict = (): Verdict => ({
    faults: faults.list(),
    content: entriesText(used, index.count),
    remedy: remedyFor(log, isSane),
  });
  if (options.indexSanityCheck) {
    if (passesKafkasCheck(bytes, index, baseOffset)) yield `${path} passed sanity check.`;
    return verdict();
  }
  let before = -1n;
  for (let entry = 0; entry < index.count; entry++) {
    const at = entry * ENTRY_BYTES;
    const note = (what: string): void => {
      if (entry < used) faults.add(what, at);
    };
    const { offset } = index.at(entry);
    const timestamp = bytes.readBigInt64BE(at);
    if (entry > 0 && offset === baseOffset) {
      if (entry < used) faults.add(ZERO_WITHIN, at);
      break;
    }
    if (log !== undefined) {
      const found = batchAt(log, offsets.lookup(offset), offset);
      if (found === undefined || found.lastOffset !== offset) {
        const logOffset = found === undefined ? '-1' : lastOffsetText(found);
        report.notFound(path, String(offset), logOffset);
        note(`the entry of offset ${offset} leads to no batch that ends there`);
      } else {
        const largest = largestTimestamp(found);
        if (largest !== timestamp) {
          report.timeMismatch(path, String(timestamp), String(largest));
          note(`the entry of offset ${offset} has timestamp ${timestamp}, its batch ${largest}`);
        }
        if (before >= timestamp) {
          report.outOfOrder(path, String(timestamp), String(before));
          note(`the entry of offset ${offset} has timestamp ${timestamp}, not above ${before} before it`);
        }
      }
    }
    if (!options.verifyIndexOnly) yield `timestamp: ${timestamp} offset: ${offset}`;
    before = timestamp;
  }
  return verdict();
}

/** What Kafka asks for at a start. */
function passesKafkasCheck(bytes: Buffer, index: TimeIndex, baseOffset: number): boolean {
  if (bytes.length % ENTRY_BYTES !== 0) return false;
  if (index.count === 0) return true;
  const last = index.last();
  return last.timestamp >= index.at(0).timestamp && last.offset >= baseOffset;
}

/** The first batch from `position` on that ends at or above `offset`. */
function batchAt(log: ByteSource, position: number, offset: number): BatchView | undefined {
  if (position < 0 || position >= log.size) return undefined;
  for (const { batch } of walkBatches(log, position)) if (batch.lastOffset >= offset) return batch;
  return undefined;
}

/** Of the batch's records; −1 without any, or when they cannot be read. */
function largestTimestamp(batch: BatchView): bigint {
  let largest = -1n;
  try {
    for (const { timestamp, exactTimestamp } of records(batch)) {
      const exact = exactTimestamp ?? BigInt(timestamp);
      if (exact > largest) largest = exact;
    }
  } catch (error) {
    if (!(error instanceof KafkaError)) throw error;
    return -1n;
  }
  return largest;
}
