/** One file: what it is by its name, and what dumps its kind. */
import { existsSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { sentence } from '../sentence.ts';
import { ByteSource, reading } from './byte-source.ts';
import type { KafkaReport } from './kafka-report.ts';
import { dumpLog } from './log-file.ts';
import { dumpOffsetIndex } from './offset-index-file.ts';
import type { DumpOptions } from './options.ts';
import { dumpProducerSnapshot } from './producer-snapshot-file.ts';
import { smallFileDumper } from './small-files.ts';
import { dumpTimeIndex } from './time-index-file.ts';
import { dumpTransactionIndex } from './transaction-index-file.ts';
import type { Verdict } from './verdict.ts';

type Lines = Generator<string, Verdict | undefined>;

/** Of what is read as a whole: more than the index of any segment has. */
const MOST_WHOLE_BYTES = 512 * 1024 ** 2;

interface FileName {
  readonly directory: string;
  /** Without what compaction or deletion put behind it. */
  readonly name: string;
  /** `.deleted`, `.cleaned`, `.swap` or nothing; the other files of the segment have the same. */
  readonly transient: string;
  /** Up to the first dot. */
  readonly stem: string;
  readonly suffix: string;
}

/** Yields the lines behind "Dumping …"; the verdict is `undefined` for a file of no known kind. Never throws. */
export function* dumpFile(path: string, options: DumpOptions, report: KafkaReport): Lines {
  try {
    return yield* dumperOf(path, options, report);
  } catch (error) {
    const { text, isOurBug } = sentence(error);
    return {
      faults: [{ what: isOurBug ? `${text}, which is a mistake of samsa's: please report it` : text }],
      content: '',
    };
  }
}

function dumperOf(path: string, options: DumpOptions, report: KafkaReport): Lines {
  const file = parseName(path);
  switch (file.suffix) {
    case '.log':
    case '.checkpoint':
      return segmentLines(path, file, options, report);
    case '.index':
    case '.timeindex':
      return indexLines(path, file, options, report);
    case '.txnindex':
      return dumpTransactionIndex(wholeFile(path), baseOffsetOf(file) ?? 0);
    case '.snapshot':
      return dumpProducerSnapshot(wholeFile(path));
    default: {
      const dumper = smallFileDumper(file.name);
      return dumper === undefined ? unknownFile(path) : dumper(wholeFile(path), path);
    }
  }
}

function parseName(path: string): FileName {
  const whole = basename(path);
  const transient = /\.(?:deleted|cleaned|swap)$/.exec(whole)?.[0] ?? '';
  const name = whole.slice(0, whole.length - transient.length);
  const stem = name.split('.')[0]!;
  return { directory: dirname(path), name, transient, stem, suffix: name.slice(Math.max(name.lastIndexOf('.'), 0)) };
}

function baseOffsetOf({ stem }: FileName): number | undefined {
  return /^\d+$/.test(stem) ? Number(stem) : undefined;
}

// biome-ignore lint/correctness/useYield: it has no lines
function* unknownFile(path: string): Lines {
  statSync(path);
  return undefined;
}

function* segmentLines(path: string, file: FileName, options: DumpOptions, report: KafkaReport): Lines {
  const { name, stem, suffix } = file;
  const isCheckpoint = suffix === '.checkpoint';
  const baseOffset = isCheckpoint ? 0 : (baseOffsetOf(file) ?? 0);
  const snapshot = /^(\d+)-(\d+)\.checkpoint$/.exec(name);
  if (snapshot !== null) yield `Snapshot end offset: ${Number(snapshot[1])}, epoch: ${Number(snapshot[2])}`;
  else if (isCheckpoint) yield 'KRaft bootstrap snapshot';
  else if (/^\d+$/.test(stem)) yield `Log starting offset: ${BigInt(stem)}`;
  return yield* reading(path, (source) => dumpLog({ source, name, baseOffset, isCheckpoint }, options, report));
}

function* indexLines(path: string, file: FileName, options: DumpOptions, report: KafkaReport): Lines {
  const baseOffset = baseOffsetOf(file);
  if (baseOffset === undefined) return { faults: [{ what: 'its name has no base offset' }], content: '' };
  const beside = (suffix: string): string => join(file.directory, file.stem + suffix + file.transient);
  const log = existsSync(beside('.log')) ? new ByteSource(beside('.log')) : undefined;
  try {
    const index = { path, bytes: wholeFile(path), baseOffset, log };
    if (file.suffix === '.index') return yield* dumpOffsetIndex(index, options, report);
    const offsetIndexBytes = existsSync(beside('.index')) ? wholeFile(beside('.index')) : Buffer.alloc(0);
    return yield* dumpTimeIndex({ ...index, offsetIndexBytes }, options, report);
  } finally {
    log?.close();
  }
}

function wholeFile(path: string): Buffer {
  const source = new ByteSource(path);
  try {
    if (source.size > MOST_WHOLE_BYTES) {
      throw new Error(`it has ${source.size} bytes, more than any such file has (${MOST_WHOLE_BYTES})`);
    }
    return source.read(0, source.size);
  } finally {
    source.close();
  }
}
