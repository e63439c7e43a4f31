/** TxnOffsetCommit, API key 28: versions 0–5, flexible from 3. */
import { array, int16, int32, int64, message, string } from './table.ts';

export const txnOffsetCommitRequest = message({
  name: 'TxnOffsetCommitRequest',
  versions: '0-5',
  flexible: '3+',
  apiKey: 28,
  listeners: ['broker'],
  fields: {
    transactionalId: string('0+', { entityType: 'transactionalId' }),
    groupId: string('0+', { entityType: 'groupId' }),
    producerId: int64('0+', { entityType: 'producerId' }),
    producerEpoch: int16('0+'),
    generationId: int32('3+', { default: -1 }),
    memberId: string('3+'),
    groupInstanceId: string('3+', { nullable: '3+', default: null }),
    topics: array('0+', {
      name: string('0+', { entityType: 'topicName' }),
      partitions: array('0+', {
        partitionIndex: int32('0+'),
        committedOffset: int64('0+'),
        committedLeaderEpoch: int32('2+', { default: -1, ignorable: true }),
        committedMetadata: string('0+', { nullable: '0+' }),
      }),
    }),
  },
});

export const txnOffsetCommitResponse = message({
  name: 'TxnOffsetCommitResponse',
  versions: '0-5',
  flexible: '3+',
  apiKey: 28,
  fields: {
    throttleTimeMs: int32('0+'),
    topics: array('0+', {
      name: string('0+', { entityType: 'topicName' }),
      partitions: array('0+', {
        partitionIndex: int32('0+'),
        errorCode: int16('0+'),
      }),
    }),
  },
});
