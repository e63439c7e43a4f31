/** DescribeTopicPartitions, API key 75: versions 0, flexible from 0. */
import { array, bool, int16, int32, message, string, struct, uuid } from './table.ts';

export const describeTopicPartitionsRequest = message({
  name: 'DescribeTopicPartitionsRequest',
  versions: '0',
  flexible: '0+',
  apiKey: 75,
  listeners: ['broker'],
  fields: {
    topics: array('0+', {
      name: string('0+', { entityType: 'topicName' }),
    }),
    responsePartitionLimit: int32('0+', { default: 2000 }),
    cursor: struct(
      '0+',
      {
        topicName: string('0+', { entityType: 'topicName' }),
        partitionIndex: int32('0+'),
      },
      { nullable: '0+', default: null },
    ),
  },
});

export const describeTopicPartitionsResponse = message({
  name: 'DescribeTopicPartitionsResponse',
  versions: '0',
  flexible: '0+',
  apiKey: 75,
  fields: {
    throttleTimeMs: int32('0+', { ignorable: true }),
    topics: array('0+', {
      errorCode: int16('0+'),
      name: string('0+', { nullable: '0+', entityType: 'topicName', mapKey: true }),
      topicId: uuid('0+', { ignorable: true }),
      isInternal: bool('0+', { default: false, ignorable: true }),
      partitions: array('0+', {
        errorCode: int16('0+'),
        partitionIndex: int32('0+'),
        leaderId: int32('0+', { entityType: 'brokerId' }),
        leaderEpoch: int32('0+', { default: -1, ignorable: true }),
        replicaNodes: array('0+', 'int32', { entityType: 'brokerId' }),
        isrNodes: array('0+', 'int32', { entityType: 'brokerId' }),
        eligibleLeaderReplicas: array('0+', 'int32', { nullable: '0+', default: null, entityType: 'brokerId' }),
        lastKnownElr: array('0+', 'int32', { nullable: '0+', default: null, entityType: 'brokerId' }),
        offlineReplicas: array('0+', 'int32', { ignorable: true, entityType: 'brokerId' }),
      }),
      topicAuthorizedOperations: int32('0+', { default: -2147483648 }),
    }),
    nextCursor: struct(
      '0+',
      {
        topicName: string('0+', { entityType: 'topicName' }),
        partitionIndex: int32('0+'),
      },
      { nullable: '0+', default: null },
    ),
  },
});
