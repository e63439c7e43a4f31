/** What the tools say of Samsa on purpose otherwise than of Apache Kafka: of which command, and what is expected then. */
import { readFileSync } from 'node:fs';
import { root } from '../../scripts/bootstrap.mjs';

/** The keys of the APIs that docs/support.md says are not served yet. */
const notYet = new Set(
  [...readFileSync(`${root}/docs/support.md`, 'utf8').matchAll(/^\| (\d+) \| \w+ \| not yet \|/gm)].map(
    ([, key]) => key,
  ),
);

/** One sentence in another's place. */
const sentence = (command, kafka, samsa, why) => ({
  command,
  samsa: (block) => block.map((line) => line.replace(kafka, samsa)),
  why,
});

export const knownDifferences = [
  sentence(
    /kafka-console-producer --topic (configured|by-default)/,
    'The request included a message larger than the max message size the server will accept.',
    'The record batch size in the append to <…> bytes which exceeds the maximum configured value of <…>.',
    'Kafka has the numbers in its log only; Samsa answers them.',
  ),
  sentence(
    /--add-config log\.cleaner\.threads=0/,
    '/ by zero',
    'Dynamic thread count update validation failed for log.cleaner.threads=0, value should be at least 1',
    'Kafka fails on a division before it comes to its own sentence.',
  ),
  {
    command: /--add-config (log\.cleaner|num\.io)\.(threads|dedupe)/,
    samsa: (block) =>
      block.map((line) =>
        line
          .replace(
            /Invalid value org\.apache\.kafka\.common\.config\.ConfigException: (.*) for configuration Invalid.*/,
            '$1',
          )
          .replace(
            /Log cleaner threads cannot be increased to more than/,
            'Dynamic thread count update validation failed for log.cleaner.threads=3, value should not be greater than',
          )
          .replace(
            /requirement failed: log.cleaner.dedupe.buffer.size must be at least 1MB per cleaner thread/,
            'log.cleaner.dedupe.buffer.size=1048576 must be above 1 MiB for each of log.cleaner.threads (1)',
          ),
      ),
    why: 'Kafka wraps its sentences in one that says nothing; Samsa names the values.',
  },
  {
    command: /kafka-broker-api-versions/,
    samsa: (block) =>
      block.map((line) => {
        const [, api, key, comma = ''] = /^(\s+\w+\((\d+)\)): .*?(,)?$/.exec(line) ?? [];
        if (notYet.has(key)) return `${api}: UNSUPPORTED${comma}`;
        return key === '71' || key === '72' ? `${api}: 0 [usable: 0]${comma}` : line;
      }),
    why: 'What docs/support.md says is not served yet; and Kafka takes telemetry only with a plug-in for it.',
  },
];
