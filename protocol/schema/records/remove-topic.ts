/** RemoveTopicRecord: a record of the cluster metadata log, record type 9. */
import { message, uuid } from '../table.ts';

export const removeTopicRecord = message({
  name: 'RemoveTopicRecord',
  versions: '0',
  flexible: '0+',
  apiKey: 9,
  fields: {
    topicId: uuid('0+'),
  },
});
