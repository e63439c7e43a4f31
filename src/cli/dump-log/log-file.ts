/** A `.log` or a `.checkpoint`: its batches, and with deep iteration their records. */
import { KafkaError } from '../../../protocol/errors.ts';
import { BatchView, type Record, records } from '../../../protocol/records/batch.ts';
import { type ControlType, controlType } from '../../../protocol/records/control.ts';
import { DecodeError } from '../../../protocol/wire/decode-error.ts';
import { writeInt64 } from '../../../protocol/wire/integers.ts';
import { batchFault } from '../../log/batch-fault.ts';
import { batchLine } from './batch-line.ts';
import { type FoundBatch, type WalkEnd, walkBatches } from './batch-walk.ts';
import type { ByteSource } from './byte-source.ts';
import type { KafkaReport } from './kafka-report.ts';
import { type RecordOptions, recordLine } from './record-line.ts';
import { counted, Faults, type Verdict } from './verdict.ts';

export interface LogOptions extends RecordOptions {
  readonly isDeepIteration: boolean;
  /** Of the file, from its start; `Infinity` for all. */
  readonly maxBytes: number;
}

export interface LogFile {
  readonly source: ByteSource;
  readonly name: string;
  /** In the name; 0 where it has none, as in a checkpoint, whose offsets begin there. */
  readonly baseOffset: number;
  readonly isCheckpoint: boolean;
}

/** Yields Kafka's lines. */
export function* dumpLog(file: LogFile, options: LogOptions, report: KafkaReport): Generator<string, Verdict> {
  return yield* new LogDump(file, options, report).run();
}

class LogDump {
  readonly #file: LogFile;
  readonly #options: LogOptions;
  readonly #report: KafkaReport;
  /** Where recovery would cut: before the first batch that cannot stand where it does. */
  #cut: { readonly position: number; readonly nextOffset: number } | undefined;
  #nextOffset: number;
  #lastRecordOffset = -1n;
  #batches = 0;
  #records = 0;
  #firstControl: ControlType | 'unknown' | undefined;
  #lastControl: ControlType | 'unknown' | undefined;
  readonly #faults = new Faults();

  constructor(file: LogFile, options: LogOptions, report: KafkaReport) {
    this.#file = file;
    this.#options = options;
    this.#report = report;
    this.#nextOffset = file.baseOffset;
  }

  *run(): Generator<string, Verdict> {
    const { source, name, isCheckpoint } = this.#file;
    const { maxBytes, isDeepIteration } = this.#options;
    const walk = walkBatches(source, 0, Math.min(source.size, maxBytes));
    let step = walk.next();
    for (; step.done !== true; step = walk.next()) {
      const { batch, position } = step.value;
      const isValid = batch.isValid();
      yield batchLine(batch, position, isValid);
      this.#judge(step.value, isValid);
      if (isCheckpoint) this.#noteControls(batch);
      if (isDeepIteration) yield* this.#recordsOf(batch, position);
    }
    if (maxBytes >= source.size) {
      const left = source.size - step.value.position;
      if (left > 0) yield `Found ${left} invalid bytes at the end of ${name}`;
      this.#judgeEnd(step.value);
    }
    return this.#verdict();
  }

  #judge({ batch, position, fault }: FoundBatch, isValid: boolean): void {
    this.#batches++;
    const { nextOffset } = batch;
    if (this.#cut === undefined) {
      const found = fault ?? unsafeFault(batch) ?? batchFault(batch, this.#nextOffset, this.#file.baseOffset, isValid);
      if (found === undefined) {
        if (batch.magic >= 2) this.#records += batch.count;
        else this.#records++;
        this.#nextOffset = nextOffset;
        return;
      }
      this.#cutAt(position);
      this.#faults.add(`the batch has ${found}`, position);
    } else if (!isValid) {
      this.#faults.add('the batch has a wrong checksum', position);
    }
  }

  #judgeEnd({ position, fault }: WalkEnd): void {
    if (fault === undefined) return;
    this.#cutAt(position);
    this.#faults.add(`there is ${fault}`, position);
  }

  #cutAt(position: number): void {
    this.#cut ??= { position, nextOffset: this.#nextOffset };
  }

  *#recordsOf(batch: BatchView, position: number): Generator<string> {
    const { source } = this.#file;
    try {
      for (const [record, offset] of recordsAtOffsets(batch)) {
        if (offset !== BigInt.asIntN(64, this.#lastRecordOffset + 1n)) {
          this.#report.gap(source.path, String(this.#lastRecordOffset), String(offset));
        }
        this.#lastRecordOffset = offset;
        yield recordLine(batch, record, String(offset), this.#options);
      }
    } catch (error) {
      if (!(error instanceof KafkaError || error instanceof DecodeError)) throw error;
      this.#faults.add(`the batch cannot be read: ${error.message}`, position);
    }
  }

  #noteControls(batch: BatchView): void {
    this.#lastControl = undefined;
    if (!batch.isControl) return;
    try {
      for (const record of records(batch)) {
        this.#lastControl = controlType(record);
        if (this.#batches === 1) this.#firstControl ??= this.#lastControl;
      }
    } catch (error) {
      if (!(error instanceof KafkaError)) throw error;
    }
  }

  #verdict(): Verdict {
    const { isCheckpoint, baseOffset } = this.#file;
    const isWhole = this.#options.maxBytes >= this.#file.source.size;
    if (isCheckpoint && isWhole && this.#faults.count === 0) {
      if (this.#firstControl !== 'snapshotHeader') this.#faults.add('the snapshot header is missing', 0);
      if (this.#lastControl !== 'snapshotFooter') {
        this.#faults.add('the snapshot footer is missing', this.#file.source.size);
      }
    }
    const last = this.#nextOffset - 1;
    const range = this.#batches === 0 ? `the next offset is ${baseOffset}` : `up to offset ${last}`;
    const seen = isWhole ? '' : ', as far as it was read';
    return {
      faults: this.#faults.list(),
      content: `${counted(this.#records, 'record')} in ${counted(this.#batches, 'batch', 'batches')}, ${range}${seen}`,
      remedy: this.#remedy(),
    };
  }

  #remedy(): string {
    if (this.#file.isCheckpoint) {
      return 'A start that needs it refuses to go on: put a whole copy in its place, of another node or a backup.';
    }
    if (this.#cut === undefined) {
      return 'No start looks into batches: consumers get these as they are, and fail on them.';
    }
    const { position, nextOffset } = this.#cut;
    return (
      `A start that checks this segment, as it does after a crash from the recovery point on, cuts it to ${position} ` +
      `bytes, goes on at offset ${nextOffset} and removes later segments; after a clean stop it is not looked at.`
    );
  }
}

/** The records with their offsets to all 64 bits, as Java adds. */
function* recordsAtOffsets(batch: BatchView): Generator<[Record, bigint]> {
  if (Number.isSafeInteger(batch.lastOffset) || batch.magic < 2) {
    for (const record of records(batch)) yield [record, BigInt(record.offset)];
    return;
  }
  const atZero = new BatchView(Buffer.from(batch.buffer.subarray(batch.start)));
  const baseOffset = atZero.buffer.readBigInt64BE(0);
  writeInt64(atZero.buffer, 0, 0);
  for (const record of records(atZero)) yield [record, BigInt.asIntN(64, baseOffset + BigInt(record.offset))];
}

/** What `batches` refuses beyond frames: numbers that a broker computes with must be exact. */
function unsafeFault({ lastOffset, baseOffset, producerId }: BatchView): string | undefined {
  if (!Number.isSafeInteger(baseOffset) || !Number.isSafeInteger(lastOffset)) return 'an offset outside ±(2^53 − 1)';
  return Number.isSafeInteger(producerId) ? undefined : 'a producer id outside ±(2^53 − 1)';
}
