/** KRaftVersionRecord: the value of a control record of the metadata log. */
import { int16, message } from '../table.ts';

export const kRaftVersionRecord = message({
  name: 'KRaftVersionRecord',
  versions: '0',
  flexible: '0+',
  fields: {
    version: int16('0+'),
    kRaftVersion: int16('0+'),
  },
});
