/** DescribeProducers, API key 61: versions 0, flexible from 0. */
import { array, int16, int32, int64, message, string } from './table.ts';

export const describeProducersRequest = message({
  name: 'DescribeProducersRequest',
  versions: '0',
  flexible: '0+',
  apiKey: 61,
  listeners: ['broker'],
  fields: {
    topics: array('0+', {
      name: string('0+', { entityType: 'topicName' }),
      partitionIndexes: array('0+', 'int32'),
    }),
  },
});

export const describeProducersResponse = message({
  name: 'DescribeProducersResponse',
  versions: '0',
  flexible: '0+',
  apiKey: 61,
  fields: {
    throttleTimeMs: int32('0+'),
    topics: array('0+', {
      name: string('0+', { entityType: 'topicName' }),
      partitions: array('0+', {
        partitionIndex: int32('0+'),
        errorCode: int16('0+'),
        errorMessage: string('0+', { nullable: '0+', default: null }),
        activeProducers: array('0+', {
          producerId: int64('0+', { entityType: 'producerId' }),
          producerEpoch: int32('0+'),
          lastSequence: int32('0+', { default: -1 }),
          lastTimestamp: int64('0+', { default: -1 }),
          coordinatorEpoch: int32('0+'),
          currentTxnStartOffset: int64('0+', { default: -1 }),
        }),
      }),
    }),
  },
});
