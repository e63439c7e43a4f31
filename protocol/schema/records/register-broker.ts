/** RegisterBrokerRecord: a record of the cluster metadata log, record type 0. */
import { array, bool, int16, int32, int64, message, string, uint16, uuid } from '../table.ts';

export const registerBrokerRecord = message({
  name: 'RegisterBrokerRecord',
  versions: '0-4',
  flexible: '0+',
  apiKey: 0,
  fields: {
    brokerId: int32('0+', { entityType: 'brokerId' }),
    isMigratingZkBroker: bool('2+', { default: false }),
    incarnationId: uuid('0+'),
    brokerEpoch: int64('0+'),
    endPoints: array('0+', {
      name: string('0+', { mapKey: true }),
      host: string('0+'),
      port: uint16('0+'),
      securityProtocol: int16('0+'),
    }),
    features: array('0+', {
      name: string('0+', { mapKey: true }),
      minSupportedVersion: int16('0+'),
      maxSupportedVersion: int16('0+'),
    }),
    rack: string('0+', { nullable: '0+' }),
    fenced: bool('0+', { default: true }),
    inControlledShutdown: bool('1+', { default: false }),
    logDirs: array('3+', 'uuid', { tagged: '3+', tag: 0 }),
    cordonedLogDirs: array('4+', 'uuid', { nullable: '4+', tagged: '4+', tag: 1, default: null }),
  },
});
