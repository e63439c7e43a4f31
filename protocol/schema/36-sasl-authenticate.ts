/** SaslAuthenticate, API key 36: versions 0–2, flexible from 2. */
import { bytes, int16, int64, message, string } from './table.ts';

export const saslAuthenticateRequest = message({
  name: 'SaslAuthenticateRequest',
  versions: '0-2',
  flexible: '2+',
  apiKey: 36,
  listeners: ['broker', 'controller'],
  fields: {
    authBytes: bytes('0+'),
  },
});

export const saslAuthenticateResponse = message({
  name: 'SaslAuthenticateResponse',
  versions: '0-2',
  flexible: '2+',
  apiKey: 36,
  fields: {
    errorCode: int16('0+'),
    errorMessage: string('0+', { nullable: '0+' }),
    authBytes: bytes('0+'),
    sessionLifetimeMs: int64('1+', { default: 0, ignorable: true }),
  },
});
