/** DelegationTokenRecord: a record of the cluster metadata log, record type 10. */
import { array, int64, message, string } from '../table.ts';

export const delegationTokenRecord = message({
  name: 'DelegationTokenRecord',
  versions: '0',
  flexible: '0+',
  apiKey: 10,
  fields: {
    owner: string('0+'),
    requester: string('0+'),
    renewers: array('0+', 'string'),
    issueTimestamp: int64('0+'),
    maxTimestamp: int64('0+'),
    expirationTimestamp: int64('0+'),
    tokenId: string('0+'),
  },
});
