/** RemoveUserScramCredentialRecord: a record of the cluster metadata log, record type 22. */
import { int8, message, string } from '../table.ts';

export const removeUserScramCredentialRecord = message({
  name: 'RemoveUserScramCredentialRecord',
  versions: '0',
  flexible: '0+',
  apiKey: 22,
  fields: {
    name: string('0+'),
    mechanism: int8('0+'),
  },
});
