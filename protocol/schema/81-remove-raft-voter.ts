/** RemoveRaftVoter, API key 81: versions 0, flexible from 0. */
import { int16, int32, message, string, uuid } from './table.ts';

export const removeRaftVoterRequest = message({
  name: 'RemoveRaftVoterRequest',
  versions: '0',
  flexible: '0+',
  apiKey: 81,
  listeners: ['controller', 'broker'],
  fields: {
    clusterId: string('0+', { nullable: '0+' }),
    voterId: int32('0+'),
    voterDirectoryId: uuid('0+'),
  },
});

export const removeRaftVoterResponse = message({
  name: 'RemoveRaftVoterResponse',
  versions: '0',
  flexible: '0+',
  apiKey: 81,
  fields: {
    throttleTimeMs: int32('0+'),
    errorCode: int16('0+'),
    errorMessage: string('0+', { nullable: '0+', ignorable: true }),
  },
});
