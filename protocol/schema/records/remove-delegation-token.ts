/** RemoveDelegationTokenRecord: a record of the cluster metadata log, record type 26. */
import { message, string } from '../table.ts';

export const removeDelegationTokenRecord = message({
  name: 'RemoveDelegationTokenRecord',
  versions: '0',
  flexible: '0+',
  apiKey: 26,
  fields: {
    tokenId: string('0+'),
  },
});
