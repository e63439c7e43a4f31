/** InitializeShareGroupState, API key 83: versions 0, flexible from 0. */
import { array, int16, int32, int64, message, string, uuid } from './table.ts';

export const initializeShareGroupStateRequest = message({
  name: 'InitializeShareGroupStateRequest',
  versions: '0',
  flexible: '0+',
  apiKey: 83,
  listeners: ['broker'],
  fields: {
    groupId: string('0+'),
    topics: array('0+', {
      topicId: uuid('0+'),
      partitions: array('0+', {
        partition: int32('0+'),
        stateEpoch: int32('0+'),
        startOffset: int64('0+'),
      }),
    }),
  },
});

export const initializeShareGroupStateResponse = message({
  name: 'InitializeShareGroupStateResponse',
  versions: '0',
  flexible: '0+',
  apiKey: 83,
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
