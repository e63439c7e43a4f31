/** OffsetDelete, API key 47: versions 0, never flexible. */
import { array, int16, int32, message, string } from './table.ts';

export const offsetDeleteRequest = message({
  name: 'OffsetDeleteRequest',
  versions: '0',
  flexible: 'none',
  apiKey: 47,
  listeners: ['broker'],
  fields: {
    groupId: string('0+', { entityType: 'groupId' }),
    topics: array('0+', {
      name: string('0+', { entityType: 'topicName', mapKey: true }),
      partitions: array('0+', {
        partitionIndex: int32('0+'),
      }),
    }),
  },
});

export const offsetDeleteResponse = message({
  name: 'OffsetDeleteResponse',
  versions: '0',
  flexible: 'none',
  apiKey: 47,
  fields: {
    errorCode: int16('0+'),
    throttleTimeMs: int32('0+', { ignorable: true }),
    topics: array('0+', {
      name: string('0+', { entityType: 'topicName', mapKey: true }),
      partitions: array('0+', {
        partitionIndex: int32('0+', { mapKey: true }),
        errorCode: int16('0+'),
      }),
    }),
  },
});
