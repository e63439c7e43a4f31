/** Vote, API key 52: versions 0–2, flexible from 0. */
import { array, bool, int16, int32, int64, message, string, uint16, uuid } from './table.ts';

export const voteRequest = message({
  name: 'VoteRequest',
  versions: '0-2',
  flexible: '0+',
  apiKey: 52,
  listeners: ['controller'],
  fields: {
    clusterId: string('0+', { nullable: '0+', default: null }),
    voterId: int32('1+', { default: -1, ignorable: true, entityType: 'brokerId' }),
    topics: array('0+', {
      topicName: string('0+', { entityType: 'topicName' }),
      partitions: array('0+', {
        partitionIndex: int32('0+'),
        replicaEpoch: int32('0+'),
        replicaId: int32('0+', { entityType: 'brokerId' }),
        replicaDirectoryId: uuid('1+', { ignorable: true }),
        voterDirectoryId: uuid('1+', { ignorable: true }),
        lastOffsetEpoch: int32('0+'),
        lastOffset: int64('0+'),
        preVote: bool('2+'),
      }),
    }),
  },
});

export const voteResponse = message({
  name: 'VoteResponse',
  versions: '0-2',
  flexible: '0+',
  apiKey: 52,
  fields: {
    errorCode: int16('0+'),
    topics: array('0+', {
      topicName: string('0+', { entityType: 'topicName' }),
      partitions: array('0+', {
        partitionIndex: int32('0+'),
        errorCode: int16('0+'),
        leaderId: int32('0+', { entityType: 'brokerId' }),
        leaderEpoch: int32('0+'),
        voteGranted: bool('0+'),
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
