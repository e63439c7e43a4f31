/** OffsetCommit, API key 8: versions 2–10, flexible from 8. */
import { array, int16, int32, int64, message, string, uuid } from './table.ts';

export const offsetCommitRequest = message({
  name: 'OffsetCommitRequest',
  versions: '2-10',
  flexible: '8+',
  apiKey: 8,
  listeners: ['broker'],
  fields: {
    groupId: string('0+', { entityType: 'groupId' }),
    generationIdOrMemberEpoch: int32('1+', { default: -1, ignorable: true }),
    memberId: string('1+', { ignorable: true }),
    groupInstanceId: string('7+', { nullable: '7+', default: null }),
    retentionTimeMs: int64('2-4', { default: -1, ignorable: true }),
    topics: array('0+', {
      name: string('0-9', { ignorable: true, entityType: 'topicName' }),
      topicId: uuid('10+', { ignorable: true }),
      partitions: array('0+', {
        partitionIndex: int32('0+'),
        committedOffset: int64('0+'),
        committedLeaderEpoch: int32('6+', { default: -1, ignorable: true }),
        committedMetadata: string('0+', { nullable: '0+' }),
      }),
    }),
  },
});

export const offsetCommitResponse = message({
  name: 'OffsetCommitResponse',
  versions: '2-10',
  flexible: '8+',
  apiKey: 8,
  fields: {
    throttleTimeMs: int32('3+', { ignorable: true }),
    topics: array('0+', {
      name: string('0-9', { ignorable: true, entityType: 'topicName' }),
      topicId: uuid('10+', { ignorable: true }),
      partitions: array('0+', {
        partitionIndex: int32('0+'),
        errorCode: int16('0+'),
      }),
    }),
  },
});
