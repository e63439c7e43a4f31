/** LeaderChangeMessage: the value of a control record of the metadata log. */
import { array, type Fields, int16, int32, message, uuid } from '../table.ts';

const voter = {
  voterId: int32('0+'),
  voterDirectoryId: uuid('1+'),
} as const satisfies Fields;

export const leaderChangeMessage = message({
  name: 'LeaderChangeMessage',
  versions: '0-1',
  flexible: '0+',
  fields: {
    version: int16('0+'),
    leaderId: int32('0+', { entityType: 'brokerId' }),
    voters: array('0+', voter),
    grantingVoters: array('0+', voter),
  },
});
