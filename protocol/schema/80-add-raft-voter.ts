/** AddRaftVoter, API key 80: versions 0–1, flexible from 0. */
import { array, bool, int16, int32, message, string, uint16, uuid } from './table.ts';

export const addRaftVoterRequest = message({
  name: 'AddRaftVoterRequest',
  versions: '0-1',
  flexible: '0+',
  apiKey: 80,
  listeners: ['controller', 'broker'],
  fields: {
    clusterId: string('0+', { nullable: '0+' }),
    timeoutMs: int32('0+'),
    voterId: int32('0+'),
    voterDirectoryId: uuid('0+'),
    listeners: array('0+', {
      name: string('0+', { mapKey: true }),
      host: string('0+'),
      port: uint16('0+'),
    }),
    ackWhenCommitted: bool('1+', { default: true }),
  },
});

export const addRaftVoterResponse = message({
  name: 'AddRaftVoterResponse',
  versions: '0-1',
  flexible: '0+',
  apiKey: 80,
  fields: {
    throttleTimeMs: int32('0+'),
    errorCode: int16('0+'),
    errorMessage: string('0+', { nullable: '0+', ignorable: true }),
  },
});
