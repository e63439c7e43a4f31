/**
 * Apache Kafka's command line tools, called as from a shell and run in one JVM, with a transcript of what was called and
 * what was said: standard output as it is, standard error behind `! `, an exit code other than 0 behind it. What differs
 * from run to run (ids, ports, paths, times) is replaced by what it is.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startJavaService } from '../support/java-service.mjs';
import { folder, toolsClassPath } from '../support/tools.mjs';

/** The main class of each script, and where on its command line the server's address has to be; some take none. */
const scripts = {
  'kafka-acls': ['org.apache.kafka.tools.AclCommand', 'first'],
  'kafka-broker-api-versions': ['org.apache.kafka.tools.BrokerApiVersionsCommand', 'first'],
  'kafka-client-metrics': ['org.apache.kafka.tools.ClientMetricsCommand', 'first'],
  'kafka-cluster': ['org.apache.kafka.tools.ClusterTool', 'last'],
  'kafka-configs': ['kafka.admin.ConfigCommand', 'first'],
  'kafka-console-consumer': ['org.apache.kafka.tools.consumer.ConsoleConsumer', 'first'],
  'kafka-console-producer': ['org.apache.kafka.tools.ConsoleProducer', 'first'],
  'kafka-consumer-groups': ['org.apache.kafka.tools.consumer.group.ConsumerGroupCommand', 'first'],
  'kafka-delegation-tokens': ['org.apache.kafka.tools.DelegationTokenCommand', 'first'],
  'kafka-delete-records': ['org.apache.kafka.tools.DeleteRecordsCommand', 'first'],
  'kafka-dump-log': ['org.apache.kafka.tools.DumpLogSegments'],
  'kafka-features': ['org.apache.kafka.tools.FeatureCommand', 'first'],
  'kafka-get-offsets': ['org.apache.kafka.tools.GetOffsetShell', 'first'],
  'kafka-groups': ['org.apache.kafka.tools.GroupsCommand', 'first'],
  'kafka-leader-election': ['org.apache.kafka.tools.LeaderElectionCommand', 'first'],
  'kafka-metadata-quorum': ['org.apache.kafka.tools.MetadataQuorumCommand', 'first'],
  'kafka-log-dirs': ['org.apache.kafka.tools.LogDirsCommand', 'first'],
  'kafka-reassign-partitions': ['org.apache.kafka.tools.reassign.ReassignPartitionsCommand', 'first'],
  'kafka-storage': ['kafka.tools.StorageTool'],
  'kafka-topics': ['org.apache.kafka.tools.TopicCommand', 'first'],
  'kafka-transactions': ['org.apache.kafka.tools.TransactionsCommand', 'first'],
};

/** What a tool has at most; the longest wait for a time-out of a request, and clients of Kafka's go on for a minute. */
const limitMs = 100_000;

/**
 * @param home a folder for the files that tools are given
 * @param names what is replaced in a transcript, and by what, the first match first
 */
export function startToolbox({ home, names = [] }) {
  const java = startJavaService(toolsClassPath(), 'Tools', [
    `-Dlog4j2.configurationFile=${folder('tools', 'log4j2.properties')}`,
  ]);
  let server;
  let controller;
  let settle = () => {};
  let transcript = [];

  const tidy = (text) => {
    let tidied = text.replaceAll(home, '<home>');
    for (const [address, name] of [
      [server, '<server>'],
      [controller, '<controller>'],
    ]) {
      if (address === undefined) continue;
      const [host, port] = address.split(':');
      tidied = tidied.replaceAll(address, name).replaceAll(new RegExp(`${host}\\s+${port}`, 'g'), name);
    }
    for (const [pattern, name] of names) tidied = tidied.replaceAll(pattern, name);
    return tidied
      .replace(/(console-consumer|adminclient)-\d+/g, '$1-<n>')
      .replace(/(?<![\w/+-])[A-Za-z0-9_-]{22}(?![\w=-])/g, (id) =>
        /[A-Z]/.test(id) && /[\d_-]|[A-Z]{2}/.test(id) ? '<id>' : id,
      )
      .replace(/\b1[6-9]\d{11}\b/g, '<ms>')
      .replace(/(?<=\bConfigs: ).*/, (configs) => configs.split(',').sort().join(','));
  };

  return {
    /** The tools talk to this broker from now on; `settles` waits until it goes by what it has answered to a command. */
    connect({ address, controllerAddress, settles }) {
      server = address;
      controller = controllerAddress;
      settle = settles;
    },

    /** Writes a file for a tool; answers its path. */
    file(name, content, { hides = [] } = {}) {
      const text = typeof content === 'string' ? content : JSON.stringify(content);
      mkdirSync(home, { recursive: true });
      writeFileSync(join(home, name), text);
      transcript.push(`$ cat <home>/${name}`, ...lines(tidy(text)).map((line) => hidden(line, hides)));
      return join(home, name);
    },

    /**
     * Runs a command line; `{controller}` in it stands for the controller's address. Answers what the tool said.
     * @param input its standard input
     * @param isSorted its lines come in no order
     * @param hides what of its output cannot be foreseen, each a pattern that is replaced by `<…>`, or with what it is replaced by
     * @param isPrivate does not go to the transcript
     */
    async run(line, { input = '', isSorted = false, hides = [], isPrivate = false } = {}) {
      const [script, ...args] = line.split(' ');
      const [mainClass, place] = scripts[script];
      const own = line.includes('--bootstrap-controller')
        ? args.map((arg) => (arg === '{controller}' ? controller : arg))
        : withServer(args, place, server);
      const late = setTimeout(() => java.kill(), limitMs);
      const answer = await java.ask([mainClass, Buffer.from(input).toString('base64'), ...own].join('\t'));
      clearTimeout(late);
      await settle(line);
      const [code, out, err] = answer.split(' ').map((part, at) => (at === 0 ? Number(part) : decoded(part)));
      if (!isPrivate) {
        const said = [
          ...lines(out),
          ...lines(err)
            .filter(isNoFrame)
            .map((text) => `! ${text}`),
        ].map((text) => hidden(tidy(text), hides));
        transcript.push(`$ ${tidy(line)}`, ...(isSorted ? said.sort() : said));
        if (code !== 0) transcript.push(`exit code ${code}`);
      }
      return { code, out, err };
    },

    /** Lines of a scenario's own. */
    say(lines) {
      transcript.push('$ #', ...lines);
    },

    /** What was called and said since the last time. */
    takeTranscript() {
      const taken = transcript;
      transcript = [];
      return taken;
    },

    end: () => java.end(),
  };
}

function hidden(line, hides) {
  return hides.reduce((left, each) => left.replaceAll(...(Array.isArray(each) ? each : [each, '<…>'])), line);
}

function withServer(args, place, server) {
  if (place === undefined) return args;
  const address = ['--bootstrap-server', server];
  return place === 'first' ? [...address, ...args] : [...args, ...address];
}

function decoded(base64) {
  return base64 === '-' ? '' : Buffer.from(base64, 'base64').toString();
}

/** Without white space at their ends, which tables have. */
function lines(text) {
  const all = text.split('\n').map((line) => line.trimEnd());
  return all.filter((line) => line !== '');
}

/** Not a line of a stack trace below its first. */
function isNoFrame(line) {
  return !/^\s+(at |\.\.\. \d+ more)/.test(line);
}
