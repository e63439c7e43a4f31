/** ElectLeaders, API key 43: versions 0–2, flexible from 2. */
import { array, int8, int16, int32, message, string } from './table.ts';

export const electLeadersRequest = message({
  name: 'ElectLeadersRequest',
  versions: '0-2',
  flexible: '2+',
  apiKey: 43,
  listeners: ['broker', 'controller'],
  fields: {
    electionType: int8('1+'),
    topicPartitions: array(
      '0+',
      {
        topic: string('0+', { entityType: 'topicName', mapKey: true }),
        partitions: array('0+', 'int32'),
      },
      { nullable: '0+' },
    ),
    timeoutMs: int32('0+', { default: 60000 }),
  },
});

export const electLeadersResponse = message({
  name: 'ElectLeadersResponse',
  versions: '0-2',
  flexible: '2+',
  apiKey: 43,
  fields: {
    throttleTimeMs: int32('0+'),
    errorCode: int16('1+'),
    replicaElectionResults: array('0+', {
      topic: string('0+', { entityType: 'topicName' }),
      partitionResult: array('0+', {
        partitionId: int32('0+'),
        errorCode: int16('0+'),
        errorMessage: string('0+', { nullable: '0+' }),
      }),
    }),
  },
});
