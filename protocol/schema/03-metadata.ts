/** Metadata, API key 3: versions 0–13, flexible from 9. */
import { array, bool, int16, int32, message, string, uuid } from './table.ts';

export const metadataRequest = message({
  name: 'MetadataRequest',
  versions: '0-13',
  flexible: '9+',
  apiKey: 3,
  listeners: ['broker'],
  fields: {
    topics: array(
      '0+',
      {
        topicId: uuid('10+', { ignorable: true }),
        name: string('0+', { nullable: '10+', entityType: 'topicName' }),
      },
      { nullable: '1+' },
    ),
    allowAutoTopicCreation: bool('4+', { default: true }),
    includeClusterAuthorizedOperations: bool('8-10'),
    includeTopicAuthorizedOperations: bool('8+'),
  },
});

export const metadataResponse = message({
  name: 'MetadataResponse',
  versions: '0-13',
  flexible: '9+',
  apiKey: 3,
  fields: {
    throttleTimeMs: int32('3+', { ignorable: true }),
    brokers: array('0+', {
      nodeId: int32('0+', { entityType: 'brokerId', mapKey: true }),
      host: string('0+'),
      port: int32('0+'),
      rack: string('1+', { nullable: '1+', default: null, ignorable: true }),
    }),
    clusterId: string('2+', { nullable: '2+', default: null, ignorable: true }),
    controllerId: int32('1+', { default: -1, ignorable: true, entityType: 'brokerId' }),
    topics: array('0+', {
      errorCode: int16('0+'),
      name: string('0+', { nullable: '12+', entityType: 'topicName', mapKey: true }),
      topicId: uuid('10+', { ignorable: true }),
      isInternal: bool('1+', { default: false, ignorable: true }),
      partitions: array('0+', {
        errorCode: int16('0+'),
        partitionIndex: int32('0+'),
        leaderId: int32('0+', { entityType: 'brokerId' }),
        leaderEpoch: int32('7+', { default: -1, ignorable: true }),
        replicaNodes: array('0+', 'int32', { entityType: 'brokerId' }),
        isrNodes: array('0+', 'int32', { entityType: 'brokerId' }),
        offlineReplicas: array('5+', 'int32', { ignorable: true, entityType: 'brokerId' }),
      }),
      topicAuthorizedOperations: int32('8+', { default: -2147483648 }),
    }),
    clusterAuthorizedOperations: int32('8-10', { default: -2147483648 }),
    errorCode: int16('13+', { ignorable: true }),
  },
});
