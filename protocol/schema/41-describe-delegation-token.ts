/** DescribeDelegationToken, API key 41: versions 1–3, flexible from 2. */
import { array, bytes, int16, int32, int64, message, string } from './table.ts';

export const describeDelegationTokenRequest = message({
  name: 'DescribeDelegationTokenRequest',
  versions: '1-3',
  flexible: '2+',
  apiKey: 41,
  listeners: ['broker', 'controller'],
  fields: {
    owners: array(
      '0+',
      {
        principalType: string('0+'),
        principalName: string('0+'),
      },
      { nullable: '0+' },
    ),
  },
});

export const describeDelegationTokenResponse = message({
  name: 'DescribeDelegationTokenResponse',
  versions: '1-3',
  flexible: '2+',
  apiKey: 41,
  fields: {
    errorCode: int16('0+'),
    tokens: array('0+', {
      principalType: string('0+'),
      principalName: string('0+'),
      tokenRequesterPrincipalType: string('3+'),
      tokenRequesterPrincipalName: string('3+'),
      issueTimestamp: int64('0+'),
      expiryTimestamp: int64('0+'),
      maxTimestamp: int64('0+'),
      tokenId: string('0+'),
      hmac: bytes('0+'),
      renewers: array('0+', {
        principalType: string('0+'),
        principalName: string('0+'),
      }),
    }),
    throttleTimeMs: int32('0+'),
  },
});
