/** BrokerRegistrationChangeRecord: a record of the cluster metadata log, record type 17. */
import { array, int8, int32, int64, message } from '../table.ts';

export const brokerRegistrationChangeRecord = message({
  name: 'BrokerRegistrationChangeRecord',
  versions: '0-3',
  flexible: '0+',
  apiKey: 17,
  fields: {
    brokerId: int32('0+', { entityType: 'brokerId' }),
    brokerEpoch: int64('0+'),
    fenced: int8('0+', { tagged: '0+', tag: 0 }),
    inControlledShutdown: int8('1+', { tagged: '1+', tag: 1 }),
    logDirs: array('2+', 'uuid', { tagged: '2+', tag: 2 }),
    cordonedLogDirs: array('3+', 'uuid', { nullable: '3+', tagged: '3+', tag: 3, default: null }),
  },
});
