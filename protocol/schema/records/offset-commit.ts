/** OffsetCommit: key and value of a record of __consumer_offsets, record type 1. */
import { int32, int64, message, string, uuid } from '../table.ts';

export const offsetCommitKey = message({
  name: 'OffsetCommitKey',
  versions: '0',
  flexible: 'none',
  apiKey: 1,
  fields: {
    group: string('0'),
    topic: string('0'),
    partition: int32('0'),
  },
});

export const offsetCommitValue = message({
  name: 'OffsetCommitValue',
  versions: '0-4',
  flexible: '4+',
  apiKey: 1,
  fields: {
    offset: int64('0+'),
    leaderEpoch: int32('3+', { default: -1, ignorable: true }),
    metadata: string('0+'),
    commitTimestamp: int64('0+'),
    expireTimestamp: int64('1', { default: -1, ignorable: true }),
    topicId: uuid('4+', { tagged: '4+', tag: 0, ignorable: true }),
  },
});
