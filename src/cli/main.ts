#!/usr/bin/env node
/** The `samsa` command. What a subcommand needs is loaded when it runs. */
import packageJson from '../../package.json' with { type: 'json' };
import { addDumpLogCommand } from './dump-log/command.ts';
import { ExitCode } from './exit-code.ts';

// Node's own start counts; what came before this file in the same process (an install, a build) doesn't.
const startedMs = performance.now() - performance.nodeTiming.bootstrapComplete;
const { Command, CommanderError } = await import('commander');

const program = new Command('samsa')
  .description('A Kafka broker: the protocol, the files and the KRaft of Apache Kafka.')
  .version(packageJson.version)
  .showHelpAfterError()
  .exitOverride();

program
  .command('start')
  .description('start a broker, with its data in ./data unless configured otherwise')
  .argument('[server.properties]', "a configuration file in Kafka's format")
  .option(
    '-s, --set <key=value>',
    'a configuration value, over those of the file and of KAFKA_* variables',
    collect,
    [],
  )
  .option('--cluster-id <id>', 'the cluster id that an empty data directory is formatted with')
  .action(async (file: string | undefined, options: { set: string[]; clusterId?: string }) => {
    const { start } = await import('./start.ts');
    const env = options.clusterId === undefined ? process.env : { ...process.env, CLUSTER_ID: options.clusterId };
    const { stdout, stderr } = process;
    const exitCode = await start({ file, set: options.set, env, startedMs, stdout, stderr, signals: process });
    // All is stopped and the log is written: nothing that lingers may keep the process.
    process.exit(exitCode);
  });

program
  .command('wire')
  .description('read JSON lines {name, type, version, hex} and write what the bytes say, as {name, version, json, hex}')
  .option('--frame', 'hex is a whole request or response, with its header')
  .action(async ({ frame = false }: { frame?: boolean }) => {
    const { wire } = await import('./wire.ts');
    await wire(process.stdin, process.stdout, { frame });
  });

addDumpLogCommand(program);

function collect(value: string, earlier: string[]): string[] {
  return [...earlier, value];
}

try {
  await program.parseAsync();
} catch (failure) {
  if (!(failure instanceof CommanderError)) throw failure;
  // Commander has said what is wrong; help and version end here too, with code 0.
  process.exitCode = failure.exitCode === 0 ? ExitCode.OK : ExitCode.USAGE;
}
