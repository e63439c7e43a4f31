/** ReadShareGroupStateSummary, API key 87: versions 0–1, flexible from 0. */
import { array, int16, int32, int64, message, string, uuid } from './table.ts';

export const readShareGroupStateSummaryRequest = message({
  name: 'ReadShareGroupStateSummaryRequest',
  versions: '0-1',
  flexible: '0+',
  apiKey: 87,
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

export const readShareGroupStateSummaryResponse = message({
  name: 'ReadShareGroupStateSummaryResponse',
  versions: '0-1',
  flexible: '0+',
  apiKey: 87,
  fields: {
    results: array('0+', {
      topicId: uuid('0+'),
      partitions: array('0+', {
        partition: int32('0+'),
        errorCode: int16('0+'),
        errorMessage: string('0+', { nullable: '0+', default: null }),
        stateEpoch: int32('0+'),
        leaderEpoch: int32('0+'),
        startOffset: int64('0+'),
        deliveryCompleteCount: int32('1+', { default: -1, ignorable: true }),
      }),
    }),
  },
});
