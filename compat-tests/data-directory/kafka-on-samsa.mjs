/** Apache Kafka on a directory that Samsa filled, and Samsa on it again: there and back. */
import assert from 'node:assert/strict';
import { cpSync, readdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import { startSamsa } from '../support/broker.mjs';
import { startKafka } from '../support/kafka.mjs';
import { folder } from '../support/tools.mjs';
import { dump, fill, java } from './programs.mjs';
import { dumpOfSamsa, still } from './samsa-on-kafka.mjs';

/** What Samsa does not serve yet, and Fill leaves out. */
const without = ['transactions', 'consumer-group', 'share-group'];
const busy = ['log.cleaner.backoff.ms=300', 'offsets.topic.num.partitions=5'];
export const javaOptions = [
  '-Xmx512m',
  '-XX:TieredStopAtLevel=1',
  `-Dlog4j2.configurationFile=${folder('support', 'log4j2.properties')}`,
];
/** Warnings of any start of Apache Kafka that have nothing to do with the directory. */
const usual = [
  /Performing controller activation/,
  /The config `log\.cleaner\.enable` is deprecated/,
  /Attempting to close NetworkClient that has already been closed/,
];
const recovery = [
  /recover/i,
  /no clean shutdown|clean shutdown file/i,
  // The zeros behind the last batch of a preallocated file, which only a clean stop trims; after its own too.
  /Found invalid messages in log segment \S*\/preallocated-0\//,
];

/** Fills Samsa while it compacts, ends it cleanly or with SIGKILL, and answers what Samsa, Kafka and Samsa again show. */
export async function thereAndBack(home, { seed, end }) {
  const data = join(home, 'data');
  const broker = await startSamsa({ home: { data }, settings: busy });
  try {
    await fill(broker.address, seed, { without });
    await fill(broker.address, seed + 1, { without, more: true });
  } finally {
    if (end === 'SIGKILL') await broker.kill();
    else await broker.stop({ keepData: true });
  }
  // What a first start finds must be what Kafka finds, so that Kafka has a copy of what was left by the end.
  const there = join(home, 'there');
  cpSync(data, there, { recursive: true, preserveTimestamps: true });
  const samsa = await dumpOfSamsa([data]);
  const kafka = await dumpOfKafka([there], end === 'SIGKILL' ? [...usual, ...recovery] : usual);
  await dumpLogIsClean(there);
  const back = await dumpOfSamsa([there]);
  return { samsa, kafka, back };
}

/** Starts Apache Kafka on the directories, says what clients see, and stops it; its log may hold no other warning. */
export async function dumpOfKafka(logDirs, mayWarn = usual) {
  const kafka = await startKafka({ logDirs, settings: still, java: javaOptions, log: 'pipe' });
  let seen;
  try {
    seen = await dump(kafka.address);
  } finally {
    await kafka.stop();
  }
  const warnings = kafka
    .output()
    .split('\n')
    .filter((line) => /^(WARN|ERROR|FATAL)/.test(line));
  const unexpected = warnings.filter((line) => !mayWarn.some((each) => each.test(line)));
  assert.ok(unexpected.length === 0, `warnings in Kafka's log: ${unexpected.slice(0, 20).join(' | ')}`);
  return seen;
}

/** `kafka-dump-log` finds nothing wrong with any file of a directory's logs; answers how many there are. */
export async function dumpLogIsClean(data) {
  const files = readdirSync(data, { recursive: true })
    .map((name) => join(data, String(name)))
    .filter((name) => /\/\d{20}\.(log|index|timeindex|txnindex|snapshot)$/.test(name));
  const args = ['--deep-iteration', '--index-sanity-check', '--files', files.join(',')];
  const { out, errors } = await java('org.apache.kafka.tools.DumpLogSegments', args);
  assert.doesNotMatch(out, /isvalid: false/);
  const indexes = files.filter((name) => /\.(index|timeindex)$/.test(name));
  const settled = indexes.filter(
    (name) => out.includes(`${name} passed sanity check.`) || out.includes(`${name} is empty.`),
  );
  assert.deepEqual(settled, indexes, 'indexes that passed the sanity check');
  assert.deepEqual(faults(errors, data), [], 'what kafka-dump-log found');
  return files.length;
}

/** The tool's complaints by file, less those that it makes of any compacted log, and of any first offset but 0. */
function faults(errors, data) {
  const found = [];
  let file = '';
  for (const line of errors.split('\n')) {
    const [, named] = /^Non-consecutive offsets in (.*)$/.exec(line) ?? [];
    if (named !== undefined) file = named;
    else if (/^ {2}-?\d+ is followed by \d+$/.test(line)) {
      const isCompacted = /^(compacted|__)/.test(relative(data, file));
      if (!isCompacted && !line.startsWith('  -1 ')) found.push(`${file}:${line}`);
    } else if (line !== '') found.push(line);
  }
  return found;
}
