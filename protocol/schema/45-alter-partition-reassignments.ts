/** AlterPartitionReassignments, API key 45: versions 0–1, flexible from 0. */
import { array, bool, int16, int32, message, string } from './table.ts';

export const alterPartitionReassignmentsRequest = message({
  name: 'AlterPartitionReassignmentsRequest',
  versions: '0-1',
  flexible: '0+',
  apiKey: 45,
  listeners: ['broker', 'controller'],
  fields: {
    timeoutMs: int32('0+', { default: 60000 }),
    allowReplicationFactorChange: bool('1+', { default: true }),
    topics: array('0+', {
      name: string('0+', { entityType: 'topicName' }),
      partitions: array('0+', {
        partitionIndex: int32('0+'),
        replicas: array('0+', 'int32', { nullable: '0+', default: null, entityType: 'brokerId' }),
      }),
    }),
  },
});

export const alterPartitionReassignmentsResponse = message({
  name: 'AlterPartitionReassignmentsResponse',
  versions: '0-1',
  flexible: '0+',
  apiKey: 45,
  fields: {
    throttleTimeMs: int32('0+'),
    allowReplicationFactorChange: bool('1+', { default: true, ignorable: true }),
    errorCode: int16('0+'),
    errorMessage: string('0+', { nullable: '0+' }),
    responses: array('0+', {
      name: string('0+', { entityType: 'topicName' }),
      partitions: array('0+', {
        partitionIndex: int32('0+'),
        errorCode: int16('0+'),
        errorMessage: string('0+', { nullable: '0+' }),
      }),
    }),
  },
});
