/** OffsetFetch, API key 9: versions 1–10, flexible from 6. */
import { array, bool, int16, int32, int64, message, string, uuid } from './table.ts';

export const offsetFetchRequest = message({
  name: 'OffsetFetchRequest',
  versions: '1-10',
  flexible: '6+',
  apiKey: 9,
  listeners: ['broker'],
  fields: {
    groupId: string('0-7', { entityType: 'groupId' }),
    topics: array(
      '0-7',
      {
        name: string('0-7', { entityType: 'topicName' }),
        partitionIndexes: array('0-7', 'int32'),
      },
      { nullable: '2-7' },
    ),
    groups: array('8+', {
      groupId: string('8+', { entityType: 'groupId' }),
      memberId: string('9+', { nullable: '9+', default: null, ignorable: true }),
      memberEpoch: int32('9+', { default: -1, ignorable: true }),
      topics: array(
        '8+',
        {
          name: string('8-9', { ignorable: true, entityType: 'topicName' }),
          topicId: uuid('10+', { ignorable: true }),
          partitionIndexes: array('8+', 'int32'),
        },
        { nullable: '8+' },
      ),
    }),
    requireStable: bool('7+', { default: false }),
  },
});

export const offsetFetchResponse = message({
  name: 'OffsetFetchResponse',
  versions: '1-10',
  flexible: '6+',
  apiKey: 9,
  fields: {
    throttleTimeMs: int32('3+', { ignorable: true }),
    topics: array('0-7', {
      name: string('0-7', { entityType: 'topicName' }),
      partitions: array('0-7', {
        partitionIndex: int32('0-7'),
        committedOffset: int64('0-7'),
        committedLeaderEpoch: int32('5-7', { default: -1, ignorable: true }),
        metadata: string('0-7', { nullable: '0-7' }),
        errorCode: int16('0-7'),
      }),
    }),
    errorCode: int16('2-7', { default: 0, ignorable: true }),
    groups: array('8+', {
      groupId: string('8+', { entityType: 'groupId' }),
      topics: array('8+', {
        name: string('8-9', { ignorable: true, entityType: 'topicName' }),
        topicId: uuid('10+', { ignorable: true }),
        partitions: array('8+', {
          partitionIndex: int32('8+'),
          committedOffset: int64('8+'),
          committedLeaderEpoch: int32('8+', { default: -1, ignorable: true }),
          metadata: string('8+', { nullable: '8+' }),
          errorCode: int16('8+'),
        }),
      }),
      errorCode: int16('8+', { default: 0 }),
    }),
  },
});
