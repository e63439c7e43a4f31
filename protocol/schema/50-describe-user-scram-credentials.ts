/** DescribeUserScramCredentials, API key 50: versions 0, flexible from 0. */
import { array, int8, int16, int32, message, string } from './table.ts';

export const describeUserScramCredentialsRequest = message({
  name: 'DescribeUserScramCredentialsRequest',
  versions: '0',
  flexible: '0+',
  apiKey: 50,
  listeners: ['broker', 'controller'],
  fields: {
    users: array(
      '0+',
      {
        name: string('0+'),
      },
      { nullable: '0+' },
    ),
  },
});

export const describeUserScramCredentialsResponse = message({
  name: 'DescribeUserScramCredentialsResponse',
  versions: '0',
  flexible: '0+',
  apiKey: 50,
  fields: {
    throttleTimeMs: int32('0+'),
    errorCode: int16('0+'),
    errorMessage: string('0+', { nullable: '0+' }),
    results: array('0+', {
      user: string('0+'),
      errorCode: int16('0+'),
      errorMessage: string('0+', { nullable: '0+' }),
      credentialInfos: array('0+', {
        mechanism: int8('0+'),
        iterations: int32('0+'),
      }),
    }),
  },
});
