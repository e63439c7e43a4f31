/** A `.index`, held against the `.log` beside it. */
import { OffsetIndex } from '../../log/offset-index.ts';
import { lastOffsetText } from './batch-line.ts';
import { walkBatches } from './batch-walk.ts';
import type { ByteSource } from './byte-source.ts';
import type { KafkaReport } from './kafka-report.ts';
import { counted, Faults, type Verdict } from './verdict.ts';

const OFFSET_ENTRY_BYTES = 8;

export interface IndexOptions {
  readonly indexSanityCheck: boolean;
  readonly verifyIndexOnly: boolean;
}

export interface IndexFile {
  readonly path: string;
  /** All of the file. */
  readonly bytes: Buffer;
  readonly baseOffset: number;
  /** The segment's `.log`; absent when there is none. */
  readonly log: ByteSource | undefined;
}

export const ZERO_WITHIN = 'there is an entry of zeros, and others follow';
export const NO_LOG = 'no .log of its name is beside it';

/**
 * How many entries come before the zeros that an index has been given beforehand: one that is open, or was when its
 * broker ended. Nothing is wrong with these; whoever comes next makes the index anew.
 */
export function entriesBeforeZeros(bytes: Buffer, entryBytes: number): number {
  let end = bytes.length;
  while (end > 0 && bytes[end - 1] === 0) end--;
  return Math.ceil(end / entryBytes);
}

export function entriesText(used: number, count: number): string {
  return `${counted(used, 'entry', 'entries')}${used < count ? ', and zeros behind them as in an index that is open' : ''}`;
}

/** `isSane`: whether the broker's own check finds nothing, which looks at the end of the index only. */
export function remedyFor(log: ByteSource | undefined, isSane: boolean): string {
  if (log === undefined) return 'A start removes an index without a log.';
  if (!isSane) return 'The index is made anew from the log when it is first needed.';
  return 'A start does not notice: stop the broker and delete the file, and the next start makes it anew from the log.';
}

/** Yields Kafka's lines. */
export function* dumpOffsetIndex(
  file: IndexFile,
  options: IndexOptions,
  report: KafkaReport,
): Generator<string, Verdict> {
  const { path, bytes, baseOffset, log } = file;
  const index = new OffsetIndex(baseOffset, bytes);
  const faults = new Faults();
  const used = entriesBeforeZeros(bytes, OFFSET_ENTRY_BYTES);
  const isSane = isWhole(bytes, used, baseOffset, log);
  const verdict = (): Verdict => ({
    faults: faults.list(),
    content: entriesText(used, index.count),
    remedy: remedyFor(log, isSane),
  });
  if (log === undefined) faults.add(NO_LOG);
  if (!isSane) faults.add('the entries do not ascend within the log, or the last is cut');
  if (index.count === 0) {
    yield `${path} is empty.`;
    return verdict();
  }
  if (options.indexSanityCheck) {
    // Kafka's check of a start, which asks for less than ours.
    const passes = bytes.length % OFFSET_ENTRY_BYTES === 0 && index.at(index.count - 1).offset >= baseOffset;
    if (passes) yield `${path} passed sanity check.`;
    return verdict();
  }
  for (let entry = 0; entry < index.count; entry++) {
    const at = entry * OFFSET_ENTRY_BYTES;
    const note = (what: string): void => {
      if (entry < used) faults.add(what, at);
    };
    const { offset, position } = index.at(entry);
    if (entry > 0 && offset === baseOffset) {
      if (entry < used) faults.add(ZERO_WITHIN, at);
      break;
    }
    if (log !== undefined) {
      const found = position < 0 || position >= log.size ? undefined : walkBatches(log, position).next();
      if (found === undefined || found.done === true) {
        note(`the entry of offset ${offset} leads to byte ${position}, where the log has no batch`);
      } else if (found.value.batch.lastOffset !== offset) {
        const logOffset = lastOffsetText(found.value.batch);
        report.indexMismatch(path, String(offset), logOffset);
        note(`the entry of offset ${offset} leads to the batch that ends at offset ${logOffset}`);
      }
    }
    if (!options.verifyIndexOnly) yield `offset: ${offset} position: ${position}`;
  }
  return verdict();
}

/** Whether a reader of the broker's takes the index as it is, zeros aside. */
function isWhole(bytes: Buffer, used: number, baseOffset: number, log: ByteSource | undefined): boolean {
  if (bytes.length % OFFSET_ENTRY_BYTES !== 0) return false;
  const index = new OffsetIndex(baseOffset, bytes.subarray(0, used * OFFSET_ENTRY_BYTES));
  return log === undefined || index.isSane(log.size);
}
