/** ListOffsets, API key 2: versions 1–11, flexible from 6. */
import { array, int8, int16, int32, int64, message, string } from './table.ts';

export const listOffsetsRequest = message({
  name: 'ListOffsetsRequest',
  versions: '1-11',
  flexible: '6+',
  apiKey: 2,
  listeners: ['broker'],
  fields: {
    replicaId: int32('0+', { entityType: 'brokerId' }),
    isolationLevel: int8('2+'),
    topics: array('0+', {
      name: string('0+', { entityType: 'topicName' }),
      partitions: array('0+', {
        partitionIndex: int32('0+'),
        currentLeaderEpoch: int32('4+', { default: -1, ignorable: true }),
        timestamp: int64('0+'),
      }),
    }),
    timeoutMs: int32('10+', { ignorable: true }),
  },
});

export const listOffsetsResponse = message({
  name: 'ListOffsetsResponse',
  versions: '1-11',
  flexible: '6+',
  apiKey: 2,
  fields: {
    throttleTimeMs: int32('2+', { ignorable: true }),
    topics: array('0+', {
      name: string('0+', { entityType: 'topicName' }),
      partitions: array('0+', {
        partitionIndex: int32('0+'),
        errorCode: int16('0+'),
        timestamp: int64('1+', { default: -1 }),
        offset: int64('1+', { default: -1 }),
        leaderEpoch: int32('4+', { default: -1 }),
      }),
    }),
  },
});
