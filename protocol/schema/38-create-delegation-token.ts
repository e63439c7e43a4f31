/** CreateDelegationToken, API key 38: versions 1–3, flexible from 2. */
import { array, bytes, int16, int32, int64, message, string } from './table.ts';

export const createDelegationTokenRequest = message({
  name: 'CreateDelegationTokenRequest',
  versions: '1-3',
  flexible: '2+',
  apiKey: 38,
  listeners: ['broker', 'controller'],
  fields: {
    ownerPrincipalType: string('3+', { nullable: '3+' }),
    ownerPrincipalName: string('3+', { nullable: '3+' }),
    renewers: array('0+', {
      principalType: string('0+'),
      principalName: string('0+'),
    }),
    maxLifetimeMs: int64('0+'),
  },
});

export const createDelegationTokenResponse = message({
  name: 'CreateDelegationTokenResponse',
  versions: '1-3',
  flexible: '2+',
  apiKey: 38,
  fields: {
    errorCode: int16('0+'),
    principalType: string('0+'),
    principalName: string('0+'),
    tokenRequesterPrincipalType: string('3+'),
    tokenRequesterPrincipalName: string('3+'),
    issueTimestampMs: int64('0+'),
    expiryTimestampMs: int64('0+'),
    maxTimestampMs: int64('0+'),
    tokenId: string('0+'),
    hmac: bytes('0+'),
    throttleTimeMs: int32('0+'),
  },
});
