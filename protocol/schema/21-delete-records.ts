/** DeleteRecords, API key 21: versions 0–2, flexible from 2. */
import { array, int16, int32, int64, message, string } from './table.ts';

export const deleteRecordsRequest = message({
  name: 'DeleteRecordsRequest',
  versions: '0-2',
  flexible: '2+',
  apiKey: 21,
  listeners: ['broker'],
  fields: {
    topics: array('0+', {
      name: string('0+', { entityType: 'topicName' }),
      partitions: array('0+', {
        partitionIndex: int32('0+'),
        offset: int64('0+'),
      }),
    }),
    timeoutMs: int32('0+'),
  },
});

export const deleteRecordsResponse = message({
  name: 'DeleteRecordsResponse',
  versions: '0-2',
  flexible: '2+',
  apiKey: 21,
  fields: {
    throttleTimeMs: int32('0+'),
    topics: array('0+', {
      name: string('0+', { entityType: 'topicName', mapKey: true }),
      partitions: array('0+', {
        partitionIndex: int32('0+', { mapKey: true }),
        lowWatermark: int64('0+'),
        errorCode: int16('0+'),
      }),
    }),
  },
});
