/** WriteTxnMarkers, API key 27: versions 1–2, flexible from 1. */
import { array, bool, int8, int16, int32, int64, message, string } from './table.ts';

export const writeTxnMarkersRequest = message({
  name: 'WriteTxnMarkersRequest',
  versions: '1-2',
  flexible: '1+',
  apiKey: 27,
  listeners: ['broker'],
  fields: {
    markers: array('0+', {
      producerId: int64('0+', { entityType: 'producerId' }),
      producerEpoch: int16('0+'),
      transactionResult: bool('0+'),
      topics: array('0+', {
        name: string('0+', { entityType: 'topicName' }),
        partitionIndexes: array('0+', 'int32'),
      }),
      coordinatorEpoch: int32('0+'),
      transactionVersion: int8('2+', { default: 0, ignorable: true }),
    }),
  },
});

export const writeTxnMarkersResponse = message({
  name: 'WriteTxnMarkersResponse',
  versions: '1-2',
  flexible: '1+',
  apiKey: 27,
  fields: {
    markers: array('0+', {
      producerId: int64('0+', { entityType: 'producerId' }),
      topics: array('0+', {
        name: string('0+', { entityType: 'topicName' }),
        partitions: array('0+', {
          partitionIndex: int32('0+'),
          errorCode: int16('0+'),
        }),
      }),
    }),
  },
});
