/** FenceBrokerRecord: a record of the cluster metadata log, record type 7. */
import { int32, int64, message } from '../table.ts';

export const fenceBrokerRecord = message({
  name: 'FenceBrokerRecord',
  versions: '0',
  flexible: '0+',
  apiKey: 7,
  fields: {
    id: int32('0+', { entityType: 'brokerId' }),
    epoch: int64('0+'),
  },
});
