/** QuorumStateData: the content of the quorum-state file (JSON there). */
import { array, int32, int64, message, string, uuid } from '../table.ts';

export const quorumStateData = message({
  name: 'QuorumStateData',
  versions: '0-1',
  flexible: '0+',
  fields: {
    clusterId: string('0'),
    leaderId: int32('0+', { default: -1 }),
    leaderEpoch: int32('0+', { default: -1 }),
    votedId: int32('0+', { default: -1 }),
    votedDirectoryId: uuid('1+'),
    appliedOffset: int64('0'),
    currentVoters: array(
      '0',
      {
        voterId: int32('0'),
      },
      { nullable: '0' },
    ),
  },
});
