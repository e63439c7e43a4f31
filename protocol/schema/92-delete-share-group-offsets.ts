/** DeleteShareGroupOffsets, API key 92: versions 0, flexible from 0. */
import { array, int16, int32, message, string, uuid } from './table.ts';

export const deleteShareGroupOffsetsRequest = message({
  name: 'DeleteShareGroupOffsetsRequest',
  versions: '0',
  flexible: '0+',
  apiKey: 92,
  listeners: ['broker'],
  fields: {
    groupId: string('0+', { entityType: 'groupId' }),
    topics: array('0+', {
      topicName: string('0+', { entityType: 'topicName' }),
    }),
  },
});

export const deleteShareGroupOffsetsResponse = message({
  name: 'DeleteShareGroupOffsetsResponse',
  versions: '0',
  flexible: '0+',
  apiKey: 92,
  fields: {
    throttleTimeMs: int32('0+'),
    errorCode: int16('0+'),
    errorMessage: string('0+', { nullable: '0+', default: null }),
    responses: array('0+', {
      topicName: string('0+', { entityType: 'topicName' }),
      topicId: uuid('0+'),
      errorCode: int16('0+'),
      errorMessage: string('0+', { nullable: '0+', default: null }),
    }),
  },
});
