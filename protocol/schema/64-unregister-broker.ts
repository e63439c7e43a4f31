/** UnregisterBroker, API key 64: versions 0, flexible from 0. */
import { int16, int32, message, string } from './table.ts';

export const unregisterBrokerRequest = message({
  name: 'UnregisterBrokerRequest',
  versions: '0',
  flexible: '0+',
  apiKey: 64,
  listeners: ['broker', 'controller'],
  fields: {
    brokerId: int32('0+', { entityType: 'brokerId' }),
  },
});

export const unregisterBrokerResponse = message({
  name: 'UnregisterBrokerResponse',
  versions: '0',
  flexible: '0+',
  apiKey: 64,
  fields: {
    throttleTimeMs: int32('0+'),
    errorCode: int16('0+'),
    errorMessage: string('0+', { nullable: '0+' }),
  },
});
