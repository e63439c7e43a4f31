/** TopicRecord: a record of the cluster metadata log, record type 2. */
import { message, string, uuid } from '../table.ts';

export const topicRecord = message({
  name: 'TopicRecord',
  versions: '0',
  flexible: '0+',
  apiKey: 2,
  fields: {
    name: string('0+', { entityType: 'topicName' }),
    topicId: uuid('0+'),
  },
});
