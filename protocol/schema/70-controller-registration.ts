/** ControllerRegistration, API key 70: versions 0, flexible from 0. */
import { array, bool, int16, int32, message, string, uint16, uuid } from './table.ts';

export const controllerRegistrationRequest = message({
  name: 'ControllerRegistrationRequest',
  versions: '0',
  flexible: '0+',
  apiKey: 70,
  listeners: ['controller'],
  fields: {
    controllerId: int32('0+'),
    incarnationId: uuid('0+'),
    zkMigrationReady: bool('0+'),
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
  },
});

export const controllerRegistrationResponse = message({
  name: 'ControllerRegistrationResponse',
  versions: '0',
  flexible: '0+',
  apiKey: 70,
  fields: {
    throttleTimeMs: int32('0+'),
    errorCode: int16('0+'),
    errorMessage: string('0+', { nullable: '0+' }),
  },
});
