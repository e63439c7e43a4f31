/** DescribeQuorum, API key 55: versions 0–2, flexible from 0. */
import { array, type Fields, int16, int32, int64, message, string, uint16, uuid } from './table.ts';

export const describeQuorumRequest = message({
  name: 'DescribeQuorumRequest',
  versions: '0-2',
  flexible: '0+',
  apiKey: 55,
  listeners: ['broker', 'controller'],
  fields: {
    topics: array('0+', {
      topicName: string('0+', { entityType: 'topicName' }),
      partitions: array('0+', {
        partitionIndex: int32('0+'),
      }),
    }),
  },
});

const replicaState = {
  replicaId: int32('0+', { entityType: 'brokerId' }),
  replicaDirectoryId: uuid('2+'),
  logEndOffset: int64('0+'),
  lastFetchTimestamp: int64('1+', { default: -1, ignorable: true }),
  lastCaughtUpTimestamp: int64('1+', { default: -1, ignorable: true }),
} as const satisfies Fields;

export const describeQuorumResponse = message({
  name: 'DescribeQuorumResponse',
  versions: '0-2',
  flexible: '0+',
  apiKey: 55,
  fields: {
    errorCode: int16('0+'),
    errorMessage: string('2+', { nullable: '2+', ignorable: true }),
    topics: array('0+', {
      topicName: string('0+', { entityType: 'topicName' }),
      partitions: array('0+', {
        partitionIndex: int32('0+'),
        errorCode: int16('0+'),
        errorMessage: string('2+', { nullable: '2+', ignorable: true }),
        leaderId: int32('0+', { entityType: 'brokerId' }),
        leaderEpoch: int32('0+'),
        highWatermark: int64('0+'),
        currentVoters: array('0+', replicaState),
        observers: array('0+', replicaState),
      }),
    }),
    nodes: array('2+', {
      nodeId: int32('2+', { entityType: 'brokerId', mapKey: true }),
      listeners: array('2+', {
        name: string('2+', { mapKey: true }),
        host: string('2+'),
        port: uint16('2+'),
      }),
    }),
  },
});
