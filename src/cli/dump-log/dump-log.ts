/**
 * `samsa dump-log`: on standard output what Kafka's `DumpLogSegments` prints, line for line; the small files it does not
 * know in a form of our own. On standard error a verdict on each file, and at the end what Kafka says there.
 */
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { ExitCode } from '../exit-code.ts';
import { dumpFile } from './dump-file.ts';
import type { DumpLogFlags } from './flags.ts';
import { KafkaReport } from './kafka-report.ts';
import { LineWriter } from './line-writer.ts';
import { type DumpOptions, dumpOptions, UsageError } from './options.ts';
import { formatVerdict, type Verdict } from './verdict.ts';

export interface DumpStreams {
  readonly stdout: NodeJS.WritableStream;
  readonly stderr: NodeJS.WritableStream;
}

/** The lock is empty, and may be held. */
const NOTHING_TO_SEE: ReadonlySet<string> = new Set(['.lock']);

/** Resolves with the exit code when all is written, or nobody reads it any more. */
export async function dumpLogFiles(
  files: readonly string[],
  flags: DumpLogFlags,
  { stdout, stderr }: DumpStreams,
): Promise<number> {
  let options: DumpOptions;
  try {
    options = dumpOptions(files, flags);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    stderr.write(`samsa: ${error.message}\n`);
    return ExitCode.USAGE;
  }
  const out = new LineWriter(stdout);
  const errors = new LineWriter(stderr);
  const report = new KafkaReport();
  let exitCode: number = ExitCode.OK;
  for (const path of options.paths.flatMap((named) => [...filesIn(named)])) {
    await out.line(`Dumping ${path}`);
    const lines = dumpFile(path, options, report);
    let step = lines.next();
    for (; step.done !== true && !out.isClosed; step = lines.next()) await out.line(step.value);
    await out.flush();
    if (step.done !== true) {
      lines.return(undefined);
      break;
    }
    const verdict: Verdict | undefined = step.value;
    if (verdict === undefined) {
      await errors.line(`Ignoring unknown file ${path}`);
    } else {
      if (verdict.faults.length > 0) exitCode = ExitCode.FAILED;
      if (options.withVerdict) await errors.line(formatVerdict(path, verdict));
    }
    await errors.flush();
  }
  for (const line of report.lines()) await errors.line(line);
  await errors.flush();
  return exitCode;
}

/** A directory stands for all files in it and below, in the order of their names. */
function* filesIn(path: string): Generator<string> {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() !== true) {
    yield path;
    return;
  }
  const entries = readdirSync(path, { withFileTypes: true });
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    if (entry.isDirectory()) yield* filesIn(join(path, entry.name));
    else if (entry.isFile() && !NOTHING_TO_SEE.has(entry.name)) yield join(path, entry.name);
  }
}
