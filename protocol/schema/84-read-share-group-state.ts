/** ReadShareGroupState, API key 84: versions 0, flexible from 0. */
import { array, int8, int16, int32, int64, message, string, uuid } from './table.ts';

export const readShareGroupStateRequest = message({
  name: 'ReadShareGroupStateRequest',
  versions: '0',
  flexible: '0+',
  apiKey: 84,
  listeners: ['broker'],
  fields: {
    groupId: string('0+'),
    topics: array('0+', {
      topicId: uuid('0+'),
      partitions: array('0+', {
        partition: int32('0+'),
        leaderEpoch: int32('0+'),
      }),
    }),
  },
});

export const readShareGroupStateResponse = message({
  name: 'ReadShareGroupStateResponse',
  versions: '0',
  flexible: '0+',
  apiKey: 84,
  fields: {
    results: array('0+', {
      topicId: uuid('0+'),
      partitions: array('0+', {
        partition: int32('0+'),
        errorCode: int16('0+'),
        errorMessage: string('0+', { nullable: '0+', default: null }),
        stateEpoch: int32('0+'),
        startOffset: int64('0+'),
        stateBatches: array('0+', {
          firstOffset: int64('0+'),
          lastOffset: int64('0+'),
          deliveryState: int8('0+'),
          deliveryCount: int16('0+'),
        }),
      }),
    }),
  },
});
