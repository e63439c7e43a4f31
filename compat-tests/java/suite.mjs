import assert from 'node:assert/strict';
import { fresh } from '../support/scenarios.mjs';
import { javaClassPath } from '../support/tools.mjs';
import { performance, runTool, tool } from './tools.mjs';

export default {
  codecs: ['none', 'gzip', 'snappy', 'lz4', 'zstd'],
  install: () => ['java', '-Xmx512m', '-cp', javaClassPath(), 'Client'],
  tools: {
    'topics tool: create, describe, delete': topics,
    'console producer and consumer': consoleTools,
    'verifiable producer and consumer': verifiableTools,
    'group and offset tools': groupTools,
    'performance tools': performanceTools,
  },
};

async function topics(address) {
  const server = ['--bootstrap-server', address];
  const topic = fresh('tool');
  await runTool(tool.topics, [
    ...server,
    '--create',
    '--topic',
    topic,
    '--partitions',
    '3',
    '--config',
    'retention.ms=9000000',
  ]);
  const described = await runTool(tool.topics, [...server, '--describe', '--topic', topic]);
  assert.match(described, /PartitionCount: 3\s+ReplicationFactor: 1\s+Configs: .*retention\.ms=9000000/);
  await runTool(tool.topics, [...server, '--delete', '--topic', topic]);
  assert.ok(!(await runTool(tool.topics, [...server, '--list'])).includes(topic));
}

async function consoleTools(address) {
  const server = ['--bootstrap-server', address];
  const topic = fresh('console');
  const lines = Array.from({ length: 50 }, (_, i) => `k${i}:line ${i}`);
  const keys = ['--reader-property', 'parse.key=true', '--reader-property', 'key.separator=:'];
  await runTool(tool.consoleProducer, [...server, '--topic', topic, ...keys], { input: `${lines.join('\n')}\n` });
  const printed = ['--formatter-property', 'print.key=true', '--formatter-property', 'key.separator=:'];
  const end = ['--from-beginning', '--max-messages', '50', '--timeout-ms', '30000'];
  const read = await runTool(tool.consoleConsumer, [...server, '--topic', topic, ...printed, ...end]);
  assert.deepEqual(read.trim().split('\n'), lines);
}

async function verifiableTools(address) {
  const server = ['--bootstrap-server', address];
  const topic = fresh('verifiable');
  await runTool(tool.topics, [...server, '--create', '--topic', topic, '--partitions', '1']);
  const written = await runTool(tool.verifiableProducer, [
    ...server,
    '--topic',
    topic,
    '--max-messages',
    '1000',
    '--acks',
    '-1',
  ]);
  const events = written
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  const offsets = events.filter(({ name }) => name === 'producer_send_success').map(({ offset }) => offset);
  assert.deepEqual(
    offsets,
    Array.from({ length: 1000 }, (_, i) => i),
  );
  const args = [
    ...server,
    '--topic',
    topic,
    '--group-id',
    fresh('group'),
    '--max-messages',
    '1000',
    '--reset-policy',
    'earliest',
  ];
  const committed = /"name":"offsets_committed"[^\n]*"offset":1000|"offset":1000[^\n]*"name":"offsets_committed"/;
  const read = await runTool(tool.verifiableConsumer, args, { until: (out) => committed.test(out) });
  const counts = [
    ...read.matchAll(/"name":"records_consumed".*?"count":(\d+)|"count":(\d+).*?"name":"records_consumed"/g),
  ];
  assert.match(read, /"name":"shutdown_complete"|offsets_committed/);
  assert.equal(
    counts.reduce((sum, [, a, b]) => sum + Number(a ?? b), 0),
    1000,
  );
}

async function groupTools(address) {
  const server = ['--bootstrap-server', address];
  const topic = fresh('lag');
  const group = fresh('lag-group');
  const input = `${Array.from({ length: 20 }, (_, i) => i).join('\n')}\n`;
  await runTool(tool.consoleProducer, [...server, '--topic', topic], { input });
  const consume = [
    '--topic',
    topic,
    '--group',
    group,
    '--from-beginning',
    '--max-messages',
    '20',
    '--timeout-ms',
    '30000',
  ];
  await runTool(tool.consoleConsumer, [...server, ...consume]);
  const described = await runTool(tool.groups, [...server, '--describe', '--group', group]);
  // GROUP TOPIC PARTITION CURRENT-OFFSET LOG-END-OFFSET LAG …
  assert.match(described, new RegExp(`${group}\\s+${topic}\\s+0\\s.*\\b20\\s+20\\s+0\\s`));
  await runTool(tool.groups, [...server, '--delete', '--group', group]);
  assert.ok(!(await runTool(tool.groups, [...server, '--list'])).includes(group));
  const offsets = await runTool(tool.offsets, [...server, '--topic', topic]);
  assert.equal(offsets.trim(), `${topic}:0:20`);
}

async function performanceTools(address) {
  const { produced, consumed } = await performance(address, fresh('perf'), 200_000);
  console.log(`# ${produced.trim().split('\n').at(-1)}`);
  assert.match(produced, /200000 records sent/);
  const figures = consumed.trim().split('\n').at(-1).split(',');
  // start, end, MB, MB/s, records, …
  assert.equal(Number(figures[4]), 200_000);
}
