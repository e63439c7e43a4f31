/** `samsa dump-log` on the command line. What it needs is loaded when it runs. */
import type { Command } from 'commander';
import type { DumpLogFlags } from './flags.ts';

export function addDumpLogCommand(program: Command): void {
  program
    .command('dump-log')
    .description("print a data directory's files as kafka-dump-log does, with a verdict on each")
    .argument('[file...]', 'logs, indexes, snapshots, checkpoints; of a directory all that is in it')
    .option('--files <files>', 'the same as a list with commas, as Kafka takes it')
    .option('--print-data-log', 'print keys and values; implied by every decoder')
    .option('--deep-iteration', 'print the records of each batch; implied by --print-data-log')
    .option('--skip-record-metadata', 'of records print keys and values only')
    .option('--max-bytes <bytes>', 'read no more of each .log than this')
    .option('--max-message-size <bytes>', 'taken as Kafka takes it; batches of any size are read')
    .option('--index-sanity-check', 'of indexes only say whether they pass the check of a start')
    .option('--verify-index-only', 'hold indexes against their logs without printing them')
    .option('--key-decoder-class <class>', 'of keys: StringDecoder, IntegerDecoder or LongDecoder')
    .option('--value-decoder-class <class>', 'of values: the same')
    .option('--offsets-decoder', 'records are those of __consumer_offsets')
    .option('--transaction-log-decoder', 'records are those of __transaction_state')
    .option('--cluster-metadata-decoder', 'records are those of __cluster_metadata')
    .option('--share-group-state-decoder', 'records are those of __share_group_state')
    .option('--no-verdict', 'leave out the verdicts, which go to standard error')
    .addHelpText('after', '\nExit code: 0 all is well, 1 something is wrong with a file, 2 the command line is.')
    .action(async (files: string[], flags: DumpLogFlags) => {
      const { dumpLogFiles } = await import('./dump-log.ts');
      const { stdout, stderr } = process;
      process.exitCode = await dumpLogFiles(files, flags, { stdout, stderr });
    });
}
