/** DescribeShareGroupOffsets, API key 90: versions 0–1, flexible from 0. */
import { array, int16, int32, int64, message, string, uuid } from './table.ts';

export const describeShareGroupOffsetsRequest = message({
  name: 'DescribeShareGroupOffsetsRequest',
  versions: '0-1',
  flexible: '0+',
  apiKey: 90,
  listeners: ['broker'],
  fields: {
    groups: array('0+', {
      groupId: string('0+', { entityType: 'groupId' }),
      topics: array(
        '0+',
        {
          topicName: string('0+', { entityType: 'topicName' }),
          partitions: array('0+', 'int32'),
        },
        { nullable: '0+' },
      ),
    }),
  },
});

export const describeShareGroupOffsetsResponse = message({
  name: 'DescribeShareGroupOffsetsResponse',
  versions: '0-1',
  flexible: '0+',
  apiKey: 90,
  fields: {
    throttleTimeMs: int32('0+'),
    groups: array('0+', {
      groupId: string('0+', { entityType: 'groupId' }),
      topics: array('0+', {
        topicName: string('0+', { entityType: 'topicName' }),
        topicId: uuid('0+'),
        partitions: array('0+', {
          partitionIndex: int32('0+'),
          startOffset: int64('0+'),
          leaderEpoch: int32('0+'),
          lag: int64('1+', { default: -1, ignorable: true }),
          errorCode: int16('0+'),
          errorMessage: string('0+', { nullable: '0+', default: null }),
        }),
      }),
      errorCode: int16('0+'),
      errorMessage: string('0+', { nullable: '0+', default: null }),
    }),
  },
});
