/** BrokerRegistration, API key 62: versions 0–4, flexible from 0. */
import { array, bool, int16, int32, int64, message, string, uint16, uuid } from './table.ts';

export const brokerRegistrationRequest = message({
  name: 'BrokerRegistrationRequest',
  versions: '0-4',
  flexible: '0+',
  apiKey: 62,
  listeners: ['controller'],
  fields: {
    brokerId: int32('0+', { entityType: 'brokerId' }),
    clusterId: string('0+'),
    incarnationId: uuid('0+'),
    listeners: array('0+', {
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
    isMigratingZkBroker: bool('1+', { default: false }),
    logDirs: array('2+', 'uuid', { ignorable: true }),
    previousBrokerEpoch: int64('3+', { default: -1, ignorable: true }),
  },
});

export const brokerRegistrationResponse = message({
  name: 'BrokerRegistrationResponse',
  versions: '0-4',
  flexible: '0+',
  apiKey: 62,
  fields: {
    throttleTimeMs: int32('0+'),
    errorCode: int16('0+'),
    brokerEpoch: int64('0+', { default: -1 }),
  },
});
