/** BeginTransactionRecord: a record of the cluster metadata log, record type 23. */
import { message, string } from '../table.ts';

export const beginTransactionRecord = message({
  name: 'BeginTransactionRecord',
  versions: '0',
  flexible: '0+',
  apiKey: 23,
  fields: {
    name: string('0+', { nullable: '0+', tagged: '0+', tag: 0, default: null }),
  },
});
