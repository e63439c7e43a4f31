/** Directories of many kinds, made by Apache Kafka 4.3.1: Samsa on each shows what Apache Kafka on a copy of it shows. */
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { startKafka } from '../support/kafka.mjs';
import { compare } from './compare.mjs';
import { dumpOfKafka, javaOptions } from './kafka-on-samsa.mjs';
import { fill } from './programs.mjs';
import { dumpOfSamsa } from './samsa-on-kafka.mjs';

/** How each is made: the ends of a broker's lives, each of which adds to the data. */
export const variants = {
  'filled and stopped': { lives: ['SIGTERM'] },
  'killed after it was filled': { lives: ['SIGKILL'] },
  'over three log dirs': { lives: ['SIGTERM', 'SIGTERM'], dirs: 3 },
  'of many lives': { lives: ['SIGTERM', 'SIGKILL', 'SIGTERM', 'SIGKILL', 'SIGKILL', 'SIGTERM'] },
};

const busy = ['log.cleaner.backoff.ms=300', 'offsets.topic.num.partitions=5', 'transaction.state.log.num.partitions=3'];

/** Makes one, and compares what Samsa shows of a copy of it with what Kafka shows of another. */
export async function variant(home, { lives, dirs = 1 }, seed) {
  const names = Array.from({ length: dirs }, (_, at) => `data-${at}`);
  const logDirs = names.map((name) => join(home, 'made', name));
  for (const [life, end] of lives.entries()) {
    const kafka = await startKafka({ logDirs, settings: busy, java: javaOptions, log: 'pipe' });
    try {
      await fill(kafka.address, seed + life, { more: life > 0 });
    } finally {
      if (end === 'SIGKILL') await kafka.kill();
      else await kafka.stop();
    }
  }
  for (const copy of ['kafka', 'samsa']) {
    cpSync(join(home, 'made'), join(home, copy), { recursive: true, preserveTimestamps: true });
  }
  // What Kafka says of how it found its own directory is its own matter.
  const kafka = await dumpOfKafka(
    names.map((name) => join(home, 'kafka', name)),
    [/./],
  );
  const samsa = await dumpOfSamsa(names.map((name) => join(home, 'samsa', name)));
  return compare(kafka, samsa);
}
