/** UpdateRaftVoter, API key 82: versions 0, flexible from 0. */
import { array, int16, int32, message, string, struct, uint16, uuid } from './table.ts';

export const updateRaftVoterRequest = message({
  name: 'UpdateRaftVoterRequest',
  versions: '0',
  flexible: '0+',
  apiKey: 82,
  listeners: ['controller'],
  fields: {
    clusterId: string('0+', { nullable: '0+' }),
    currentLeaderEpoch: int32('0+'),
    voterId: int32('0+'),
    voterDirectoryId: uuid('0+'),
    listeners: array('0+', {
      name: string('0+', { mapKey: true }),
      host: string('0+'),
      port: uint16('0+'),
    }),
    kRaftVersionFeature: struct('0+', {
      minSupportedVersion: int16('0+'),
      maxSupportedVersion: int16('0+'),
    }),
  },
});

export const updateRaftVoterResponse = message({
  name: 'UpdateRaftVoterResponse',
  versions: '0',
  flexible: '0+',
  apiKey: 82,
  fields: {
    throttleTimeMs: int32('0+'),
    errorCode: int16('0+'),
    currentLeader: struct(
      '0+',
      {
        leaderId: int32('0+', { default: -1, entityType: 'brokerId' }),
        leaderEpoch: int32('0+', { default: -1 }),
        host: string('0+'),
        port: int32('0+'),
      },
      { tagged: '0+', tag: 0 },
    ),
  },
});
