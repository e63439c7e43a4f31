/** RenewDelegationToken, API key 39: versions 1–2, flexible from 2. */
import { bytes, int16, int32, int64, message } from './table.ts';

export const renewDelegationTokenRequest = message({
  name: 'RenewDelegationTokenRequest',
  versions: '1-2',
  flexible: '2+',
  apiKey: 39,
  listeners: ['broker', 'controller'],
  fields: {
    hmac: bytes('0+'),
    renewPeriodMs: int64('0+'),
  },
});

export const renewDelegationTokenResponse = message({
  name: 'RenewDelegationTokenResponse',
  versions: '1-2',
  flexible: '2+',
  apiKey: 39,
  fields: {
    errorCode: int16('0+'),
    expiryTimestampMs: int64('0+'),
    throttleTimeMs: int32('0+'),
  },
});
