/** ClearElrRecord: a record of the cluster metadata log, record type 28. */
import { message, string } from '../table.ts';

export const clearElrRecord = message({
  name: 'ClearElrRecord',
  versions: '0',
  flexible: '0+',
  apiKey: 28,
  fields: {
    topicName: string('0+', { entityType: 'topicName' }),
  },
});
