/** The commands that talk to a cluster, on the command line. What each needs is loaded when it runs. */
import { type Command, InvalidArgumentError } from 'commander';
import type { ClientEnvironment, ClientFlags, Session } from './session.ts';

/** Runs what a command does, in a session with the cluster that its flags name. */
type Run = (flags: ClientFlags, work: (session: Session) => Promise<unknown>) => Promise<void>;

export interface CommandHost {
  readonly environment: () => ClientEnvironment;
  /** Takes the exit code of the command that ran. */
  readonly done: (exitCode: number) => void;
}

export function addClientCommands(program: Command, host: CommandHost): void {
  const run: Run = async (flags, work) => {
    const { withCluster } = await import('./session.ts');
    host.done(await withCluster(flags, host.environment(), work));
  };
  addTopicCommands(program, run);
  addGroupCommands(program, run);
  addConfigCommands(program, run);
  addAclCommands(program, run);
  addUserCommands(program, run);
  addClusterCommands(program, run);
  addProduceCommand(program, run);
  addConsumeCommands(program, run);
  withClientOptions(program.command('doctor'))
    .description('find out why a client cannot connect, and say what to change')
    .argument('[host:port]', 'the address that the client is given; that of -b when absent')
    .action(async (address: string | undefined, flags: ClientFlags) => {
      const { doctor } = await import('./doctor.ts');
      host.done(await doctor(address, flags, host.environment()));
    });
}

function addTopicCommands(program: Command, run: Run): void {
  const topic = program.command('topic').description('list, describe, create, alter and delete topics');
  withClientOptions(topic.command('list'))
    .description('topics and their sizes')
    .option('--internal', 'with those that Kafka keeps for itself')
    .action((flags) => run(flags, async (session) => (await import('./topic.ts')).listTopics(session, flags)));
  withClientOptions(topic.command('describe'))
    .description('leaders, replicas, offsets and configuration of topics')
    .argument('<topic...>')
    .action((names, flags) =>
      run(flags, async (session) => (await import('./topic.ts')).describeTopics(session, names)),
    );
  withClientOptions(topic.command('create'))
    .description('make a topic')
    .argument('<topic>')
    .option('-p, --partitions <n>', "the cluster's num.partitions when absent", integer)
    .option('-r, --replication-factor <n>', "the cluster's default when absent", integer)
    .option('-c, --config <key=value>', 'a configuration of the topic', collect)
    .option('--if-not-exists', 'no failure when it is there already')
    .option('--validate-only', 'say whether it could be made')
    .action((name, flags) =>
      run(flags, async (session) => (await import('./topic.ts')).createTopic(session, name, flags)),
    );
  withClientOptions(topic.command('alter'))
    .description('give a topic more partitions; its configuration is changed by `samsa config set topic`')
    .argument('<topic>')
    .requiredOption('-p, --partitions <n>', 'how many it is to have', integer)
    .action((name, flags) =>
      run(flags, async (session) => (await import('./topic.ts')).alterTopic(session, name, flags)),
    );
  withClientOptions(topic.command('delete'))
    .description('delete topics and their records')
    .argument('<topic...>')
    .option('--if-exists', 'no failure when one is not there')
    .action((names, flags) =>
      run(flags, async (session) => (await import('./topic.ts')).deleteTopics(session, names, flags)),
    );
}

function addGroupCommands(program: Command, run: Run): void {
  const group = program.command('group').description('list, describe, reset and delete consumer groups');
  withClientOptions(group.command('list'))
    .description('groups and their states')
    .action((flags) => run(flags, async (session) => (await import('./group.ts')).listGroups(session)));
  withClientOptions(group.command('describe'))
    .description('offsets, lags and members of groups')
    .argument('<group...>')
    .action((ids, flags) => run(flags, async (session) => (await import('./group.ts')).describeGroups(session, ids)));
  withClientOptions(group.command('reset'))
    .description('move the offsets of a group without members')
    .argument('<group>')
    .requiredOption('--to <where>', 'earliest, latest, an offset, -N, s@MILLISECONDS, a date, or 5m for that long ago')
    .option('-t, --topic <topic>', 'only of this topic; of all that the group read when absent', collect)
    .option('--dry-run', 'show what would change')
    .action((id, flags) => run(flags, async (session) => (await import('./group.ts')).resetGroup(session, id, flags)));
  withClientOptions(group.command('delete'))
    .description('delete groups without members, with their offsets')
    .argument('<group...>')
    .action((ids, flags) => run(flags, async (session) => (await import('./group.ts')).deleteGroups(session, ids)));
}

function addConfigCommands(program: Command, run: Run): void {
  const config = program
    .command('config')
    .description('show and change what is configured on topics, brokers, broker-loggers, groups and client-metrics');
  withClientOptions(config.command('get'))
    .description('what is set, and from where')
    .argument('<type>', 'topic, broker, broker-logger, group or client-metrics')
    .argument('<name>', "of a broker its id, or 'default' for all brokers")
    .argument('[key...]', 'only these')
    .option('-a, --all', 'with defaults')
    .option('--doc', 'with what each means')
    .action((type, name, keys, flags) =>
      run(flags, async (session) => (await import('./configs.ts')).getConfig(session, type, name, keys, flags)),
    );
  withClientOptions(config.command('set'))
    .description('change configurations')
    .argument('<type>')
    .argument('<name>')
    .argument('<key=value...>')
    .option('--append', 'add the values to the lists that are set')
    .option('--subtract', 'take the values out of the lists that are set')
    .option('--validate-only', 'say whether it would be accepted')
    .action((type, name, pairs, flags) =>
      run(flags, async (session) => (await import('./configs.ts')).setConfig(session, type, name, pairs, flags)),
    );
  withClientOptions(config.command('unset'))
    .description('go back to the defaults')
    .argument('<type>')
    .argument('<name>')
    .argument('<key...>')
    .action((type, name, keys, flags) =>
      run(flags, async (session) => (await import('./configs.ts')).unsetConfig(session, type, name, keys)),
    );
}

function addAclCommands(program: Command, run: Run): void {
  const acl = program.command('acl').description('list, add and remove access rules');
  withAclOptions(withClientOptions(acl.command('list')))
    .description('the rules that match; all when nothing is named')
    .action((flags) => run(flags, async (session) => (await import('./acl.ts')).listAcls(session, flags)));
  withAclOptions(withClientOptions(acl.command('add')))
    .description('allow, or deny, operations on a resource')
    .action((flags) => run(flags, async (session) => (await import('./acl.ts')).addAcls(session, flags)));
  withAclOptions(withClientOptions(acl.command('remove')))
    .description('remove the rules that match')
    .option('--yes', 'also when that is all of them')
    .action((flags) => run(flags, async (session) => (await import('./acl.ts')).removeAcls(session, flags)));
}

function addUserCommands(program: Command, run: Run): void {
  const user = program.command('user').description('SCRAM users and quotas');
  withClientOptions(user.command('list'))
    .description('users and their mechanisms')
    .action((flags) => run(flags, async (session) => (await import('./user.ts')).listUsers(session)));
  withClientOptions(user.command('add'))
    .description('let a user authenticate, or give one a new password')
    .argument('<name>')
    .option('--password <text>', 'SAMSA_PASSWORD, or a line on standard input, when absent')
    .option('--mechanism <name>', 'SCRAM-SHA-256 or SCRAM-SHA-512', 'SCRAM-SHA-512')
    .option('--iterations <n>', 'how much work a guess costs', integer, 4096)
    .action((name, flags) => run(flags, async (session) => (await import('./user.ts')).addUser(session, name, flags)));
  withClientOptions(user.command('remove'))
    .description('take a mechanism away from a user')
    .argument('<name>')
    .option('--mechanism <name>', 'SCRAM-SHA-256 or SCRAM-SHA-512', 'SCRAM-SHA-512')
    .action((name, flags) =>
      run(flags, async (session) => (await import('./user.ts')).removeUser(session, name, flags)),
    );
  withClientOptions(user.command('quota'))
    .description('show quotas; with key=value set them, with key= remove them')
    .argument('[key=value...]', 'producer_byte_rate, consumer_byte_rate, request_percentage …')
    .option('-u, --user <name>', "a user, or 'default'")
    .option('--client-id <id>', "a client, or 'default'")
    .option('--ip <address>', "an address, or 'default'")
    .action((pairs, flags) => run(flags, async (session) => (await import('./user.ts')).quota(session, pairs, flags)));
}

function addClusterCommands(program: Command, run: Run): void {
  const cluster = program.command('cluster').description('brokers, features, quorum and disks');
  withClientOptions(cluster.command('describe'))
    .description('the id, the controller and the brokers')
    .action((flags) => run(flags, async (session) => (await import('./cluster.ts')).describeCluster(session)));
  withClientOptions(cluster.command('features'))
    .description('feature levels: what is possible and what holds')
    .action((flags) => run(flags, async (session) => (await import('./cluster.ts')).describeFeatures(session)));
  withClientOptions(cluster.command('quorum'))
    .description('the controllers and how far behind each is')
    .action((flags) => run(flags, async (session) => (await import('./cluster.ts')).describeQuorum(session)));
  withClientOptions(cluster.command('log-dirs'))
    .description('what lies on which disk')
    .action((flags) => run(flags, async (session) => (await import('./cluster.ts')).describeLogDirs(session)));
}

function addProduceCommand(program: Command, run: Run): void {
  withClientOptions(program.command('produce'))
    .description('write lines of standard input as messages; with --json each line is {"key", "value", "headers" …}')
    .argument('<topic>')
    .option('-p, --partition <n>', 'by the key, or by chance, when absent', integer)
    .option('-k, --key <text>', 'the key of every message')
    .option('-K, --key-delimiter <text>', 'what stands between key and value on a line')
    .option('-D, --delimiter <text>', 'what ends a message', '\\n')
    .option('-H, --header <key=value>', 'a header of every message', collect)
    .option(
      '-z, --compression <codec>',
      'none, gzip, snappy, lz4 or zstd',
      choice('none', 'gzip', 'snappy', 'lz4', 'zstd'),
    )
    .option('--acks <n>', 'all or 1', 'all')
    .option('-Z, --empty-as-null', 'empty keys and values are null')
    .action((topic, flags) =>
      run(flags, async (session) => (await import('./produce.ts')).produce(session, topic, flags)),
    );
}

function addConsumeCommands(program: Command, run: Run): void {
  withMessageOptions(withClientOptions(program.command('consume')))
    .description('print messages')
    .argument('<topic...>')
    .option('-o, --offset <where>', 'earliest, latest, an offset, -N, s@MILLISECONDS, a date, or 5m for that long ago')
    .option('-c, --count <n>', 'end after so many', integer)
    .option('-e, --exit-at-end', 'end when there is no more to read')
    .option('-G, --group <id>', 'as a member of a consumer group, committing what was printed')
    .action((topics, flags) =>
      run(flags, async (session) => (await import('./consume.ts')).consume(session, topics, flags)),
    );
  withMessageOptions(withClientOptions(program.command('tail')))
    .description('print the last messages of each partition, then what comes')
    .argument('<topic...>')
    .option('-n, --lines <n>', 'so many of each partition', integer, 10)
    .option('--no-follow', 'end after those')
    .action((topics, flags) =>
      run(flags, async (session) => (await import('./consume.ts')).tail(session, topics, flags)),
    );
}

function withClientOptions(command: Command): Command {
  return command
    .option(
      '-b, --bootstrap-server <host:port,…>',
      'the cluster; localhost:9092, or SAMSA_BOOTSTRAP_SERVER, when absent',
    )
    .option('--command-config <file>', "a file of client properties, as Kafka's own tools take it")
    .option('-X, --set <key=value>', 'one client property, such as security.protocol=SSL', collect)
    .option('-J, --json', 'print JSON')
    .showHelpAfterError('--help tells more.');
}

function withAclOptions(command: Command): Command {
  return command
    .option('--topic <name>', "a topic, or '*'")
    .option('--group <id>', "a group, or '*'")
    .option('--transactional-id <id>', "a transactional id, or '*'")
    .option('--delegation-token <id>', "a delegation token, or '*'")
    .option('--user <name>', 'a user, for tokens on behalf of others')
    .option('--cluster', 'the cluster')
    .option('--prefix', 'all resources whose names begin so')
    .option('--principal <name>', 'User:alice, or alice')
    .option('--host <address>', 'from where; everywhere when absent')
    .option('-o, --operation <name>', 'read, write, create, describe, alter, delete, all …', collect)
    .option('--deny', 'rules that deny');
}

function withMessageOptions(command: Command): Command {
  return command
    .option('-p, --partition <n>', 'only of this partition', (text, earlier: number[] = []) => [
      ...earlier,
      integer(text),
    ])
    .option(
      '-f, --format <text>',
      "kcat's tokens: %s value, %k key, %t topic, %p partition, %o offset, %T time, %h headers",
      '%s\\n',
    )
    .option('--values <as>', 'with --json: text, json or base64', choice('text', 'json', 'base64'), 'text')
    .option('--isolation <level>', 'read_uncommitted or read_committed', choice('read_uncommitted', 'read_committed'));
}

/** The process's own streams. The first signal asks to end, the second one ends. */
export function processEnvironment(): ClientEnvironment {
  const controller = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => controller.abort());
  // A reader that has had enough (`samsa consume … | head`) is no failure.
  process.stdout.on('error', (failure: NodeJS.ErrnoException) => {
    if (failure.code !== 'EPIPE') throw failure;
    process.exit(0);
  });
  const { env, stdin, stdout, stderr } = process;
  return { env, stdin, stdout, stderr, signal: controller.signal };
}

function collect(value: string, earlier: string[] = []): string[] {
  return [...earlier, value];
}

function integer(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError(`'${text}' is no whole number.`);
  return Number(text);
}

function choice(...allowed: readonly string[]): (text: string) => string {
  return (text) => {
    if (!allowed.includes(text)) throw new InvalidArgumentError(`'${text}' is none of ${allowed.join(', ')}.`);
    return text;
  };
}
