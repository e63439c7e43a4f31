/** ListPartitionReassignments, API key 46: versions 0, flexible from 0. */
import { array, int16, int32, message, string } from './table.ts';

export const listPartitionReassignmentsRequest = message({
  name: 'ListPartitionReassignmentsRequest',
  versions: '0',
  flexible: '0+',
  apiKey: 46,
  listeners: ['broker', 'controller'],
  fields: {
    timeoutMs: int32('0+', { default: 60000 }),
    topics: array(
      '0+',
      {
        name: string('0+', { entityType: 'topicName' }),
        partitionIndexes: array('0+', 'int32'),
      },
      { nullable: '0+', default: null },
    ),
  },
});

export const listPartitionReassignmentsResponse = message({
  name: 'ListPartitionReassignmentsResponse',
  versions: '0',
  flexible: '0+',
  apiKey: 46,
  fields: {
    throttleTimeMs: int32('0+'),
    errorCode: int16('0+'),
    errorMessage: string('0+', { nullable: '0+' }),
    topics: array('0+', {
      name: string('0+', { entityType: 'topicName' }),
      partitions: array('0+', {
        partitionIndex: int32('0+'),
        replicas: array('0+', 'int32', { entityType: 'brokerId' }),
        addingReplicas: array('0+', 'int32', { entityType: 'brokerId' }),
        removingReplicas: array('0+', 'int32', { entityType: 'brokerId' }),
      }),
    }),
  },
});
