/** BeginQuorumEpoch, API key 53: versions 0–1, flexible from 1. */
import { array, int16, int32, message, string, uint16, uuid } from './table.ts';

export const beginQuorumEpochRequest = message({
  name: 'BeginQuorumEpochRequest',
  versions: '0-1',
  flexible: '1+',
  apiKey: 53,
  listeners: ['controller'],
  fields: {
    clusterId: string('0+', { nullable: '0+', default: null }),
    voterId: int32('1+', { default: -1, ignorable: true, entityType: 'brokerId' }),
    topics: array('0+', {
      topicName: string('0+', { entityType: 'topicName' }),
      partitions: array('0+', {
        partitionIndex: int32('0+'),
        voterDirectoryId: uuid('1+', { ignorable: true }),
        leaderId: int32('0+', { entityType: 'brokerId' }),
        leaderEpoch: int32('0+'),
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

export const beginQuorumEpochResponse = message({
  name: 'BeginQuorumEpochResponse',
  versions: '0-1',
  flexible: '1+',
  apiKey: 53,
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
