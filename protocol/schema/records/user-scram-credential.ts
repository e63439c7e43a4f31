/** UserScramCredentialRecord: a record of the cluster metadata log, record type 11. */
import { bytes, int8, int32, message, string } from '../table.ts';

export const userScramCredentialRecord = message({
  name: 'UserScramCredentialRecord',
  versions: '0',
  flexible: '0+',
  apiKey: 11,
  fields: {
    name: string('0+'),
    mechanism: int8('0+'),
    salt: bytes('0+'),
    storedKey: bytes('0+'),
    serverKey: bytes('0+'),
    iterations: int32('0+'),
  },
});
