/** UnfenceBrokerRecord: a record of the cluster metadata log, record type 8. */
import { int32, int64, message } from '../table.ts';

export const unfenceBrokerRecord = message({
  name: 'UnfenceBrokerRecord',
  versions: '0',
  flexible: '0+',
  apiKey: 8,
  fields: {
    id: int32('0+', { entityType: 'brokerId' }),
    epoch: int64('0+'),
  },
});
