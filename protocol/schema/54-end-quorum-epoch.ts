/** EndQuorumEpoch, API key 54: versions 0–1, flexible from 1. */
import { array, int16, int32, message, string, uint16, uuid } from './table.ts';

export const endQuorumEpochRequest = message({
  name: 'EndQuorumEpochRequest',
  versions: '0-1',
  flexible: '1+',
  apiKey: 54,
  listeners: ['controller'],
  fields: {
    clusterId: string('0+', { nullable: '0+', default: null }),
    topics: array('0+', {
      topicName: string('0+', { entityType: 'topicName' }),
      partitions: array('0+', {
        partitionIndex: int32('0+'),
        leaderId: int32('0+', { entityType: 'brokerId' }),
        leaderEpoch: int32('0+'),
        preferredSuccessors: array('0', 'int32', { ignorable: true }),
        preferredCandidates: array(
          '1+',
          {
            candidateId: int32('1+', { entityType: 'brokerId' }),
            candidateDirectoryId: uuid('1+'),
          },
          { ignorable: true },
        ),
      }),
    }),
    leaderEndpoints: array(
      '1+',
      {
        name: string('1+', { mapKey: true }),
        host: string('1+'),
        port: uint16('1+'),
      },
      { ignorable: true },
    ),
  },
});

export const endQuorumEpochResponse = message({
  name: 'EndQuorumEpochResponse',
  versions: '0-1',
  flexible: '1+',
  apiKey: 54,
  fields: {
    errorCode: int16('0+'),
    topics: array('0+', {
      topicName: string('0+', { entityType: 'topicName' }),
      partitions: array('0+', {
        partitionIndex: int32('0+'),
        errorCode: int16('0+'),
        leaderId: int32('0+', { entityType: 'brokerId' }),
        leaderEpoch: int32('0+'),
      }),
    }),
    nodeEndpoints: array(
      '1+',
      {
        nodeId: int32('1+', { entityType: 'brokerId', mapKey: true }),
        host: string('1+'),
        port: uint16('1+'),
      },
      { tagged: '1+', tag: 0 },
    ),
  },
});
