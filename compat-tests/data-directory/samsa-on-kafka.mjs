/** Samsa on a directory that Apache Kafka wrote: clients see what they saw of Apache Kafka on it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../../scripts/bootstrap.mjs';
import { startSamsa } from '../support/broker.mjs';
import { run } from '../support/tools.mjs';
import { compare } from './compare.mjs';
import { dump } from './programs.mjs';

/** What of Kafka's directory is not served yet: the day it is, the suite fails until the line is taken out. */
export const notServed = [{ path: /^transactions(\/|$)/, reason: 'ListTransactions comes with transactions' }];

/** Where Apache Kafka itself answers what Samsa does not, on whoever's directory. */
export const kafkasOwn = [
  {
    path: /^topics\/compacted[^/]*\/partitions\/\d+\/(forTimestamp|searched\/\d+)$/,
    value: -1,
    mayBeAbsent: true,
    reason:
      'a segment that compaction emptied counts with the time of its file as its largest timestamp (LogSegment.largestTimestamp), so the search ends in it',
  },
];

/** Nothing of a directory ages away, and nothing of it is compacted, while it is looked at. */
export const still = ['log.retention.ms=-1', 'log.cleaner.enable=false'];

/** Starts Samsa on the directories, says what clients see, and stops it. */
export async function dumpOfSamsa(logDirs, settings = []) {
  const home = { data: logDirs[0] };
  const broker = await startSamsa({ home, settings: [...still, `log.dirs=${logDirs.join(',')}`, ...settings] });
  try {
    return await dump(broker.address);
  } finally {
    await broker.stop({ keepData: true });
  }
}

/** The directory of test/golden/data-directory, against what Apache Kafka's clients saw of it. */
export async function goldenDirectory(home) {
  const golden = join(root, 'test', 'golden', 'data-directory');
  run('tar', ['-xzf', join(golden, 'data.tar.gz'), '-C', home]);
  const seen = await dumpOfSamsa([join(home, 'data')]);
  // The program of this folder sees more than the one that wrote the expectation.
  return compare(JSON.parse(readFileSync(join(golden, 'expected.json'), 'utf8')), seen, { wantedOnly: true });
}
