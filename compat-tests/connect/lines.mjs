/** What the connectors carry: numbered lines in a file a source, and what of them is in topics and in the sink's file. */
import assert from 'node:assert/strict';
import { appendFileSync, existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { until } from '../support/scenarios.mjs';

const limitMs = 120_000;
/** Each as wide as every other, so that one can be cut out of a file in any state. */
const pattern = /(lines-[a-z]):(\d{6})/g;
const textOf = (name, index) => `${name}:${String(index).padStart(6, '0')}`;

/** @param sources each source's name, which its topic has too, and the partitions of that */
export function createLines(folder, sources, observer) {
  const names = Object.keys(sources);
  const written = new Map(names.map((name) => [name, 0]));
  const sinkFile = join(folder, 'sink.txt');
  const fileOf = (name) => join(folder, `${name}.txt`);

  function write(name, count) {
    const from = written.get(name);
    const lines = Array.from({ length: count }, (_, index) => `${textOf(name, from + index)}\n`);
    appendFileSync(fileOf(name), lines.join(''));
    written.set(name, from + count);
  }

  /** The numbers in a topic, partition by partition, each in the order of offsets. */
  async function inTopic(name) {
    const records = await observer().read(name);
    return [...records.values()].map((partition) =>
      partition.map(({ value }) => {
        const index = Number(String(value).split(':')[1]);
        assert.equal(String(value), textOf(name, index));
        return index;
      }),
    );
  }

  /** The numbers in the sink's file, by name. */
  function inSink() {
    const found = new Map(names.map((name) => [name, []]));
    if (!existsSync(sinkFile)) return found;
    for (const [, name, index] of readFileSync(sinkFile, 'utf8').matchAll(pattern)) found.get(name).push(Number(index));
    return found;
  }

  const missing = (name, numbers) => written.get(name) - new Set(numbers).size;
  const gaps = (name, numbers) => {
    const found = new Set(numbers);
    return JSON.stringify(
      Array.from({ length: written.get(name) }, (_, index) => index).filter((index) => !found.has(index)),
    );
  };

  return {
    sinkFile,
    fileOf,
    write,
    written: (name) => written.get(name),
    inSink,
    /** Where a line begins in its file. */
    positionOf: (index) => index * (textOf(names[0], 0).length + 1),
    clearSink: () => rmSync(sinkFile, { force: true }),

    /** Runs `work` while every file gets ten lines each 50 ms. */
    async whileWritten(work) {
      const writing = setInterval(() => {
        for (const name of names) write(name, 10);
      }, 50);
      try {
        await work();
      } finally {
        clearInterval(writing);
      }
    },

    /** Waits until the topic has that many records. */
    async topicHas(name, count) {
      const total = async () => [...(await observer().ends(name)).values()].reduce((sum, end) => sum + end, 0);
      await until(`${count} records in ${name}`, async () => (await total()) >= count, limitMs);
    },

    /**
     * Waits for every line in the sink, and then holds the topics against the files. A source that was killed writes
     * again from its last commit, so a line may come twice, but never one before those in front of it.
     */
    async areWhole({ once = false } = {}) {
      await until(
        'every line in the sink',
        () => [...inSink()].every(([name, numbers]) => missing(name, numbers) === 0),
        limitMs,
      ).catch(async (error) => {
        const left = [...inSink()].map(async ([name, numbers]) => {
          const inTopics = (await inTopic(name)).flat();
          return `${name}: sink lacks ${gaps(name, numbers)}, topic lacks ${gaps(name, inTopics)}`;
        });
        throw new Error(`${error.message}; ${(await Promise.all(left)).join('; ')}`);
      });
      for (const [name, partitions] of Object.entries(sources)) {
        const numbers = await inTopic(name);
        assert.equal(missing(name, numbers.flat()), 0, `lines missing in ${name}`);
        if (once) assert.equal(numbers.flat().length, written.get(name), `lines in ${name}`);
        if (partitions === 1) inOrder(name, numbers[0]);
      }
    },

    /** Holds that the topic's last records are the lines from `from` on. */
    async endsWith(name, from) {
      const [numbers] = await inTopic(name);
      const wanted = Array.from({ length: written.get(name) - from }, (_, index) => from + index);
      assert.deepEqual(numbers.slice(-wanted.length), wanted);
    },
  };
}

function inOrder(name, numbers) {
  let next = 0;
  for (const number of numbers) {
    assert.ok(number <= next, `${name}: line ${number} before line ${next}`);
    next = Math.max(next, number + 1);
  }
}
