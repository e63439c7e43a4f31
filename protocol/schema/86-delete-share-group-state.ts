/** DeleteShareGroupState, API key 86: versions 0, flexible from 0. */
import { array, int16, int32, message, string, uuid } from './table.ts';

export const deleteShareGroupStateRequest = message({
  name: 'DeleteShareGroupStateRequest',
  versions: '0',
  flexible: '0+',
  apiKey: 86,
  listeners: ['broker'],
  fields: {
    groupId: string('0+'),
    topics: array('0+', {
      topicId: uuid('0+'),
      partitions: array('0+', {
        partition: int32('0+'),
      }),
    }),
  },
});

export const deleteShareGroupStateResponse = message({
  name: 'DeleteShareGroupStateResponse',
  versions: '0',
  flexible: '0+',
  apiKey: 86,
  fields: {
    results: array('0+', {
      topicId: uuid('0+'),
      partitions: array('0+', {
        partition: int32('0+'),
        errorCode: int16('0+'),
        errorMessage: string('0+', { nullable: '0+', default: null }),
      }),
    }),
  },
});
