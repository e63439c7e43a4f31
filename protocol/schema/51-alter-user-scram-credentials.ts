/** AlterUserScramCredentials, API key 51: versions 0, flexible from 0. */
import { array, bytes, int8, int16, int32, message, string } from './table.ts';

export const alterUserScramCredentialsRequest = message({
  name: 'AlterUserScramCredentialsRequest',
  versions: '0',
  flexible: '0+',
  apiKey: 51,
  listeners: ['broker', 'controller'],
  fields: {
    deletions: array('0+', {
      name: string('0+'),
      mechanism: int8('0+'),
    }),
    upsertions: array('0+', {
      name: string('0+'),
      mechanism: int8('0+'),
      iterations: int32('0+'),
      salt: bytes('0+'),
      saltedPassword: bytes('0+'),
    }),
  },
});

export const alterUserScramCredentialsResponse = message({
  name: 'AlterUserScramCredentialsResponse',
  versions: '0',
  flexible: '0+',
  apiKey: 51,
  fields: {
    throttleTimeMs: int32('0+'),
    results: array('0+', {
      user: string('0+'),
      errorCode: int16('0+'),
      errorMessage: string('0+', { nullable: '0+' }),
    }),
  },
});
