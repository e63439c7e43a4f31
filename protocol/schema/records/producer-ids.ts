/** ProducerIdsRecord: a record of the cluster metadata log, record type 15. */
import { int32, int64, message } from '../table.ts';

export const producerIdsRecord = message({
  name: 'ProducerIdsRecord',
  versions: '0',
  flexible: '0+',
  apiKey: 15,
  fields: {
    brokerId: int32('0+', { entityType: 'brokerId' }),
    brokerEpoch: int64('0+', { default: -1 }),
    nextProducerId: int64('0+'),
  },
});
