/** LegacyOffsetCommit: key and value of a record of __consumer_offsets, record type 0. */
import { int32, int64, message, string } from '../table.ts';

export const legacyOffsetCommitKey = message({
  name: 'LegacyOffsetCommitKey',
  versions: '0',
  flexible: 'none',
  apiKey: 0,
  fields: {
    group: string('0'),
    topic: string('0'),
    partition: int32('0'),
  },
});

export const legacyOffsetCommitValue = message({
  name: 'LegacyOffsetCommitValue',
  versions: '0',
  flexible: 'none',
  apiKey: 0,
  fields: {
    offset: int64('0'),
    metadata: string('0'),
    commitTimestamp: int64('0'),
  },
});
