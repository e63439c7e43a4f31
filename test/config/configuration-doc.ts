/** docs/configuration.md, written from the tables that the broker runs on. */
import { ACTED_ON, ACTED_ON_OF_TOPICS } from '../../src/config/acted-on.ts';
import { brokerKeys } from '../../src/config/catalogue/broker.ts';
import type { ConfigKey } from '../../src/config/catalogue/key.ts';
import { samsaKeys } from '../../src/config/catalogue/samsa.ts';
import { topicKeys } from '../../src/config/catalogue/topic.ts';
import { topicSynonyms } from '../../src/config/catalogue/topic-synonyms.ts';
import { CAPPED_WHILE_UNSET, samsaDefaults } from '../../src/config/samsa-defaults.ts';
import { defaultText } from '../../src/config/settings.ts';
import { ruleOf } from '../../src/config/value-rules.ts';

type Row = readonly string[];

const broker: Readonly<Record<string, ConfigKey>> = brokerKeys;
const topic: Readonly<Record<string, ConfigKey>> = topicKeys;
const kafkaNames = Object.keys(brokerKeys);
const actedOn = ACTED_ON.filter((name) => name in brokerKeys);

export function configurationDoc(): string {
  return `${intro}
## Defaults that are not Kafka's

${table(
  ['key', 'Samsa', 'Kafka', 'why'],
  Object.entries(samsaDefaults).map(([name, { value, why }]) => [
    code(name),
    code(value),
    shown(broker[name]!.default),
    why,
  ]),
)}

While they are unset, these keep Kafka's default as a wish only: the topic is made with as many replicas as there are
live brokers, so that one broker is enough. ${CAPPED_WHILE_UNSET.map(code).join(', ')}.

## Samsa's own keys

${table(
  ['key', 'type', 'default', 'allowed'],
  Object.entries(samsaKeys).map(([name, key]) => row(name, key)),
)}

## Keys of the broker

The keys that Samsa acts on. "Changes" says how Kafka's tools may alter a key of a running broker, for all brokers or
for each; the others need a restart.

${table(
  ['key', 'type', 'default', 'allowed', 'changes'],
  actedOn.map((name) => [...row(name, broker[name]!), broker[name]!.update ?? 'restart']),
)}

## Keys of topics

A topic that does not set a key has the value of the broker's key.

${table(
  ['key', 'type', 'default', 'allowed', "broker's key"],
  ACTED_ON_OF_TOPICS.map((name) => [...row(name, topic[name]!), (topicSynonyms[name] ?? []).map(code).join(', ')]),
)}

## Known, without effect so far

Samsa checks the values of these keys as Kafka does, shows them to DescribeConfigs, and warns at its start when one is
set to anything but its default, and when one is altered while it runs. Of those that it acts on and Kafka alters while a
broker runs, \`listeners\` and \`listener.security.protocol.map\` are refused until the next start, and
\`num.recovery.threads.per.data.dir\` is of use at a start alone, in Kafka too. A start with another \`authorizer.class.name\` than Kafka's \`StandardAuthorizer\`
(with its \`super.users\` and \`allow.everyone.if.no.acl.found\`), \`config.providers\`, a listener that is not PLAINTEXT, a \`process.roles\` other than \`broker,controller\`, or a quorum
of several controllers is refused, because running without them would not be what was asked for.

Of the broker: ${names(kafkaNames.filter((name) => !(actedOn as readonly string[]).includes(name)))}.

Of topics: ${names(Object.keys(topicKeys).filter((name) => !(ACTED_ON_OF_TOPICS as readonly string[]).includes(name)))}.
`;
}

const intro = `# Configuration

\`samsa start\` needs none. It takes Kafka's keys, with Kafka's names, types, limits and file format:

\`\`\`sh
samsa start                                             # localhost:9092, data in ./data
samsa start server.properties                           # Kafka's own file, unchanged
samsa start --set listeners=PLAINTEXT://:0 --set num.partitions=3
KAFKA_NUM_PARTITIONS=3 samsa start                      # as Kafka's Docker image reads it
\`\`\`

A value is taken from the first of these that has it: \`--set\`, the environment, the file, the default. Of
\`KAFKA_*\` variables, \`_\` is \`.\`, \`__\` is \`_\` and \`___\` is \`-\`; those about Kafka's JVM and logging
(\`KAFKA_HEAP_OPTS\`, \`KAFKA_LOG4J_LOGGERS\` …) are left aside. \`SAMSA_*\` variables set Samsa's own keys.
\`CLUSTER_ID\`, or \`--cluster-id\`, is what an empty directory is formatted with. When only
\`KAFKA_ADVERTISED_LISTENERS\` is set, the same ports are bound on every address.

A key that does not exist is warned of, with the key that was probably meant. A value that its key does not allow stops
the start with a sentence that says what is allowed. Port 0 takes a free port and advertises it.

The exit code is 0 after a stop by SIGTERM or SIGINT, 1 when the broker could not start or had to stop, 2 for a wrong
command line or configuration. A second signal ends the process at once, with 128 and the signal's number.

Logs are lines for people on a terminal and JSON lines elsewhere; \`SAMSA_LOG_LEVEL=debug\` shows more.
While the broker runs, the level of each of its loggers can be altered, and is until the next start:
\`kafka-configs --entity-type broker-loggers --entity-name 1 --alter --add-config samsa.network=DEBUG\`. \`root\` stands
over all of them, and FATAL is silence. \`listeners\` and \`listener.security.protocol.map\`, which Kafka can change in a
running broker, need a restart here.
`;

function row(name: string, key: ConfigKey): Row {
  const text = name in samsaDefaults ? defaultText(name) : key.default;
  return [code(name), key.type.toLowerCase(), shown(text), ruleOf(name, key).allowed];
}

function shown(text: string | null | undefined): string {
  if (text === undefined) return 'none; must be set';
  return text === null ? 'unset' : text === '' ? 'empty' : code(text);
}

function code(text: string): string {
  return `\`${text}\``;
}

function names(list: readonly string[]): string {
  return [...list].sort().map(code).join(', ');
}

function table(head: Row, rows: readonly Row[]): string {
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}
