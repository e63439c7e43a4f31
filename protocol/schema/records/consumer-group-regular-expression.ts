/** ConsumerGroupRegularExpression: key and value of a record of __consumer_offsets, record type 16. */
import { array, int64, message, string } from '../table.ts';

export const consumerGroupRegularExpressionKey = message({
  name: 'ConsumerGroupRegularExpressionKey',
  versions: '0',
  flexible: 'none',
  apiKey: 16,
  fields: {
    groupId: string('0'),
    regularExpression: string('0'),
  },
});

export const consumerGroupRegularExpressionValue = message({
  name: 'ConsumerGroupRegularExpressionValue',
  versions: '0',
  flexible: '0+',
  apiKey: 16,
  fields: {
    topics: array('0+', 'string'),
    version: int64('0+'),
    timestamp: int64('0+'),
  },
});
