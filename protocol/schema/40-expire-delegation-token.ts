/** ExpireDelegationToken, API key 40: versions 1–2, flexible from 2. */
import { bytes, int16, int32, int64, message } from './table.ts';

export const expireDelegationTokenRequest = message({
  name: 'ExpireDelegationTokenRequest',
  versions: '1-2',
  flexible: '2+',
  apiKey: 40,
  listeners: ['broker', 'controller'],
  fields: {
    hmac: bytes('0+'),
    expiryTimePeriodMs: int64('0+'),
  },
});

export const expireDelegationTokenResponse = message({
  name: 'ExpireDelegationTokenResponse',
  versions: '1-2',
  flexible: '2+',
  apiKey: 40,
  fields: {
    errorCode: int16('0+'),
    expiryTimestampMs: int64('0+'),
    throttleTimeMs: int32('0+'),
  },
});
