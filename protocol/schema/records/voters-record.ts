/** VotersRecord: the value of a control record of the metadata log. */
import { array, int16, int32, message, string, struct, uint16, uuid } from '../table.ts';

export const votersRecord = message({
  name: 'VotersRecord',
  versions: '0',
  flexible: '0+',
  fields: {
    version: int16('0+'),
    voters: array('0+', {
      voterId: int32('0+', { entityType: 'brokerId' }),
      voterDirectoryId: uuid('0+'),
      endpoints: array('0+', {
        name: string('0+', { mapKey: true }),
        host: string('0+'),
        port: uint16('0+'),
      }),
      kRaftVersionFeature: struct('0+', {
        minSupportedVersion: int16('0+'),
        maxSupportedVersion: int16('0+'),
      }),
    }),
  },
});
