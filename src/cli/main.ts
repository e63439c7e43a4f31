#!/usr/bin/env node
/** The `samsa` command. What a subcommand needs is loaded when it runs. */
import packageJson from '../../package.json' with { type: 'json' };
import { addDumpLogCommand } from './dump-log/command.ts';
import { ExitCode } from './exit-code.ts';
import type { FormatArguments } from './format.ts';

// Node's own start counts; what came before this file in the same process (an install, a build) doesn't.
const startedMs = performance.now() - performance.nodeTiming.bootstrapComplete;
const { Command, CommanderError } = await import('commander');

const COMPLETION_COMMANDS = ['completion', 'complete'];

interface StorageArguments {
  readonly set: string[];
  readonly config?: string;
}

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
  .option('--default <key=value>', 'a configuration value for a key that nothing else sets', collect, [])
  .option('--cluster-id <id>', 'the cluster id that an empty data directory is formatted with')
  .action(async (file: string | undefined, options: { set: string[]; default: string[]; clusterId?: string }) => {
    const { start } = await import('./start.ts');
    const env = options.clusterId === undefined ? process.env : { ...process.env, CLUSTER_ID: options.clusterId };
    const { stdout, stderr } = process;
    const { set, default: defaults } = options;
    const exitCode = await start({ file, set, defaults, env, startedMs, stdout, stderr, signals: process });
    // All is stopped and the log is written: nothing that lingers may keep the process.
    process.exit(exitCode);
  });

program
  .command('format')
  .description("make a node's directories ready, with the options of kafka-storage format")
  .argument('[server.properties]', "a configuration file in Kafka's format")
  .option('-c, --config <file>', 'the same')
  .option('--set <key=value>', 'a configuration value, over those of the file and of KAFKA_* variables', collect, [])
  .option('-t, --cluster-id <id>', 'the cluster id; a random one when absent')
  .option('-s, --standalone', 'this node alone is the first voter, also without any of these three')
  .option('-I, --initial-controllers <list>', 'the first voters: id@host:port:directory-id, separated by commas')
  .option('-N, --no-initial-controllers', 'the node is to join a quorum')
  .option('-r, --release-version <version>', 'the release whose feature levels the cluster begins with')
  .option('-f, --feature <name=level>', 'the level of one feature', collect, [])
  .option('-S, --add-scram <credential>', "a user: 'SCRAM-SHA-256=[name=alice,password=alice-secret]'", collect, [])
  .option('-g, --ignore-formatted', 'skip directories that are formatted instead of failing')
  .action(async (file: string | undefined, { set, config, ...given }: StorageArguments & FormatArguments) => {
    const { format } = await import('./format.ts');
    const { env, stdout, stderr } = process;
    process.exitCode = await format({ file: config ?? file, set, env, stdout, stderr }, given);
  });

program
  .command('info')
  .description("say what a node's directories hold, as kafka-storage info does")
  .argument('[server.properties]', "a configuration file in Kafka's format")
  .option('-c, --config <file>', 'the same')
  .option('--set <key=value>', 'a configuration value, over those of the file and of KAFKA_* variables', collect, [])
  .action(async (file: string | undefined, { set, config }: StorageArguments) => {
    const { info } = await import('./format.ts');
    const { env, stdout, stderr } = process;
    process.exitCode = await info({ file: config ?? file, set, env, stdout, stderr });
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

// A broker's start does not wait for what is for others.
if (process.argv[2] !== 'start') {
  const { addClientCommands, processEnvironment } = await import('./client/commands.ts');
  const done = (exitCode: number): void => {
    process.exitCode = exitCode;
  };
  addClientCommands(program, { environment: processEnvironment, done });
  // Last, since it completes what is there by now: `complete` is what the shell's script calls.
  if (COMPLETION_COMMANDS.includes(process.argv[2] ?? '')) {
    const { default: addCompletion } = await import('@bomb.sh/tab/commander');
    addCompletion(program, { completionCommandName: 'completion' });
  } else {
    program
      .command('completion')
      .description('print the script that completes commands and flags in a shell')
      .argument('<shell>', 'zsh, bash, fish or powershell');
  }
}

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
