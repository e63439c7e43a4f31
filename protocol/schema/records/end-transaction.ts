/** EndTransactionRecord: a record of the cluster metadata log, record type 24. */
import { message } from '../table.ts';

export const endTransactionRecord = message({
  name: 'EndTransactionRecord',
  versions: '0',
  flexible: '0+',
  apiKey: 24,
  fields: {},
});
