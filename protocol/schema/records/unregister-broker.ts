/** UnregisterBrokerRecord: a record of the cluster metadata log, record type 1. */
import { int32, int64, message } from '../table.ts';

export const unregisterBrokerRecord = message({
  name: 'UnregisterBrokerRecord',
  versions: '0',
  flexible: '0+',
  apiKey: 1,
  fields: {
    brokerId: int32('0+', { entityType: 'brokerId' }),
    brokerEpoch: int64('0+'),
  },
});
