/** AlterPartition, API key 56: versions 2–3, flexible from 0. */
import { array, int8, int16, int32, int64, message, uuid } from './table.ts';

export const alterPartitionRequest = message({
  name: 'AlterPartitionRequest',
  versions: '2-3',
  flexible: '0+',
  apiKey: 56,
  listeners: ['controller'],
  fields: {
    brokerId: int32('0+', { entityType: 'brokerId' }),
    brokerEpoch: int64('0+', { default: -1 }),
    topics: array('0+', {
      topicId: uuid('2+', { ignorable: true }),
      partitions: array('0+', {
        partitionIndex: int32('0+'),
        leaderEpoch: int32('0+'),
        newIsr: array('0-2', 'int32', { entityType: 'brokerId' }),
        newIsrWithEpochs: array('3+', {
          brokerId: int32('3+', { entityType: 'brokerId' }),
          brokerEpoch: int64('3+', { default: -1 }),
        }),
        leaderRecoveryState: int8('1+', { default: 0 }),
        partitionEpoch: int32('0+'),
      }),
    }),
  },
});

export const alterPartitionResponse = message({
  name: 'AlterPartitionResponse',
  versions: '2-3',
  flexible: '0+',
  apiKey: 56,
  fields: {
    throttleTimeMs: int32('0+'),
    errorCode: int16('0+'),
    topics: array('0+', {
      topicId: uuid('2+', { ignorable: true }),
      partitions: array('0+', {
        partitionIndex: int32('0+'),
        errorCode: int16('0+'),
        leaderId: int32('0+', { entityType: 'brokerId' }),
        leaderEpoch: int32('0+'),
        isr: array('0+', 'int32', { entityType: 'brokerId' }),
        leaderRecoveryState: int8('1+', { default: 0, ignorable: true }),
        partitionEpoch: int32('0+'),
      }),
    }),
  },
});
