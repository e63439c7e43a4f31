/** AlterShareGroupOffsets, API key 91: versions 0, flexible from 0. */
import { array, int16, int32, int64, message, string, uuid } from './table.ts';

export const alterShareGroupOffsetsRequest = message({
  name: 'AlterShareGroupOffsetsRequest',
  versions: '0',
  flexible: '0+',
  apiKey: 91,
  listeners: ['broker'],
  fields: {
    groupId: string('0+', { entityType: 'groupId' }),
    topics: array('0+', {
      topicName: string('0+', { entityType: 'topicName', mapKey: true }),
      partitions: array('0+', {
        partitionIndex: int32('0+'),
        startOffset: int64('0+'),
      }),
    }),
  },
});

export const alterShareGroupOffsetsResponse = message({
  name: 'AlterShareGroupOffsetsResponse',
  versions: '0',
  flexible: '0+',
  apiKey: 91,
  fields: {
    throttleTimeMs: int32('0+'),
    errorCode: int16('0+'),
    errorMessage: string('0+', { nullable: '0+', default: null }),
    responses: array('0+', {
      topicName: string('0+', { entityType: 'topicName', mapKey: true }),
      topicId: uuid('0+'),
      partitions: array('0+', {
        partitionIndex: int32('0+'),
        errorCode: int16('0+'),
        errorMessage: string('0+', { nullable: '0+', default: null }),
      }),
    }),
  },
});
