/** AbortTransactionRecord: a record of the cluster metadata log, record type 25. */
import { message, string } from '../table.ts';

export const abortTransactionRecord = message({
  name: 'AbortTransactionRecord',
  versions: '0',
  flexible: '0+',
  apiKey: 25,
  fields: {
    reason: string('0+', { nullable: '0+', tagged: '0+', tag: 0, default: null }),
  },
});
