/** Envelope, API key 58: versions 0, flexible from 0. */
import { bytes, int16, message } from './table.ts';

export const envelopeRequest = message({
  name: 'EnvelopeRequest',
  versions: '0',
  flexible: '0+',
  apiKey: 58,
  listeners: ['controller'],
  fields: {
    requestData: bytes('0+'),
    requestPrincipal: bytes('0+', { nullable: '0+' }),
    clientHostAddress: bytes('0+'),
  },
});

export const envelopeResponse = message({
  name: 'EnvelopeResponse',
  versions: '0',
  flexible: '0+',
  apiKey: 58,
  fields: {
    responseData: bytes('0+', { nullable: '0+', default: null }),
    errorCode: int16('0+'),
  },
});
