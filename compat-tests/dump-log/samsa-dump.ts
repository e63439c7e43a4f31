/** Samsa's side of the comparison, and the random logs that both print. */
export { dumpLogFiles } from '../../src/cli/dump-log/dump-log.ts';
export { RandomBatches, runSamsa } from '../compaction/samsa-log.ts';
