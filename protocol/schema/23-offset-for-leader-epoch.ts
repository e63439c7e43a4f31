/** OffsetForLeaderEpoch, API key 23: versions 2–4, flexible from 4. */
import { array, int16, int32, int64, message, string } from './table.ts';

export const offsetForLeaderEpochRequest = message({
  name: 'OffsetForLeaderEpochRequest',
  versions: '2-4',
  flexible: '4+',
  apiKey: 23,
  listeners: ['broker'],
  fields: {
    replicaId: int32('3+', { default: -2, ignorable: true, entityType: 'brokerId' }),
    topics: array('0+', {
      topic: string('0+', { entityType: 'topicName', mapKey: true }),
      partitions: array('0+', {
        partition: int32('0+'),
        currentLeaderEpoch: int32('2+', { default: -1, ignorable: true }),
        leaderEpoch: int32('0+'),
      }),
    }),
  },
});

export const offsetForLeaderEpochResponse = message({
  name: 'OffsetForLeaderEpochResponse',
  versions: '2-4',
  flexible: '4+',
  apiKey: 23,
  fields: {
    throttleTimeMs: int32('2+', { ignorable: true }),
    topics: array('0+', {
      topic: string('0+', { entityType: 'topicName', mapKey: true }),
      partitions: array('0+', {
        errorCode: int16('0+'),
        partition: int32('0+'),
        leaderEpoch: int32('1+', { default: -1, ignorable: true }),
        endOffset: int64('0+', { default: -1 }),
      }),
    }),
  },
});
