/** Apache Kafka's command line tools, run as their scripts would. */
import { spawn } from 'node:child_process';
import { javaClassPath } from '../support/tools.mjs';

const limitMs = 90_000;

export const tool = {
  topics: 'org.apache.kafka.tools.TopicCommand',
  groups: 'org.apache.kafka.tools.consumer.group.ConsumerGroupCommand',
  offsets: 'org.apache.kafka.tools.GetOffsetShell',
  logDirs: 'org.apache.kafka.tools.LogDirsCommand',
  reassign: 'org.apache.kafka.tools.reassign.ReassignPartitionsCommand',
  consoleProducer: 'org.apache.kafka.tools.ConsoleProducer',
  consoleConsumer: 'org.apache.kafka.tools.consumer.ConsoleConsumer',
  verifiableProducer: 'org.apache.kafka.tools.VerifiableProducer',
  verifiableConsumer: 'org.apache.kafka.tools.VerifiableConsumer',
  producerPerformance: 'org.apache.kafka.tools.ProducerPerformance',
  consumerPerformance: 'org.apache.kafka.tools.ConsumerPerformance',
};

/**
 * Runs a tool; answers its standard output. `until` ends one that does not end by itself, as soon as its output so far
 * satisfies it.
 */
export function runTool(mainClass, args, { input = '', until, classPath = javaClassPath() } = {}) {
  return new Promise((resolve, reject) => {
    const java = ['-Xmx512m', '-XX:TieredStopAtLevel=1', '-cp', classPath, mainClass, ...args];
    // What is measured gets the whole compiler.
    if (/Performance$|^Latency$/.test(mainClass)) java.splice(1, 1);
    const child = spawn('java', java, { stdio: ['pipe', 'pipe', 'pipe'] });
    let out = '';
    let errors = '';
    let satisfied = false;
    const late = setTimeout(() => child.kill('SIGKILL'), limitMs);
    child.stdout.on('data', (chunk) => {
      out += chunk;
      if (until === undefined || satisfied || !until(out)) return;
      satisfied = true;
      child.kill('SIGTERM');
    });
    child.stderr.on('data', (chunk) => {
      errors += chunk;
    });
    child.on('error', reject);
    child.on('close', (code, signal) => {
      clearTimeout(late);
      if (satisfied || code === 0) resolve(out);
      else
        reject(new Error(`${mainClass} ended with ${signal ?? `exit code ${code}`}\n${out}\n${errors}`.slice(0, 4000)));
    });
    child.stdin.on('error', () => {});
    child.stdin.end(input);
  });
}

/** The producer's figures at a rate of 100,000 records of 100 bytes a second on one partition, and the consumer's. */
export async function performance(address, topic, records) {
  const server = ['--bootstrap-server', address];
  await runTool(tool.topics, [...server, '--create', '--topic', topic, '--partitions', '1']);
  const produced = await runTool(tool.producerPerformance, [
    ...['--topic', topic, '--num-records', `${records}`, '--record-size', '100', '--throughput', '100000'],
    ...['--warmup-records', `${Math.floor(records / 3)}`, '--command-property', `bootstrap.servers=${address}`],
  ]);
  const consumed = await runTool(tool.consumerPerformance, [
    ...server,
    ...['--topic', topic, '--num-records', `${records}`, '--timeout', '30000'],
  ]);
  return { produced, consumed };
}
